using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Gives everything that names a user as responsible to others, as a job that can be undone in one step: customers, what is planned
/// for them, open tasks, opportunities, open tickets and the teams he leads. It demands <c>users.change</c> and to be able to give away every record (403). 400 <c>unknown_user</c>, <c>same_user</c>; 409
/// <c>nothing_to_hand_over</c>, <c>own_account</c>, <c>bulk_job_running</c>.
/// </summary>
/// <param name="ToUserId">Who gets it: an active user.</param>
/// <param name="Recipients">Others for some of it, by <c>customers plans tasks opportunities tickets teams</c>.</param>
/// <param name="Deactivate">Whether the user has no access any more at the end.</param>
/// <param name="Reason">Why; kept with every event.</param>
internal sealed record HandOver(Guid ToUserId, IReadOnlyDictionary<string, Guid>? Recipients = null, bool Deactivate = false, string? Reason = null)
{
    internal sealed class Validator : AbstractValidator<HandOver>
    {
        public Validator()
        {
            RuleFor(x => x.ToUserId).NotEmpty();
            RuleForEach(x => x.Recipients).Must(r => r.Key is "customers" or "plans" or "tasks" or "opportunities" or "tickets" or "teams").WithErrorCode("unknown_resource");
            RuleFor(x => x.Reason).NotEmpty().MaximumLength(1_000);
        }
    }
}

/// <summary>How much of one kind names a user.</summary>
/// <param name="Resource"><c>customers plans tasks opportunities tickets teams</c>.</param>
/// <param name="Count">Records.</param>
internal sealed record HandOverPart(string Resource, int Count);

/// <summary>What a hand-over would give away.</summary>
/// <param name="Parts">By kind; the teams are those the user leads.</param>
/// <param name="StandsInFor">Colleagues for whom the user stands in now or later; that is not handed over.</param>
internal sealed record HandOverPreview(IReadOnlyList<HandOverPart> Parts, int StandsInFor);

/// <summary>What a hand-over must know.</summary>
/// <param name="Self">Whether the user is who asks.</param>
/// <param name="Active">The active users among the recipients.</param>
/// <param name="Items">What there is to give away.</param>
internal sealed record HandOverFacts(bool Self, IReadOnlySet<Guid> Active, int Items);

internal static class HandOverFeature
{
    public const string Kind = "handOver";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static void Map(IEndpointRouteBuilder users)
    {
        var right = Right.Change("users");
        users.MapGet("{id:guid}/hand-over", async (HttpContext http, Guid id, DocumentStore store, IEnumerable<IBulkCommand> commands, AccessPictures pictures) =>
            {
                var picture = await pictures.CurrentAsync(http.RequestAborted);
                if (!picture.Members.ContainsKey(id)) throw ProblemException.NotFound();
                var owned = await OwnedAsync(id, store, commands, http.RequestAborted);
                http.Response.Headers.CacheControl = "private, no-cache";
                return new HandOverPreview([.. owned.Select(o => new HandOverPart(o.Records.Resource, o.Ids.Count))], picture.DelegationsTo(id).Count(d => d.Until > store.Now));
            })
            .Requires(right).WithName("PreviewHandOver").Produces<HandOverPreview>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        users.MapOperation<HandOver>("{id:guid}/hand-over", right, 202, StartAsync).Produces<BulkJobView>(202);
        users.MapGroup("{id:guid}/hand-overs").MapBulkJobs(Kind, "HandOver", right, http => Guid.Parse(CommandScope.Route(http, "id")), (http, _) => Demand(Access.Of(http)));
    }

    public static Decision Decide(HandOver command, User user, HandOverFacts facts)
    {
        if (command.Deactivate && facts.Self) return UserErrors.LastAdministrator;
        foreach (var (field, to) in Recipients(command))
        {
            if (to == user.Id) return new Rejection("same_user", "接收人必须是别人。", "Somebody else must get the records.", 400, field);
            if (!facts.Active.Contains(to)) return new Rejection("unknown_user", "没有这个在职用户。", "There is no such active user.", 400, field);
        }
        if (facts.Items == 0) return new Rejection("nothing_to_hand_over", "这个用户名下没有需要交接的内容。", "Nothing names this user as responsible.");
        return [new BulkJobStarted(Kind, user.Id, facts.Items, Parameters(command))];
    }

    private static async Task<object?> StartAsync(HandOver command, DocumentSession session, CommandScope scope)
    {
        Demand(Access.Of(scope.Http));
        var id = Guid.Parse(scope.Route("id"));
        if (await scope.Store.Query.AggregateStreamAsync<User>(id, ct: scope.Aborted) is not { Removed: false } user) throw ProblemException.NotFound();
        var owned = await OwnedAsync(id, scope.Store, scope.Service<IEnumerable<IBulkCommand>>(), scope.Aborted);
        var items = owned.SelectMany(o => o.Ids.Select(record => (o.Records.Name, record, new OwnerChange(id, command.Recipients?.TryGetValue(o.Records.Resource, out var other) == true ? other : command.ToUserId).ToInput())))
            .Concat(command.Deactivate && user.Active ? [("users.active", id, "{}")] : [])
            .Select((i, n) => new BulkItem(n + 1, i.Item1, i.Item2, i.Item3)).ToList();
        var picture = await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted);
        var decision = Decide(command, user, new HandOverFacts(id == scope.Now.Actor, picture.Members.Values.Where(m => m.Active).Select(m => m.Id).ToHashSet(), items.Count));
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        var started = (BulkJobStarted)decision.Events[0];
        BulkTables.Start(session, scope.Id, started, items);
        return new BulkJobView(scope.Id, BulkJobState.Running, items.Count, 0, null, 0, 0, 0, 0, session.Context.UserName, session.Now, command.Reason,
            new([.. started.Parameters.Select(p => KeyValuePair.Create(p.Key, (System.Text.Json.Nodes.JsonNode?)p.Value))]), null);
    }

    /// <summary>What names the user, those records included that were written a moment ago.</summary>
    private static async Task<List<(IOwnedRecords Records, IReadOnlyList<Guid> Ids)>> OwnedAsync(Guid user, DocumentStore store, IEnumerable<IBulkCommand> commands, CancellationToken ct)
    {
        if (!await store.Daemon.CatchUpAsync(Patience, ct)) throw new TimeoutException("The records of the user are not all known yet.");
        List<(IOwnedRecords, IReadOnlyList<Guid>)> owned = [];
        foreach (var records in commands.OfType<IOwnedRecords>()) owned.Add((records, await records.OfAsync(user, ct)));
        return owned;
    }

    /// <summary>Whoever hands over gives away what is not his: it takes every right to do so.</summary>
    private static void Demand(Access access)
    {
        if (!((Right[])[Right.Assign("customers"), Right.Assign("opportunities"), Right.Assign("tickets")]).All(r => access.Rows(r).IsAll))
            throw new ProblemException(403, "forbidden", "交接需要转移所有客户、商机和工单的权限。", "Handing over takes the right to give away every customer, opportunity and ticket.");
    }

    private static IEnumerable<(string Field, Guid To)> Recipients(HandOver command) => (command.Recipients ?? new Dictionary<string, Guid>()).Select(r => ("recipients." + r.Key, r.Value)).Prepend(("toUserId", command.ToUserId));

    private static Dictionary<string, string> Parameters(HandOver command)
    {
        var parameters = (command.Recipients ?? new Dictionary<string, Guid>()).ToDictionary(r => r.Key, r => r.Value.ToString());
        parameters["toUserId"] = command.ToUserId.ToString();
        if (command.Deactivate) parameters["deactivate"] = "true";
        return parameters;
    }
}
