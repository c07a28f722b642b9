using Crm.EventStore;
using Crm.Http;
using Npgsql;

namespace Crm.Imports;

/// <summary>
/// Undoes what an import did, in batches like those of the commit, and keeps and lists what somebody changed since. What only the saving knows isolates its record: another one has
/// a unique value meanwhile, or a parent would close a circle; it stays, in whole or in that field, and its row says why.
/// </summary>
internal sealed class RevertJob(DocumentStore store, TargetCatalogue targets, AccessPictures pictures)
{
    private const int BatchSize = 500;
    private readonly Dictionary<Guid, List<Rejection>> contested = [];
    private int position;
    private int size = BatchSize;
    private Rejection? refused;

    public async Task RunAsync(Import import, CancellationToken ct)
    {
        var target = targets.Find(import.Target)!;
        var committed = await ImportTables.ProgressAsync(store.DataSource, import.Id, "commit", ct);
        var total = committed is null ? 0 : committed.Totals.Created + committed.Totals.Updated;
        position = (await ImportTables.BeginAsync(store.DataSource, import.Id, "revert", import.Run, total, store.Now, ct)).Position;
        var (read, saving) = (position, Task.CompletedTask);
        while (true)
        {
            try
            {
                var rows = await NextAsync(import.Id, read, ct);
                var batch = rows.Count == 0 ? null : await UndoAsync(import, target, rows, read, ct);
                await saving;
                if (batch is null) break;
                // The next batch is decided while this one is written.
                (read, saving) = (rows[^1].Row, SaveAsync(batch, rows[^1].Row, ct));
            }
            catch (Exception e) when (e is ConcurrencyException or StreamArchivedException)
            {
                // Somebody changed one of the records between reading and writing: read again and decide again.
                (read, saving) = (position, Task.CompletedTask);
            }
            catch (PostgresException e) when (e.ConstraintName is { } constraint && target.Contested(constraint) is { } fault && Guid.TryParse(e.Hint, out var record) && Contest(record, fault))
            {
                (read, saving) = (position, Task.CompletedTask);
            }
            catch (Exception e) when (SavingRefusals.Of(e) is { } refusal)
            {
                // Which of the records it is, shows by going one by one.
                (read, saving, refused, size) = (position, Task.CompletedTask, size == 1 ? refusal : null, 1);
            }
        }
        await FinishAsync(import, ct);
    }

    /// <summary>Notes what cannot be put back in a record; false if it was left out already, so that nothing goes round for ever.</summary>
    private bool Contest(Guid record, Rejection fault)
    {
        var known = contested.TryGetValue(record, out var faults) ? faults : contested[record] = [];
        if (known.Contains(fault)) return false;
        known.Add(fault);
        return true;
    }

    /// <summary>Decides a batch, which goes on where the one before it ends.</summary>
    private async Task<DocumentSession> UndoAsync(Import import, ImportTarget target, IReadOnlyList<DoneRow> rows, int from, CancellationToken ct)
    {
        var streams = (await store.Query.FetchStreamsAsync([.. rows.Select(r => r.RecordId).Distinct()], ct)).ToLookup(e => e.StreamId);
        var session = store.OpenSession(ImportJobs.Context(import) with { Reason = "revert" });
        var now = new Now(session.Now, store.DayOf(session.Now), import.StartedBy, Guid.CreateVersion7(session.Now));
        var undone = new List<(int Row, string Outcome, string Kept, IReadOnlyList<KeptField> Conflicts, IReadOnlyList<RowMessage> Why)>(rows.Count);
        // Said once: the batch after this one is decided while this one is written.
        (var refusal, refused) = (refused, null);
        // Which fields are unique is settled anew at any time.
        await pictures.CurrentAsync(ct);
        foreach (var row in rows)
        {
            IReadOnlyList<Rejection> left = contested.GetValueOrDefault(row.RecordId) ?? [];
            var plan = refusal is null ? target.Undo(row.Created, row.Before, row.After, [.. streams[row.RecordId]], now, left) : new UndoPlan(null, ["*"], refusal);
            plan.Change?.AddTo(session);
            var why = left.Where(f => plan.Kept.Contains(f.Field)).Append(plan.Refused).OfType<Rejection>().Select(f => RowMessage.Warning(f.Code, f.Field, f.Zh, f.En)).ToList();
            var outcome = plan.Change is null ? (plan.Kept.Count > 0 ? "kept" : "nothing") : row.Created ? "deleted" : "restored";
            undone.Add((row.Row, outcome, string.Join(',', plan.Kept), plan.Conflicts, why));
        }
        session.Sql.Add($"""
            update imports.results r set undone = u.outcome, kept = case when u.kept = '' then null else string_to_array(u.kept, ',') end, conflicts = u.conflicts,
              messages = r.messages || u.why
            from unnest({undone.Select(u => u.Row).ToArray()}, {undone.Select(u => u.Outcome).ToArray()}, {undone.Select(u => u.Kept).ToArray()},
              {undone.Select(u => SqlBatch.Json(ImportTables.SealedList(u.Conflicts, store.Personal))).ToArray()},
              {undone.Select(u => SqlBatch.Json(ImportTables.SealedList(u.Why, store.Personal))).ToArray()}) as u(row, outcome, kept, conflicts, why)
            where r.import_id = {import.Id} and r.row = u.row
            """);
        var deleted = undone.Count(u => u.Outcome == "deleted");
        var restored = undone.Count(u => u.Outcome == "restored");
        var kept = undone.Count(u => u.Kept.Length > 0);
        session.Sql.Add($"select imports.advance({import.Id}, 'revert', {import.Run}, 'reverting', 0, {from}, 0, {rows[^1].Row}, {rows.Count}, {deleted}, {restored}, 0, {kept}, 0, 0)");
        return session;
    }

    private async Task SaveAsync(DocumentSession batch, int to, CancellationToken ct)
    {
        await using (batch)
        {
            var sequence = (await batch.SaveChangesAsync(ct)).Sequence;
            (position, size) = (to, Math.Min(BatchSize, size * 4));
            await store.Daemon.KeepUpAsync(sequence, ct);
        }
    }

    private async Task<IReadOnlyList<DoneRow>> NextAsync(Guid import, int after, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select row, record_id, verdict = 'create', coalesce(before_version, 0), after_version from imports.results
            where import_id = $1 and row > $2 and verdict in ('create', 'update') and after_version is not null and record_id is not null order by row limit $3
            """);
        command.Parameters.Add(Statement.Parameter(import));
        command.Parameters.Add(Statement.Parameter(after));
        command.Parameters.Add(Statement.Parameter(size));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<DoneRow>(size);
        while (await reader.ReadAsync(ct)) rows.Add(new DoneRow(reader.GetInt32(0), reader.GetGuid(1), reader.GetBoolean(2), reader.GetInt64(3), reader.GetInt64(4)));
        return rows;
    }

    private async Task FinishAsync(Import import, CancellationToken ct)
    {
        await store.Daemon.CatchUpAsync(ImportJobs.CatchUp, ct);
        var t = (await ImportTables.ProgressAsync(store.DataSource, import.Id, "revert", ct))!.Totals;
        await using var session = store.OpenSession(ImportJobs.Context(import));
        session.Append<Import>(import.Id, import.Version, [new ImportReverted(new RevertTotals(t.Created, t.Updated, t.Skipped))]);
        await session.SaveChangesAsync(ct);
    }

    private sealed record DoneRow(int Row, Guid RecordId, bool Created, long Before, long After);
}
