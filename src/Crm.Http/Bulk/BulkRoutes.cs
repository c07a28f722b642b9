using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>A job as it is shown.</summary>
/// <param name="Id">The job; also the correlation of every event it caused.</param>
/// <param name="State"><c>running done cancelled failed undoing undone</c>.</param>
/// <param name="Total">Records it is about.</param>
/// <param name="Progress">How much of the present pass is behind it, 0 to 1.</param>
/// <param name="RemainingSeconds">How long it takes from now on, by its pace so far; null while that is not known, and at the end.</param>
/// <param name="Done">Records that were changed.</param>
/// <param name="Refused">Records that could not be changed; the items say why.</param>
/// <param name="Undone">Records that were taken back.</param>
/// <param name="Kept">Records that were changed since and stay.</param>
/// <param name="StartedBy">Who began it.</param>
/// <param name="StartedAt">When.</param>
/// <param name="Reason">Why.</param>
/// <param name="Parameters">What was asked.</param>
/// <param name="Fault">Why it was stopped: <c>rights_changed</c>; null otherwise, and for an internal error.</param>
public sealed record BulkJobView(
    Guid Id, BulkJobState State, int Total, double Progress, int? RemainingSeconds, int Done, int Refused, int Undone, int Kept, string StartedBy, DateTimeOffset StartedAt, string? Reason,
    JsonObject Parameters, string? Fault);

/// <summary>The jobs about a subject, newest first.</summary>
/// <param name="Data">The newest 20.</param>
public sealed record BulkJobList(IReadOnlyList<BulkJobView> Data);

/// <summary>A record that a job could not change or take back.</summary>
/// <param name="Position">Its place in the job.</param>
/// <param name="Resource">What kind of record.</param>
/// <param name="RecordId">The record.</param>
/// <param name="RecordName">What people call it; null if it is gone.</param>
/// <param name="Code">Why, as a stable code.</param>
/// <param name="Message">Why, in the caller's language.</param>
public sealed record BulkFaultView(int Position, string Resource, Guid RecordId, string? RecordName, string Code, string Message);

/// <summary>A page of what a job could not change or take back.</summary>
public sealed record BulkFaults(IReadOnlyList<BulkFaultView> Data, PageInfo Page);

/// <summary>Looking at jobs, breaking them off and taking them back.</summary>
public static class BulkRoutes
{
    private const int Page = 100;

    /// <summary>Maps the jobs of one kind about one subject.</summary>
    /// <param name="jobs">The group.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="name">For the names of the routes: <c>HandOver</c>.</param>
    /// <param name="right">The right that all of it demands.</param>
    /// <param name="subject">What the jobs are about.</param>
    /// <param name="demand">Insists on what else it takes to break a job off or to take it back.</param>
    public static void MapBulkJobs(this IEndpointRouteBuilder jobs, string kind, string name, Right right, Func<HttpContext, Guid> subject, Action<HttpContext, BulkJobView> demand)
    {
        jobs.MapGet("", async (HttpContext http, DocumentStore store) => new BulkJobList(await ListAsync(store, kind, subject(http), null, http.RequestAborted)))
            .Requires(right).WithName($"List{name}s").Produces<BulkJobList>().ProducesProblem(401).ProducesProblem(403);
        jobs.MapGet("{jobId:guid}", (HttpContext http, Guid jobId, DocumentStore store) => FindAsync(store, kind, subject(http), jobId, http.RequestAborted))
            .Requires(right).WithName($"Get{name}").Produces<BulkJobView>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        jobs.MapGet("{jobId:guid}/faults", async (HttpContext http, Guid jobId, string? cursor, DocumentStore store, IEnumerable<IBulkCommand> commands) =>
            {
                await FindAsync(store, kind, subject(http), jobId, http.RequestAborted);
                if (!int.TryParse(cursor ?? "0", out var after)) throw ProblemException.Invalid("query.cursor", "invalid_cursor", "游标无效。", "The cursor is not valid.");
                return await FaultsAsync(store, jobId, after, commands, Access.Of(http), Language.IsChinese(http), http.RequestAborted);
            })
            .Requires(right).WithName($"List{name}Faults").Produces<BulkFaults>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        jobs.MapOperation<CancelBulkJob>("{jobId:guid}/cancel", right, 200, (command, session, scope) => ChangeAsync(scope, session, kind, subject, demand, job => CancelBulkJob.Decide(command, job)))
            .WithName($"Cancel{name}").Produces<BulkJobView>();
        jobs.MapOperation<UndoBulkJob>("{jobId:guid}/undo", right, 202, (command, session, scope) => ChangeAsync(scope, session, kind, subject, demand, job => UndoBulkJob.Decide(command, job)))
            .WithName($"Undo{name}").Produces<BulkJobView>(202);
    }

