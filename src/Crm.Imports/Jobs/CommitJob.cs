using Crm.EventStore;
using Crm.Http;
using Npgsql;

namespace Crm.Imports;

/// <summary>
/// Imports the rows in batches. One batch is one transaction and one round trip: the events of its rows, their outcomes, and the position, which
/// fails unless it is where this job left it. A job that is broken off anywhere goes on at the next row.
/// </summary>
internal sealed class CommitJob(DocumentStore store, TargetCatalogue targets, AccessPictures pictures, string currency, int mostRows)
{
    private const int Patience = 5;

    private readonly int most = mostRows;
    private int batchSize = mostRows;
    private int conflicts;
    private int phase;
    private int position;

    public async Task RunAsync(Import import, CancellationToken ct)
    {
        var progress = await ImportTables.BeginAsync(store.DataSource, import.Id, "commit", import.Run, import.Format.Rows, store.Now, ct);
        (phase, position) = (progress.Phase, progress.Position);
        while (true)
        {
            try
            {
                var prepared = await PreparedImport.LoadAsync(import, targets, store, pictures, currency, ct);
                var suggestions = await ImportTables.SuggestionsAsync(store, import.Id, ct) ?? ValueSuggestions.Of(prepared);
                var planner = new RowPlanner(prepared, suggestions);
                if (phase == 0)
                {
                    if (!await RowsAsync(prepared, planner, ct)) batchSize = Math.Min(most, batchSize * 10);
                    else if (prepared.Run.HasLinks) await MoveAsync(import, ct);
                    else break;
                    continue;
                }
                await LinksAsync(prepared, planner, ct);
                break;
            }
            catch (Exception e) when (IsConflict(e))
            {
                // Somebody changed one of the records meanwhile: look again and decide again. A record that is changed all the time is isolated.
                if (++conflicts >= Patience) (batchSize, conflicts) = (Math.Max(1, batchSize / 10), 0);
            }
        }
        await FinishAsync(import, ct);
    }

    /// <returns>False if it stopped after a few small batches, which are small to isolate a row and grow again afterwards.</returns>
    private async Task<bool> RowsAsync(PreparedImport prepared, RowPlanner planner, CancellationToken ct)
    {
        var saving = Task.CompletedTask;
        var batches = 0;
        await foreach (var page in ImportTables.RowsAsync(store, prepared.Import.Id, outcomes: position > 0, ct).Chunk(batchSize).WithCancellation(ct))
        {
            var done = Array.FindLastIndex(page, r => r.Number <= position) + 1;
            foreach (var stored in page[..done]) planner.Remember(planner.Read(stored), stored);
            if (done == page.Length) continue;
            var rows = Array.ConvertAll(page[done..], planner.Read);
            await planner.LoadAsync(rows, ct);
            var batch = new List<Planned>(rows.Length);
            foreach (var row in rows)
            {
                var plan = planner.Plan(row);
                batch.Add(new Planned(planner.Result(row, plan), plan.Change));
            }
            // The next batch is planned while this one is written.
            await saving;
            saving = SaveAsync(prepared, batch, ct);
            if (batchSize == most || ++batches < 10) continue;
            await saving;
            return false;
        }
        await saving;
        return true;
    }

    private async Task LinksAsync(PreparedImport prepared, RowPlanner planner, CancellationToken ct)
    {
        await foreach (var page in ImportTables.RowsAsync(store, prepared.Import.Id, outcomes: true, ct).Where(Remains).Chunk(batchSize).WithCancellation(ct))
        {
            var rows = page.Select(stored => (Stored: stored, Row: planner.Read(stored))).Where(r => prepared.Run.NeedsLink(r.Row)).ToList();
            await planner.LoadLinksAsync(rows.ConvertAll(r => (r.Row, r.Stored.RecordId!.Value)), ct);
            var batch = new List<Planned>(rows.Count);
            foreach (var (stored, row) in rows)
            {
                var before = row.Messages.Count;
                var plan = planner.Link(row, stored.RecordId!.Value);
                var verdict = stored.Verdict == "unchanged" && plan.Change is not null ? RowVerdict.Update : Enum.Parse<RowVerdict>(stored.Verdict!, ignoreCase: true);
                batch.Add(new Planned(
                    new RowResult(row.Number, verdict, [.. row.Messages.Skip(before)], stored.RecordId, plan.Change?.ExpectedVersion, plan.Change is { } c ? c.ExpectedVersion + c.Events.Count : null,
                        verdict == RowVerdict.Create ? [] : planner.Changes(plan)),
                    plan.Change, stored.Verdict == "unchanged", stored.Severity));
            }
            if (batch.Count > 0) await SaveLinksAsync(prepared.Import, batch, ct);
        }

        bool Remains(StoredRow row) => row.Number > position && row.RecordId is not null && row.Verdict is "create" or "update" or "unchanged";
    }

