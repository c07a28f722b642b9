using System.Security.Cryptography;
using System.Text.Json;
using Crm.EventStore;
using Crm.Http;
using Dapper;

namespace Crm.Customers;

/// <summary>
/// A content in the database, whole or as far as it was received: parts of a megabyte, each encrypted by the person's key for its place in this content, so that
/// parts can be neither changed nor moved. What is whole is known by the event's size and SHA-256.
/// </summary>
/// <param name="Id">Its identity; that of the attachment it was uploaded for.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="PersonId">Whose key it is encrypted with: the customer's, or a contact's.</param>
/// <param name="Size">Its length in bytes, announced or, once it is complete, found.</param>
/// <param name="Received">How much of it is there.</param>
/// <param name="Type">The media type by its beginning; null before that is there.</param>
internal sealed record AttachmentContent(Guid Id, Guid CustomerId, Guid PersonId, long Size, long Received, string? Type)
{
    /// <summary>The length of every part but the last, in bytes: where an upload can go on.</summary>
    public const int Part = 1 << 20;

    /// <summary>Keeps a place for a content; it is removed a day after its last part unless it becomes an attachment.</summary>
    public static async Task<AttachmentContent> BeginAsync(DocumentStore store, Guid id, Guid customer, AddAttachment announced, string caller, CancellationToken ct)
    {
        var person = announced.ContactId ?? customer;
        var request = await Personal(store).ProtectAsync(person, $"attachment {id} request", JsonSerializer.SerializeToUtf8Bytes(announced, EventSerializer.Options), ct);
        await ExecuteAsync(store, $"""
            insert into customer.attachment_contents (id, customer_id, person_id, created_by, request, size, touched_at) values ({id}, {customer}, {person}, {caller}, {request}, {announced.Size!.Value}, {store.Now})
            """, ct);
        return new AttachmentContent(id, customer, person, announced.Size.Value, 0, null);
    }

    /// <summary>What a caller is uploading; null if there is no such upload of that caller, or it is complete.</summary>
    public static async Task<(AttachmentContent Content, AddAttachment Announced)?> FindAsync(DocumentStore store, Guid customer, Guid id, string caller, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var row = await connection.QuerySingleOrDefaultAsync<(Guid Person, long Size, long Received, string? Type, byte[] Request)?>(new CommandDefinition("""
            select person_id, size, received, type, request from customer.attachment_contents where id = @id and customer_id = @customer and created_by = @caller and hash is null
            """, new { id, customer, caller }, cancellationToken: ct));
        if (row is not var (person, size, received, type, request)) return null;
        var announced = JsonSerializer.Deserialize<AddAttachment>(await Personal(store).UnprotectAsync(person, $"attachment {id} request", request, ct), EventSerializer.Options)!;
        return (new AttachmentContent(id, customer, person, size, received, type), announced);
    }

    /// <summary>Adds the next part. False if it is not the next: another request brought it, or the upload is gone.</summary>
    public async Task<bool> PutAsync(DocumentStore store, ReadOnlyMemory<byte> plain, string? type, CancellationToken ct)
    {
        var number = (int)(Received / Part);
        var bytes = await Personal(store).ProtectAsync(PersonId, Purpose(Id, number), plain, ct);
        return await ExecuteAsync(store, $"""
            with next as (
              update customer.attachment_contents set received = received + {plain.Length}, type = coalesce(type, {type}), touched_at = {store.Now}
              where id = {Id} and received = {Received} and hash is null returning id)
            insert into customer.attachment_parts (content_id, number, bytes) select id, {number}, {bytes} from next
            """, ct) == 1;
    }

    /// <summary>SHA-256 of what was received, in lower-case hexadecimal digits.</summary>
    public async Task<string> HashAsync(DocumentStore store, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var number = 0; (long)number * Part < Size; number++) hash.AppendData(await ReadAsync(store, PersonId, Id, number, ct));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A complete content of the same person with the same bytes.</summary>
    public async Task<Guid?> TwinAsync(DocumentStore store, string sha256, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<Guid?>(new CommandDefinition(
            "select id from customer.attachment_contents where person_id = @PersonId and hash = @hash", new { PersonId, hash = Blind(store, sha256) }, cancellationToken: ct));
    }

    /// <summary>With the event of an attachment: the content is complete and kept, or given up for one that has the same bytes.</summary>
    public void Keep(DocumentSession session, DocumentStore store, Guid keptId, string sha256)
    {
        if (keptId == Id) session.Sql.Add($"update customer.attachment_contents set hash = {Blind(store, sha256)}, request = null, size = received where id = {Id} and hash is null");
        else session.Sql.Add($"delete from customer.attachment_contents where id = {Id} and hash is null");
        session.Sql.Add($"select customer.keep_attachment_content({keptId}, {session.Now})");
    }

    /// <summary>Gives an upload up.</summary>
    public static Task<int> RemoveAsync(DocumentStore store, Guid id, CancellationToken ct) =>
        ExecuteAsync(store, $"delete from customer.attachment_contents where id = {id} and hash is null", ct);

    /// <summary>One part in plain.</summary>
    /// <exception cref="ProblemException">410: it is gone for good.</exception>
    public static async Task<byte[]> ReadAsync(DocumentStore store, Guid person, Guid content, int number, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select bytes from customer.attachment_parts where content_id = $1 and number = $2");
        command.Parameters.Add(Statement.Parameter(content));
        command.Parameters.Add(Statement.Parameter(number));
        return await command.ExecuteScalarAsync(ct) is byte[] bytes
            ? await Personal(store).UnprotectAsync(person, Purpose(content, number), bytes, ct)
            : throw ProblemException.Of(AttachmentErrors.RestoredTooLate);
    }

    private static string Purpose(Guid content, int number) => $"attachment {content} part {number}";

    private string Blind(DocumentStore store, string sha256) => Personal(store).Blind($"attachment {PersonId}", sha256);

    private static PersonalData Personal(DocumentStore store) => store.Personal ?? throw new InvalidOperationException("Personal data is not protected in this store.");

    private static async Task<int> ExecuteAsync(DocumentStore store, Statement statement, CancellationToken ct)
    {
        await using var batch = store.DataSource.CreateBatch();
        batch.BatchCommands.Add(statement.ToCommand());
        return await batch.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>A complete content to read from any place: one part is in memory at a time.</summary>
internal sealed class AttachmentStream(DocumentStore store, Guid person, Guid content, long size) : Stream
{
    private byte[] part = [];
    private int number = -1;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => size;

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= size) return 0;
        var wanted = (int)(Position / AttachmentContent.Part);
        if (wanted != number) (part, number) = (await AttachmentContent.ReadAsync(store, person, content, wanted, cancellationToken), wanted);
        var from = (int)(Position % AttachmentContent.Part);
        var count = Math.Min(buffer.Length, part.Length - from);
        part.AsMemory(from, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => Position + offset, _ => size + offset };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
