using System.Text.Json;
using Crm.EventStore;
using Npgsql;

namespace Crm.Http;

/// <summary>A job as its row has it.</summary>
internal sealed record BulkJobRow(Guid Id, BulkJobState State, int Position, string Acting, string? ActingFor, string? ActingReason, string? Role, string? Ceiling)
{
    public bool Undoing => State == BulkJobState.Undoing;

    /// <summary>Who began the present pass, or for whom that was.</summary>
    public string Caller => ActingFor ?? Acting;

    /// <summary>The circumstances of everything the job appends: who began the present pass, and the job as what belongs together.</summary>
    public EventContext Context => new(Acting, $"bulk:{Id}", Id.ToString(), OnBehalfOf: ActingFor, Reason: ActingReason);
}

/// <summary>The rows of jobs and their items.</summary>
public static class BulkTables
{
    /// <summary>Adds a job with its items, and the event by which it starts, to the session of who begins it.</summary>
    public static void Start(DocumentSession session, Guid id, BulkJobStarted started, IReadOnlyList<BulkItem> items)
    {
        Start(session, id, started, caller: null);
        session.Sql.Add($"""
            insert into http.bulk_items (job_id, position, command, record_id, input)
            select {id}, u.position, u.command, u.record_id, u.input
            from unnest({items.Select(i => i.Position).ToArray()}, {items.Select(i => i.Command).ToArray()}, {items.Select(i => i.RecordId).ToArray()}, {items.Select(i => SqlBatch.Json(i.Input)).ToArray()})
              as u(position, command, record_id, input)
            """);
    }

    /// <summary>The same with one command and one input for all records, in this order.</summary>
    internal static void Start(DocumentSession session, Guid id, BulkJobStarted started, Caller caller, string command, BulkInput input, Guid[] records)
    {
        Start(session, id, started, caller);
        session.Sql.Add($"""
            insert into http.bulk_items (job_id, position, command, record_id, input)
            select {id}, u.position, {command}, u.record_id, {SqlBatch.Json(JsonSerializer.Serialize(input, EventSerializer.Documents))} from unnest({records}) with ordinality as u(record_id, position)
            """);
    }

    private static void Start(DocumentSession session, Guid id, BulkJobStarted started, Caller? caller)
    {
        session.StartStream<BulkJob>(id, [started]);
        var context = session.Context;
        session.Sql.Add($"""
            insert into http.bulk_jobs (id, kind, subject_id, parameters, state, total, started_by, started_at, reason, acting, acting_for, acting_reason, acting_role, acting_ceiling, acting_since, advanced_at)
            values ({id}, {started.Kind}, {started.SubjectId}, {SqlBatch.Json(JsonSerializer.Serialize(started.Parameters, EventSerializer.Documents))}, 'running', {started.Items},
              {context.UserName}, {session.Now}, {context.Reason}, {context.UserName}, {context.OnBehalfOf}, {context.Reason}, {caller?.Role}, {caller?.Ceiling}, {session.Now}, {session.Now})
            """);
    }

    internal static async Task<IReadOnlyList<Guid>> WaitingAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select id from http.bulk_jobs where state in ('running', 'undoing') order by id limit 100");
        await using var row = await command.ExecuteReaderAsync(ct);
        var ids = new List<Guid>();
        while (await row.ReadAsync(ct)) ids.Add(row.GetGuid(0));
        return ids;
    }

    internal static async Task<BulkJobRow?> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select state, position, acting, acting_for, acting_reason, acting_role, acting_ceiling from http.bulk_jobs where id = $1");
        command.Parameters.Add(Statement.Parameter(id));
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? new BulkJobRow(id, Enum.Parse<BulkJobState>(row.GetString(0), ignoreCase: true), row.GetInt32(1), row.GetString(2), Text(row, 3), Text(row, 4), Text(row, 5), Text(row, 6))
            : null;
    }

    /// <summary>The next items of one command: forwards those that were not looked at, backwards those that were done.</summary>
    internal static async Task<IReadOnlyList<BulkItem>> NextAsync(NpgsqlDataSource database, BulkJobRow job, int most, CancellationToken ct)
    {
        await using var command = database.CreateCommand(job.Undoing
            ? "select position, command, record_id, input::text, before::text from http.bulk_items where job_id = $1 and position < $2 and outcome = 'done' order by position desc limit $3"
            : "select position, command, record_id, input::text, before::text from http.bulk_items where job_id = $1 and position > $2 order by position limit $3");
        command.Parameters.Add(Statement.Parameter(job.Id));
        command.Parameters.Add(Statement.Parameter(job.Position));
        command.Parameters.Add(Statement.Parameter(most));
        await using var row = await command.ExecuteReaderAsync(ct);
        var items = new List<BulkItem>(most);
        while (await row.ReadAsync(ct)) items.Add(new BulkItem(row.GetInt32(0), row.GetString(1), row.GetGuid(2), row.GetString(3), Text(row, 4)));
        return [.. items.TakeWhile(i => i.Command == items[0].Command)];
    }

    /// <summary>Adds what became of a chunk, and that the job has come so far.</summary>
    internal static void Advance(SqlBatch sql, BulkJobRow job, IReadOnlyList<BulkItem> items, IReadOnlyList<BulkResult> results, DateTimeOffset at)
    {
        var faults = results.Select(r => SqlBatch.Json(r.Fault is { } f ? JsonSerializer.Serialize(new BulkFault(f.Code, f.Zh, f.En), EventSerializer.Documents) : null!)).ToArray();
        var outcomes = results.Select(r => (job.Undoing, r.Fault) switch { (false, null) => "done", (false, _) => "refused", (true, null) => "undone", (true, _) => "kept" }).ToArray();
        sql.Add($"""
            update http.bulk_items i set outcome = u.outcome, fault = u.fault, before = coalesce(u.before, i.before)
            from unnest({items.Select(i => i.Position).ToArray()}, {outcomes}, {faults}, {results.Select(r => SqlBatch.Json(r.Before!)).ToArray()}) as u(position, outcome, fault, before)
            where i.job_id = {job.Id} and i.position = u.position
            """);
        int Of(string outcome) => outcomes.Count(o => o == outcome);
        sql.Add($"""
            select http.bulk_advance({job.Id}, {(job.Undoing ? "undoing" : "running")}, {job.Position}, {items[^1].Position}, {Of("done")}, {Of("refused")}, {Of("undone")}, {Of("kept")}, {at})
            """);
    }

    internal static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

/// <summary>Why a record was not changed.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Zh">In Chinese.</param>
/// <param name="En">In English.</param>
internal sealed record BulkFault(string Code, string Zh, string En);