    private static async Task<object?> ChangeAsync(CommandScope scope, DocumentSession session, string kind, Func<HttpContext, Guid> subject, Action<HttpContext, BulkJobView> demand, Func<BulkJob, Decision> decide)
    {
        var id = Guid.Parse(scope.Route("jobId"));
        var shown = await FindAsync(scope.Store, kind, subject(scope.Http), id, scope.Aborted);
        demand(scope.Http, shown);
        var stream = await session.FetchForWriting<BulkJob>(id, scope.Aborted);
        var decision = decide(stream.Aggregate!);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        stream.AppendMany(decision.Events);
        if (decision.Events is []) return shown;
        if (decision.Events[0] is BulkJobCancelled)
        {
            session.Sql.Add($"update http.bulk_jobs set state = 'cancelled' where id = {id}");
            return shown with { State = BulkJobState.Cancelled, RemainingSeconds = null };
        }
        var (context, caller) = (session.Context, Caller.Of(scope.Http));
        session.Sql.Add($"""
            update http.bulk_jobs set state = 'undoing', fault = null, acting_role = {caller.Role}, acting_ceiling = {caller.Ceiling}, position = total + 1, acting = {context.UserName}, acting_for = {context.OnBehalfOf}, acting_reason = {context.Reason ?? "undo"},
              acting_since = {session.Now}, advanced_at = {session.Now} where id = {id}
            """);
        return shown with { State = BulkJobState.Undoing, Fault = null, Progress = 0, RemainingSeconds = null };
    }

    private static async Task<BulkJobView> FindAsync(DocumentStore store, string kind, Guid subject, Guid id, CancellationToken ct) =>
        await ListAsync(store, kind, subject, id, ct) is [var job] ? job : throw ProblemException.NotFound();

    private static async Task<IReadOnlyList<BulkJobView>> ListAsync(DocumentStore store, string kind, Guid subject, Guid? id, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select id, state, total, position, done, refused, undone, kept, started_by, started_at, reason, parameters::text, acting_since, fault
            from http.bulk_jobs where kind = $1 and subject_id = $2 and ($3::uuid is null or id = $3) order by started_at desc limit 20
            """);
        command.Parameters.Add(Statement.Parameter(kind));
        command.Parameters.Add(Statement.Parameter(subject));
        command.Parameters.Add(Statement.Parameter(id));
        await using var row = await command.ExecuteReaderAsync(ct);
        var jobs = new List<BulkJobView>();
        while (await row.ReadAsync(ct))
        {
            var (state, total, done, undone, kept) = (Enum.Parse<BulkJobState>(row.GetString(1), ignoreCase: true), row.GetInt32(2), row.GetInt32(4), row.GetInt32(6), row.GetInt32(7));
            var (behind, all) = state is BulkJobState.Undoing or BulkJobState.Undone ? (undone + kept, done) : (row.GetInt32(3), total);
            var works = state is BulkJobState.Running or BulkJobState.Undoing;
            var elapsed = (store.Now - new DateTimeOffset(row.GetDateTime(12))).TotalSeconds;
            jobs.Add(new BulkJobView(
                row.GetGuid(0), state, total, all == 0 ? 1 : Math.Round((double)behind / all, 4), works && behind > 0 ? (int)Math.Ceiling(elapsed / behind * (all - behind)) : null, done, row.GetInt32(5), undone,
                kept, row.GetString(8), new DateTimeOffset(row.GetDateTime(9)), BulkTables.Text(row, 10), JsonNode.Parse(row.GetString(11))!.AsObject(), BulkTables.Text(row, 13)));
        }
        return jobs;
    }

    private static async Task<BulkFaults> FaultsAsync(DocumentStore store, Guid job, int after, IEnumerable<IBulkCommand> commands, Access access, bool chinese, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select position, command, record_id, fault::text from http.bulk_items where job_id = $1 and position > $2 and fault is not null order by position limit $3
            """);
        command.Parameters.Add(Statement.Parameter(job));
        command.Parameters.Add(Statement.Parameter(after));
        command.Parameters.Add(Statement.Parameter(Page + 1));
        var items = new List<(int Position, string Command, Guid Record, BulkFault Fault)>();
        await using (var row = await command.ExecuteReaderAsync(ct))
            while (await row.ReadAsync(ct))
                items.Add((row.GetInt32(0), row.GetString(1), row.GetGuid(2), JsonSerializer.Deserialize<BulkFault>(row.GetString(3), EventSerializer.Documents)!));
        var page = items.Take(Page).ToList();
        var names = new Dictionary<Guid, string>();
        foreach (var each in commands)
            if (page.Where(i => i.Command == each.Name).Select(i => i.Record).ToList() is { Count: > 0 } records)
                foreach (var (id, name) in await each.NamesAsync(records, access, ct)) names[id] = name;
        return new BulkFaults(
            [.. page.Select(i => new BulkFaultView(i.Position, i.Command.Split('.')[0], i.Record, names.GetValueOrDefault(i.Record), i.Fault.Code, chinese ? i.Fault.Zh : i.Fault.En))],
            new PageInfo(items.Count > Page ? page[^1].Position.ToString(System.Globalization.CultureInfo.InvariantCulture) : null, items.Count > Page));
    }
}
