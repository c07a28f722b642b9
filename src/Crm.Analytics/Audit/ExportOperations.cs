using System.Globalization;
using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Analytics;

/// <summary>Somebody asked for a file of the operation log; why is in the event's circumstances.</summary>
/// <param name="Filter">Which operations, in the grammar of lists; null is all.</param>
/// <param name="UpTo">The last sequence number that can be in the file.</param>
internal sealed record OperationLogExportRequested(string? Filter, long UpTo);

/// <summary>The file is complete.</summary>
/// <param name="Rows">Operations in it.</param>
internal sealed record OperationLogExportCompleted(long Rows);

/// <summary>Who asked for the file no longer wants it.</summary>
internal sealed record OperationLogExportCancelled;

/// <summary>Writes the operations of a filter into a CSV file, in the background. The file can be fetched for three days by who asked for it.</summary>
/// <param name="Filter">Which operations, in the grammar of lists; null is all.</param>
/// <param name="Reason">Why; kept with the event.</param>
internal sealed record ExportOperations(string? Filter, string? Reason)
{
    internal sealed class Validator : AbstractValidator<ExportOperations>
    {
        public Validator()
        {
            RuleFor(x => x.Filter).MaximumLength(4_000);
            RuleFor(x => x.Reason).NotEmpty().MaximumLength(1_000);
        }
    }
}

/// <summary>Breaks an export off; what was written of the file is thrown away.</summary>
internal sealed record CancelOperationExport
{
    public static Decision Decide(OperationLogExport export) => export.State switch
    {
        OperationLogExportState.Requested => [new OperationLogExportCancelled()],
        OperationLogExportState.Cancelled => Decision.Nothing,
        _ => new Rejection("export_finished", "导出已完成，不能取消。", "The export is finished and cannot be cancelled."),
    };
}

/// <summary>How far an export has come.</summary>
internal enum OperationLogExportState
{
    Requested,
    Completed,
    Cancelled,
}

/// <summary>One export of the operation log; <see cref="Document.CreatedBy"/> asked for it.</summary>
internal sealed record OperationLogExport : Document, IAggregate<OperationLogExport>
{
    public OperationLogExportState State { get; init; }

    public static OperationLogExport? Evolve(OperationLogExport? state, Event e) => e.Data switch
    {
        OperationLogExportRequested => new OperationLogExport(),
        OperationLogExportCompleted => state! with { State = OperationLogExportState.Completed },
        OperationLogExportCancelled => state! with { State = OperationLogExportState.Cancelled },
        _ => state,
    };
}

/// <summary>An export as who asked for it sees it.</summary>
/// <param name="Id">The export.</param>
/// <param name="State"><c>waiting running done cancelled</c>.</param>
/// <param name="Written">Operations in the file so far.</param>
/// <param name="Total">Operations there will be; null while they are not counted yet.</param>
/// <param name="Filter">Which operations.</param>
/// <param name="Reason">Why.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="ExpiresAt">Until when the file can be fetched.</param>
internal sealed record OperationExport(Guid Id, string State, long Written, long? Total, string? Filter, string Reason, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt);

/// <summary>The exports of the caller that have not expired, newest first.</summary>
/// <param name="Data">All of them, 100 at most.</param>
internal sealed record OperationExports(IReadOnlyList<OperationExport> Data);

/// <summary>Continues an export where it stands.</summary>
/// <param name="ExportId">The export.</param>
internal sealed record WriteOperationExport(Guid ExportId);

/// <summary>Removes files that can no longer be fetched.</summary>
internal sealed record RemoveExpiredOperationExports;

/// <summary>Routes and background work of exports (S094).</summary>
internal static class ExportFeature
{
    private const string Columns = "id, state, written, total, filter, reason, requested_at, expires_at";
    private static readonly TimeSpan Kept = TimeSpan.FromDays(3);

    public static void Map(IEndpointRouteBuilder log)
    {
        var right = Right.View("audit");
        log.MapOperation<ExportOperations>("exports", right, 202, RequestAsync).Reads(OperationLog.ProjectionName).Produces<OperationExport>(202);
        log.MapOperation<CancelOperationExport>("exports/{id:guid}/cancel", right, 200, CancelAsync).Produces<OperationExport>();
        log.MapGet("exports", async (HttpContext http, NpgsqlDataSource database) => new OperationExports(await ListAsync(database, Caller.Of(http).Id, null, http.RequestAborted)))
            .Requires(right).WithName("ListOperationExports").Produces<OperationExports>().ProducesProblem(401).ProducesProblem(403);
        log.MapGet("exports/{id:guid}", (HttpContext http, NpgsqlDataSource database, Guid id) => FindAsync(http, database, id))
            .Requires(right).WithName("GetOperationExport").Produces<OperationExport>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        log.MapGet("exports/{id:guid}/file", DownloadAsync)
            .Requires(right).WithName("GetOperationExportFile").Produces(200, contentType: MediaTypeNames.Text.Csv).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
    }

