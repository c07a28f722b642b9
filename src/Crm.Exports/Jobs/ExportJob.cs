using System.IO.Compression;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Exports;

/// <summary>
/// Writes one export. First it is settled in one snapshot which records there are, in which state and order; then part after part is read as the records were then, so
/// that others may write meanwhile. A part and what the ledger says of it are one transaction, so that a job that is broken off goes on where it stood.
/// </summary>
internal sealed class ExportJob(DocumentStore store, ExportedLists lists, AccessPictures pictures)
{
    /// <summary>Records in a part.</summary>
    public const int Part = 5_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public async Task RunAsync(Export export, CancellationToken ct)
    {
        if (await ExportFile.FindAsync(store, export.Id, ct) is not { } file || lists.Find(export.Resource) is not { } list)
        {
            await EndAsync(export, "file_removed", ct);
            return;
        }
        if (export.Status == ExportStatus.Waiting)
        {
            if (await AccessAsync(export, file, ct) is not { } reader)
            {
                await EndAsync(export, "rights_changed", ct);
                return;
            }
            // What was said before is in the file, and of whom nothing is to be known any more is not.
            if (!await store.Daemon.CatchUpAsync(Patience, ct)) throw new TimeoutException("The lists are behind the log.");
            var total = await SettleAsync(export, file, list, reader, ct);
            export = await AppendAsync(export, new RecordsExportStarted(total), false, ct);
            file = (await ExportFile.FindAsync(store, export.Id, ct))!;
        }
        var columns = FileColumn.Of(list, export.Columns, file.Request.Chinese, (await pictures.CurrentAsync(ct)).Fields);
        for (var number = file.Parts; await PlacesAsync(export.Id, number, ct) is var (ids, versions); number++)
        {
            if (await AccessAsync(export, file, ct) is not { } reader)
            {
                await EndAsync(export, "rights_changed", ct);
                return;
            }
            var rows = await list.ReadAsync(ids, versions, export.Columns.Append(list.Export.CustomerField).Distinct(), file.Request.Query.AsOf ?? file.StartedAt!.Value, reader, store, ct);
            await PutAsync(export, number, list.Personal(export.Columns, reader), rows, list, columns, ct);
        }
        await AppendAsync(export, new RecordsExportCompleted((await ExportFile.FindAsync(store, export.Id, ct))!.Written), false, ct);
    }

    /// <summary>Ends an export that cannot have a file.</summary>
    public Task EndAsync(Export export, string fault, CancellationToken ct) => AppendAsync(export, new RecordsExportEnded(fault), true, ct);

    /// <summary>Who exports, as long as that person may do so and sees what they saw when they asked.</summary>
    private async Task<Access?> AccessAsync(Export export, ExportFile file, CancellationToken ct)
    {
        var access = (await pictures.CurrentAsync(ct)).Of(file.Request.Caller, store.Now, file.Request.Role, file.Request.Ceiling);
        return access.May(Right.View(export.Resource)) && access.May(Right.Export(export.Resource)) && access.Footprint(export.Resource) == file.Request.Footprint ? access : null;
    }

    private async Task<long> SettleAsync(Export export, ExportFile file, ExportedList list, Access access, CancellationToken ct)
    {
        var now = store.Now;
        await using var batch = store.DataSource.CreateBatch();
        batch.Timeout = (int)Longest.TotalSeconds;
        Statement remove = $"delete from exports.parts where export_id = {export.Id}";
        batch.BatchCommands.Add(remove.ToCommand());
        batch.BatchCommands.Add(list.Places(file.Request.Query, access, file.Request.Ids, new QueryClock(now, store.TimeZone), (select, parameters) => $"""
            insert into exports.parts (export_id, number, ids, versions)
            select {parameters.Add(export.Id)}, p.place / {Part}, array_agg(p.id order by p.place), array_agg(p.version order by p.place) from ({select}) p group by p.place / {Part}
            """));
        Statement settled = $"""
            update exports.files set started_at = {now}, parts = 0, written = 0,
              total = (select coalesce(sum(cardinality(p.ids)), 0) from exports.parts p where p.export_id = {export.Id}) where export_id = {export.Id} returning total
            """;
        batch.BatchCommands.Add(settled.ToCommand());
        return (long?)await batch.ExecuteScalarAsync(ct) ?? 0;
    }

    private async Task<(Guid[] Ids, long[] Versions)?> PlacesAsync(Guid id, int number, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select ids, versions from exports.parts where export_id = $1 and number = $2");
        command.Parameters.Add(Statement.Parameter(id));
        command.Parameters.Add(Statement.Parameter(number));
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetFieldValue<Guid[]>(0), row.GetFieldValue<long[]>(1)) : null;
    }

    private async Task PutAsync(Export export, int number, string[] fields, IReadOnlyList<string> documents, ExportedList list, IReadOnlyList<FileColumn> columns, CancellationToken ct)
    {
        var customers = new HashSet<Guid>();
        var rows = Rows();
        var content = Packed(export.Format == ExportFormat.Csv ? CsvFile.Rows(rows) : Workbook.Rows(rows));
        await using var session = store.OpenSession(Context(export));
        if (fields.Length > 0 && customers.Count > 0) session.Append<ExportLedger>(ExportLedger.Of(export.Id), null, [new RecordsExported(export.Id, export.Resource, fields, [.. customers])]);
        session.Sql.Add($"select exports.put({export.Id}, {number}, {documents.Count}, {ExportFile.Sealed(store.Personal, $"part {number}", export.Id, content)})");
        await session.SaveChangesAsync(ct);

        IEnumerable<IReadOnlyList<Cell>> Rows()
        {
            foreach (var document in documents)
            {
                using var json = JsonDocument.Parse(document);
                if (json.RootElement.TryGetProperty(list.Export.CustomerField, out var customer) && customer.ValueKind == JsonValueKind.String && customer.TryGetGuid(out var id)) customers.Add(id);
                yield return [.. columns.Select(c => c.Of(json.RootElement, store.TimeZone))];
            }
        }
    }

    private async Task<Export> AppendAsync(Export export, object e, bool remove, CancellationToken ct)
    {
        await using var session = store.OpenSession(Context(export));
        session.Append<Export>(export.Id, export.Version, [e]);
        if (remove) ExportFile.Remove(session, export.Id);
        await session.SaveChangesAsync(ct);
        return (await store.Query.AggregateStreamAsync<Export>(export.Id, ct: ct))!;
    }

    private static EventContext Context(Export export) =>
        new(export.CreatedBy, $"export:{export.Id}", export.Id.ToString(), null, export.RequestedBy == export.CreatedBy ? null : export.RequestedBy, null, export.Reason);

    private static byte[] Packed(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest)) deflate.Write(plain);
        return packed.ToArray();
    }
}
