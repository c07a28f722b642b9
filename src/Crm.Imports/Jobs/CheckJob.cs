using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports;

/// <summary>The dry run: every row is planned, nothing is changed but the import's own tables.</summary>
internal sealed class CheckJob(DocumentStore store, TargetCatalogue targets, AccessPictures pictures, string currency)
{
    private const int ChunkSize = 2_000;

    public async Task RunAsync(Import import, CancellationToken ct)
    {
        await ImportTables.BeginAsync(store.DataSource, import.Id, "check", import.Run, import.Format.Rows, store.Now, ct);
        await ImportTables.ExecuteAsync(store.DataSource, $"delete from imports.results where import_id = {import.Id}", ct);
        var prepared = await PreparedImport.LoadAsync(import, targets, store, pictures, currency, ct);
        var suggestions = ValueSuggestions.Of(prepared);
        var planner = new RowPlanner(prepared, suggestions);
        var notes = new NoteCounter();
        var totals = new TotalsCounter();
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var chunk = new List<RowResult>(ChunkSize);
        await foreach (var page in ImportTables.RowsAsync(store, import.Id, outcomes: false, ct).Chunk(ChunkSize).WithCancellation(ct))
        {
            var rows = Array.ConvertAll(page, planner.Read);
            await planner.LoadAsync(rows, ct);
            foreach (var row in rows)
            {
                var plan = planner.Plan(row);
                var result = planner.Result(row, plan);
                totals.Add(result);
                notes.Add(result);
                chunk.Add(result);
            }
            await Flush();
        }
        if (prepared.Run.HasLinks) await LinkAsync(import, prepared.Run, planner, totals, notes, ct);
        await FinishAsync(import, suggestions, [.. prepared.Run.Notes, .. notes.Notes], totals.Totals, ct);

        async Task Flush()
        {
            await ImportTables.WriteResultsAsync(connection, import.Id, chunk, store.Personal, ct);
            await ImportTables.ExecuteAsync(store.DataSource, $"update imports.progress set done = done + {chunk.Count} where import_id = {import.Id} and kind = 'check' and run = {import.Run}", ct);
            chunk.Clear();
        }
    }

    private async Task LinkAsync(Import import, ImportRun run, RowPlanner planner, TotalsCounter totals, NoteCounter notes, CancellationToken ct)
    {
        await foreach (var page in ImportTables.RowsAsync(store, import.Id, outcomes: true, ct).Where(r => r.RecordId is not null && r.Verdict is "create" or "update" or "unchanged").Chunk(ChunkSize).WithCancellation(ct))
        {
            var rows = page.Select(stored => (Stored: stored, Row: planner.Read(stored))).Where(r => run.NeedsLink(r.Row)).ToList();
            if (rows.Count == 0) continue;
            await planner.LoadLinksAsync(rows.ConvertAll(r => (r.Row, r.Stored.RecordId!.Value)), ct);
            var batch = new SqlBatch();
            foreach (var (stored, row) in rows)
            {
                var before = row.Messages.Count;
                var plan = planner.Link(row, stored.RecordId!.Value);
                var added = row.Messages.Skip(before).ToList();
                var becomesUpdate = stored.Verdict == "unchanged" && plan.Verdict == RowVerdict.Update;
                totals.Link(becomesUpdate, stored.Severity, added);
                notes.Add(added);
                var changes = planner.Changes(plan);
                if (!becomesUpdate && added.Count == 0 && changes.Count == 0) continue;
                batch.Add($"""
                    update imports.results set verdict = case when {becomesUpdate} then 'update' else verdict end, messages = messages || {SqlBatch.Json(ImportTables.SealedList(added, store.Personal))},
                      changes = changes || {SqlBatch.Json(ImportTables.SealedList(changes, store.Personal))},
                      severity = greatest(severity, {(short)(added.Count == 0 ? RowSeverity.Info : added.Max(m => m.Severity))})
                    where import_id = {import.Id} and row = {stored.Number}
                    """);
            }
            if (batch.Commands.Count == 0) continue;
            await using var commands = store.DataSource.CreateBatch();
            batch.MoveTo(commands);
            await commands.ExecuteNonQueryAsync(ct);
        }
    }

    private async Task FinishAsync(Import import, IReadOnlyList<Suggestion> suggestions, IReadOnlyList<ImportNote> notes, ImportTotals totals, CancellationToken ct)
    {
        await using var session = store.OpenSession(ImportJobs.Context(import));
        session.Append<Import>(import.Id, import.Version, [new ImportChecked(totals)]);
        session.Sql.Add($"""
            update imports.profiles set suggestions = {SqlBatch.Json(ImportTables.Sealed(suggestions, store.Personal))},
              notes = (select coalesce(jsonb_agg(n), '[]') from jsonb_array_elements(notes) n where n->>'code' = any({HeaderNotes.Codes})) || {SqlBatch.Json(ImportTables.Json(notes))}
            where import_id = {import.Id}
            """);
        await session.SaveChangesAsync(ct);
    }
}
