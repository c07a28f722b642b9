using System.Text.Json;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Exports;

/// <summary>What was asked for, and by whom with which rights; kept encrypted, and only as long as the file.</summary>
/// <param name="Query">The list's own parameters.</param>
/// <param name="Ids">Only these records; null for all.</param>
/// <param name="Chinese">The language of headings and words.</param>
/// <param name="Caller">Who exports.</param>
/// <param name="Role">The role that the caller's token stated.</param>
/// <param name="Ceiling">The role of the client through which the caller came.</param>
/// <param name="Footprint">What the caller could see (<see cref="Access.Footprint"/>): the file is for nobody who sees something else.</param>
internal sealed record ExportRequest(ListQuery Query, Guid[]? Ids, bool Chinese, string Caller, string Role, string? Ceiling, string Footprint);

/// <summary>A file that is there, whole or in part.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="StartedAt">The instant at which the list was seen; null before that.</param>
/// <param name="Parts">Parts that are written.</param>
/// <param name="Written">Records in them.</param>
internal sealed record ExportFile(ExportRequest Request, DateTimeOffset? StartedAt, int Parts, long Written)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>The file of an export; null once it was removed.</summary>
    public static async Task<ExportFile?> FindAsync(DocumentStore store, Guid id, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select request, started_at, parts, written from exports.files where export_id = $1");
        command.Parameters.Add(Statement.Parameter(id));
        await using var row = await command.ExecuteReaderAsync(ct);
        return !await row.ReadAsync(ct) ? null : new ExportFile(
            JsonSerializer.Deserialize<ExportRequest>(Opened(store, "request", id, row.GetFieldValue<byte[]>(0)), Options)!,
            row.IsDBNull(1) ? null : new DateTimeOffset(row.GetDateTime(1)), row.GetInt32(2), row.GetInt64(3));
    }

    /// <summary>Begins a file with the request.</summary>
    public static void Begin(DocumentSession session, Guid id, ExportRequest request, DateTimeOffset expires) => session.Sql.Add(
        $"insert into exports.files (export_id, request, expires_at) values ({id}, {Sealed(session.Personal, "request", id, JsonSerializer.SerializeToUtf8Bytes(request, Options))}, {expires})");

    /// <summary>Removes what there is of a file.</summary>
    public static void Remove(DocumentSession session, Guid id) => session.Sql.Add($"delete from exports.files where export_id = {id}");

    /// <summary>Bytes of a file as they are kept: its parts open for no other place in any file.</summary>
    public static byte[] Sealed(PersonalData? personal, string part, Guid id, byte[] plain) => personal?.Protect($"export {id} {part}", plain) ?? plain;

    /// <summary>The bytes behind <see cref="Sealed"/>.</summary>
    public static byte[] Opened(DocumentStore store, string part, Guid id, byte[] kept) => store.Personal?.Unprotect($"export {id} {part}", kept) ?? kept;
}