    private async Task SaveAsync(PreparedImport prepared, List<Planned> batch, CancellationToken ct)
    {
        if (batch.Count == 1 && batchSize == 1 && conflicts == Patience - 1) batch = [batch[0].GivenUp()];
        await using var session = store.OpenSession(ImportJobs.Context(prepared.Import));
        if (position == 0) foreach (var change in prepared.Run.Before) change.AddTo(session);
        var totals = new TotalsCounter();
        foreach (var (result, change, _, _) in batch)
        {
            change?.AddTo(session);
            totals.Add(result);
        }
        ImportTables.StoreResults(session.Sql, prepared.Import.Id, [.. batch.Select(b => b.Result)], store.Personal);
        var last = batch[^1].Result.Row;
        Advance(session.Sql, prepared.Import, 0, last, batch.Count, totals.Totals);
        var sequence = (await session.SaveChangesAsync(ct)).Sequence;
        (position, conflicts) = (last, 0);
        await store.Daemon.KeepUpAsync(sequence, ct);
    }

    private async Task SaveLinksAsync(Import import, List<Planned> batch, CancellationToken ct)
    {
        await using var session = store.OpenSession(ImportJobs.Context(import));
        var (warnings, updates) = (0, 0);
        foreach (var (result, change, wasUnchanged, before) in batch)
        {
            change?.AddTo(session);
            if (before < RowSeverity.Warning && result.Severity == RowSeverity.Warning) warnings++;
            if (wasUnchanged && change is not null) updates++;
        }
        session.Sql.Add($"""
            update imports.results r set verdict = u.verdict, severity = greatest(r.severity, u.severity), messages = r.messages || u.messages, changes = r.changes || u.changes,
              before_version = coalesce(r.before_version, u.before_version), after_version = coalesce(u.after_version, r.after_version)
            from unnest({batch.Select(b => b.Result.Row).ToArray()}, {batch.Select(b => ImportTables.Code(b.Result.Verdict)).ToArray()},
              {batch.Select(b => (short)b.Result.Severity).ToArray()}, {batch.Select(b => SqlBatch.Json(ImportTables.SealedList(b.Result.Messages, store.Personal))).ToArray()},
              {batch.Select(b => b.Result.Before).ToArray()}, {batch.Select(b => b.Result.After).ToArray()}, {batch.Select(b => SqlBatch.Json(ImportTables.SealedList(b.Result.Changes, store.Personal))).ToArray()})
              as u(row, verdict, severity, messages, before_version, after_version, changes)
            where r.import_id = {import.Id} and r.row = u.row
            """);
        var last = batch[^1].Result.Row;
        Advance(session.Sql, import, 1, last, 0, new ImportTotals(0, 0, updates, -updates, 0, 0, warnings));
        await session.SaveChangesAsync(ct);
        (position, conflicts) = (last, 0);
    }

    /// <summary>From the rows to their references.</summary>
    private async Task MoveAsync(Import import, CancellationToken ct)
    {
        await using var session = store.OpenSession(ImportJobs.Context(import));
        Advance(session.Sql, import, 1, 0, 0, new ImportTotals(0, 0, 0, 0, 0, 0, 0));
        await session.SaveChangesAsync(ct);
        (phase, position) = (1, 0);
    }

    private async Task FinishAsync(Import import, CancellationToken ct)
    {
        // Completed means that lists and figures show it. A projection that is stuck is shown by the health check, and does not hold an import up for ever.
        await store.Daemon.CatchUpAsync(ImportJobs.CatchUp, ct);
        var progress = await ImportTables.ProgressAsync(store.DataSource, import.Id, "commit", ct);
        await using var session = store.OpenSession(ImportJobs.Context(import));
        session.Append<Import>(import.Id, import.Version, [new ImportCompleted(progress!.Totals)]);
        await session.SaveChangesAsync(ct);
    }

    private void Advance(SqlBatch sql, Import import, int toPhase, int to, int rows, ImportTotals d) => sql.Add($"""
        select imports.advance({import.Id}, 'commit', {import.Run}, 'running', {phase}, {position}, {toPhase}, {to}, {rows},
          {d.Created}, {d.Updated}, {d.Unchanged}, {d.Skipped}, {d.Failed}, {d.Warnings})
        """);

    /// <summary>Another writer was faster: a stream moved on, or a unique value was taken.</summary>
    private static bool IsConflict(Exception e) =>
        e is ConcurrencyException or ExistingStreamIdCollisionException or StreamArchivedException || e is PostgresException { SqlState: "23505" or "40001" or "40P01" };

    private sealed record Planned(RowResult Result, StreamChange? Change, bool WasUnchanged = false, RowSeverity Before = RowSeverity.Info)
    {
        public Planned GivenUp() => new(
            Result with
            {
                Verdict = RowVerdict.Error,
                Before = null,
                After = null,
                Changes = [],
                Messages = [.. Result.Messages, RowMessage.Error("changed_meanwhile", null, "记录一直在被他人修改，或有重复的唯一值。", "The record is being changed by somebody else all the time, or a unique value is taken.")],
            }, null);
    }
}
