using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Analytics;

/// <summary>It was decided for how long the operation log is kept.</summary>
/// <param name="Years">Years, one at least; null is for ever.</param>
internal sealed record OperationLogRetentionSet(int? Years);

/// <summary>
/// Decides for how long the operation log is kept (S094). Older rows leave the log with the first event of a day; the events themselves, and with them every
/// record's history, stay. What left does not come back when the time is made longer.
/// </summary>
/// <param name="Years">Years, from 1 to 100; null or absent is for ever.</param>
internal sealed record SetOperationLogRetention(int? Years = null)
{
    internal sealed class Validator : AbstractValidator<SetOperationLogRetention>
    {
        public Validator() => RuleFor(x => x.Years).InclusiveBetween(1, 100);
    }

    public static Decision Decide(SetOperationLogRetention command, OperationLogSettings? state) =>
        command.Years == state?.Years ? Decision.Nothing : [new OperationLogRetentionSet(command.Years)];
}

/// <summary>The settings of the operation log, in one stream.</summary>
internal sealed record OperationLogSettings : Document, IAggregate<OperationLogSettings>
{
    /// <summary>The stream.</summary>
    public static readonly Guid Stream = new("6f706c6f-6700-4000-8000-000000000001");

    /// <summary>For how many years the log is kept; null is for ever.</summary>
    public int? Years { get; init; }

    public static OperationLogSettings? Evolve(OperationLogSettings? state, Event e) => e.Data switch
    {
        OperationLogRetentionSet set => (state ?? new OperationLogSettings()) with { Years = set.Years },
        _ => state,
    };
}

/// <summary>For how long the operation log is kept.</summary>
/// <param name="Years">Years; null is for ever.</param>
/// <param name="Since">When the oldest operation in it was recorded; null while it is empty.</param>
internal sealed record OperationLogRetention(int? Years, DateTimeOffset? Since);

/// <summary><c>GET</c> and <c>PUT operation-log/retention</c>.</summary>
internal static class RetentionFeature
{
    public static void Map(IEndpointRouteBuilder log)
    {
        log.MapGet("retention", async (DocumentStore store, CancellationToken ct) =>
            await ShowAsync(store, (await store.Query.AggregateStreamAsync<OperationLogSettings>(OperationLogSettings.Stream, ct: ct))?.Years, ct))
            .Requires(Right.View("audit")).Reads(OperationLog.ProjectionName).WithName("GetOperationLogRetention").Produces<OperationLogRetention>().ProducesProblem(401).ProducesProblem(403);
        log.MapOperation<SetOperationLogRetention>("retention", Right.OperationsChange, 200, async (command, session, scope) =>
        {
            var stream = await session.FetchForWriting<OperationLogSettings>(OperationLogSettings.Stream, scope.Aborted);
            stream.AppendMany(SetOperationLogRetention.Decide(command, stream.Aggregate).Events);
            return await ShowAsync(scope.Store, command.Years, scope.Aborted);
        }, "PUT").Produces<OperationLogRetention>();
    }

    private static async Task<OperationLogRetention> ShowAsync(DocumentStore store, int? years, CancellationToken ct)
    {
        await using var oldest = store.DataSource.CreateCommand("select min(at) from analytics.operations");
        return new OperationLogRetention(years, await oldest.ExecuteScalarAsync(ct) is DateTime since ? new DateTimeOffset(since) : null);
    }
}