    public static void Configure(MessagingOptions messaging)
    {
        messaging.ExternalQueue("operation-exports").With(parallelism: 1, timeout: TimeSpan.FromMinutes(10))
            .Handle<WriteOperationExport>(ExportJob.WriteAsync)
            .Handle<RemoveExpiredOperationExports>((_, context) => [Effects.Sql($"delete from analytics.operation_exports where expires_at < {context.Now}")]);
        messaging.Recurring("remove-expired-operation-exports", "0 20 * * * ?", new RemoveExpiredOperationExports());
    }

    private static async Task<object?> RequestAsync(ExportOperations command, DocumentSession session, CommandScope scope)
    {
        // A filter that cannot be read is refused now and not in the background.
        var filter = string.IsNullOrWhiteSpace(command.Filter) ? null : command.Filter;
        await ListQuery.Of(new JsonObject { ["filter"] = filter, ["limit"] = 1 }).ReadAsync(scope.Database, Operations.Source, new QueryClock(scope.Now.At, scope.Store.TimeZone), null, scope.Aborted);
        await using var last = scope.Database.CreateCommand("select coalesce(max(sequence), 0)::bigint from analytics.operations");
        var upTo = (long)(await last.ExecuteScalarAsync(scope.Aborted))!;
        var export = new OperationExport(scope.Id, "waiting", 0, null, filter, command.Reason!, scope.Now.At, scope.Now.At + Kept);
        session.StartStream<OperationLogExport>(scope.Id, [new OperationLogExportRequested(filter, upTo)]);
        session.Sql.Add($"""
            insert into analytics.operation_exports (id, requested_by, requested_at, expires_at, reason, filter, chinese, up_to)
            values ({scope.Id}, {session.Context.UserName}, {export.RequestedAt}, {export.ExpiresAt}, {export.Reason}, {filter}, {Language.IsChinese(scope.Http)}, {upTo})
            """);
        scope.Service<MessageBus>().Send(session, new WriteOperationExport(scope.Id));
        return export;
    }

    private static async Task<object?> CancelAsync(CancelOperationExport command, DocumentSession session, CommandScope scope)
    {
        var id = Guid.Parse(scope.Route("id"));
        var shown = await FindAsync(scope.Http, scope.Database, id);
        var stream = await session.FetchForWriting<OperationLogExport>(id, scope.Aborted);
        var decision = CancelOperationExport.Decide(stream.Aggregate!);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        stream.AppendMany(decision.Events);
        session.Sql.Add($"update analytics.operation_exports set state = 'cancelled' where id = {id}");
        session.Sql.Add($"delete from analytics.operation_export_parts where export_id = {id}");
        return shown with { State = "cancelled" };
    }

    private static async Task<OperationExport> FindAsync(HttpContext http, NpgsqlDataSource database, Guid id) =>
        await ListAsync(database, Caller.Of(http).Id, id, http.RequestAborted) is [var export] ? export : throw ProblemException.NotFound();

    private static async Task DownloadAsync(HttpContext http, DocumentStore store, Guid id)
    {
        var export = await FindAsync(http, store.DataSource, id);
        if (export.State != "done") throw new ProblemException(409, "export_not_ready", "导出还没有完成。", "The export is not finished.");
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"operation-log-{export.RequestedAt:yyyyMMdd-HHmmss}.csv\"");
        http.Response.Headers.CacheControl = "private, no-store";
        await using var command = store.DataSource.CreateCommand("select content, first_row from analytics.operation_export_parts where export_id = $1 order by first_row");
        command.Parameters.Add(Statement.Parameter(id));
        await using var part = await command.ExecuteReaderAsync(http.RequestAborted);
        // With a byte order mark spreadsheets read the text as UTF-8.
        await http.Response.Body.WriteAsync(Encoding.UTF8.Preamble.ToArray(), http.RequestAborted);
        while (await part.ReadAsync(http.RequestAborted)) await http.Response.Body.WriteAsync(OperationExportFiles.Opened(store, id, part.GetInt64(1), part.GetFieldValue<byte[]>(0)), http.RequestAborted);
    }

    private static async Task<IReadOnlyList<OperationExport>> ListAsync(NpgsqlDataSource database, string caller, Guid? id, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"""
            select {Columns} from analytics.operation_exports where requested_by = $1 and ($2::uuid is null or id = $2) and expires_at > now() order by requested_at desc limit 100
            """);
        command.Parameters.Add(Statement.Parameter(caller));
        command.Parameters.Add(Statement.Parameter(id));
        await using var row = await command.ExecuteReaderAsync(ct);
        var exports = new List<OperationExport>();
        while (await row.ReadAsync(ct))
            exports.Add(new OperationExport(
                row.GetGuid(0), row.GetString(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetInt64(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetString(5),
                new DateTimeOffset(row.GetDateTime(6)), new DateTimeOffset(row.GetDateTime(7))));
        return exports;
    }
}
