using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>
/// Takes a merge back, at any time and in any order: the customer that was merged away is what it was, with what was done since to its contacts and consents; this one
/// loses what came with the merge and was not changed since. A parent that is below its customer by now is not put back (<c>leftOut</c>). Other activities since the merge stay here unless they are assigned.
/// </summary>
/// <param name="MergeId">The merge; also one of a customer that came here within another.</param>
/// <param name="Assign">Which activities since the merge go with the customer that leaves, or stay in spite of the rule; at most 500.</param>
internal sealed record UnmergeCustomer(Guid? MergeId, IReadOnlyList<ActivityAssignment>? Assign)
{
    internal sealed class Validator : AbstractValidator<UnmergeCustomer>
    {
        public Validator()
        {
            RuleFor(x => x.MergeId).NotEmpty();
            RuleFor(x => x.Assign).Must(a => a is null || a.Count <= 500).WithErrorCode("too_many").WithMessage(_ => Rules.Pick("最多 500 条。", "There are at most 500."));
            RuleForEach(x => x.Assign).Must(a => a.To is "source" or "target").WithErrorCode("unknown_value").WithMessage(_ => Rules.Pick("只能是 source 或 target。", "It must be source or target."));
        }
    }
}

/// <summary>To whom one activity goes.</summary>
/// <param name="EventId">The event, as the preview names it.</param>
/// <param name="To"><c>source</c>, the customer that leaves, or <c>target</c>, which it stays with.</param>
internal sealed record ActivityAssignment(Guid EventId, string To);

/// <summary>What taking a merge back would do; nothing is written.</summary>
/// <param name="MergeId">The merge.</param>
/// <param name="Target">This customer without the other one.</param>
/// <param name="Source">The other one as it would be again.</param>
/// <param name="Kept">The fields that came with the merge and were changed since: they stay here.</param>
/// <param name="LeftOut">What cannot be as it was.</param>
/// <param name="Activities">What happened since the merge and to whom it goes, newest first, at most 500.</param>
internal sealed record UnmergePreview(Guid MergeId, JsonObject Target, JsonObject Source, IReadOnlyList<string> Kept, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<ActivitySince> Activities);

/// <summary>Something that cannot be as it was before a merge and is left out when that is taken back.</summary>
/// <param name="CustomerId">The customer: the one that leaves or the one that stays.</param>
/// <param name="Field">The field; always <c>parentId</c>.</param>
/// <param name="Code">Why: <c>parent_cycle</c>, the parent is below the customer by now.</param>
/// <param name="Message">The same in words.</param>
internal sealed record LeftOut(Guid CustomerId, string Field, string Code, string Message);

/// <summary>Something that happened since a merge.</summary>
/// <param name="EventId">The event.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Type">The event's stable name.</param>
/// <param name="ActorId">Who did it.</param>
/// <param name="ActorName">The name of who did it.</param>
/// <param name="To"><c>source</c> or <c>target</c>.</param>
/// <param name="IsAssignable">Whether that can be chosen.</param>
internal sealed record ActivitySince(Guid EventId, DateTimeOffset At, string Type, string ActorId, string? ActorName, string To, bool IsAssignable);

/// <summary>The events on all streams, or why there are none.</summary>
/// <param name="Rejection">Why not.</param>
/// <param name="Merge">The merge.</param>
/// <param name="Holders">The customers that held what came with it, the one it was merged into first, with their events.</param>
/// <param name="Source">The events that make the other one a customer of its own.</param>
/// <param name="Routed">The events since the merge that are its own, to be written on its stream with their own circumstances.</param>
/// <param name="Kept">The fields that came with the merge and were changed since.</param>
/// <param name="Since">Everything since the merge that could go either way, and whether it goes.</param>
internal sealed record UnmergeDecision(
    Rejection? Rejection, CustomerMerge? Merge, IReadOnlyList<(Guid Id, IReadOnlyList<object> Events)> Holders, IReadOnlyList<object> Source, IReadOnlyList<Event> Routed, IReadOnlyList<string> Kept,
    IReadOnlyList<(Event Event, bool Goes, bool IsAssignable)> Since);

internal static class UnmergeCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapOperation<UnmergeCustomer>("{id:guid}/unmerge", Right.Change("customers"), 200, UnmergeAsync).Produces<Customer>().ProducesProblem(410);
        customers.MapPost("{id:guid}/unmerge/preview", async (HttpContext http, Guid id, DocumentStore store, IUserDirectory users) =>
        {
            var command = (await JsonBody.ReadAsync(http)).To<UnmergeCustomer>();
            Validation.Check(new UnmergeCustomer.Validator(), command, http);
            var (root, streams) = await LoadAsync(store, id, http.RequestAborted);
            await DemandAsync(http, root, Fold.All<Customer>(streams.GetValueOrDefault(root?.Merges.FirstOrDefault(m => m.Id == command.MergeId)?.SourceId ?? Guid.Empty, [])));
            var (decision, left) = await DecideAsync(command, store, root!, streams, http);
            if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
            var resource = http.RequestServices.GetRequiredService<Resource<Customer>>();
            var (target, source) = After(decision, root!, streams);
            var names = await users.NamesAsync(decision.Since.Select(s => s.Event.Context.UserName), http.RequestAborted);
            return new UnmergePreview(command.MergeId!.Value, await resource.ShowAsync(http, target, store.Now), await resource.ShowAsync(http, source, store.Now), decision.Kept, Words(left, http),
                [.. decision.Since.Reverse().Take(500).Select(s => new ActivitySince(s.Event.Id, s.Event.Timestamp, s.Event.Type, s.Event.Context.UserName, names.GetValueOrDefault(s.Event.Context.UserName), s.Goes ? "source" : "target", s.IsAssignable))]);
        }).Requires(Right.Change("customers")).WithName("PreviewUnmerge").Accepts<UnmergeCustomer>("application/json").Produces<UnmergePreview>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(410);
    }

    /// <param name="command">The command.</param>
    /// <param name="rootId">The customer that holds the merge and was not merged away itself.</param>
    /// <param name="streams">The events of it and of every customer within.</param>
    /// <param name="fields">Which own fields are unique.</param>
    /// <param name="orphans">The customers whose former parent is below them by now: they do without it.</param>
    public static UnmergeDecision Decide(UnmergeCustomer command, Guid rootId, IReadOnlyDictionary<Guid, IReadOnlyList<Event>> streams, FieldSettings fields, IReadOnlyCollection<Guid> orphans)
    {
        var root = Fold.All<Customer>(streams[rootId])!;
        if (root.Erased) return Refused(CustomerErrors.Erased);
        if (root.Merges.FirstOrDefault(m => m.Id == command.MergeId) is not { } merge) return Refused(MergeErrors.UnknownMerge);
        var source = Fold.All<Customer>(streams[merge.SourceId])!;

        // From the customer it was merged into up to the one that holds everything now.
        List<(Guid Id, Guid Merge)> path = [(merge.TargetId, merge.Id)];
        while (path[^1].Id != rootId) path.Add(root.Merges.First(m => m.SourceId == path[^1].Id) is var up ? (up.TargetId, up.Id) : default);

        var since = path.SelectMany(p => Since(streams[p.Id], p.Merge)).Where(e => e.Data is not (CustomerMergedInto or CustomerUnmergedFrom or CustomerDeleted or CustomerUndeleted)).ToList();
        var assigned = (command.Assign ?? []).ToDictionary(a => a.EventId, a => a.To == "source");
        if (!assigned.Keys.All(id => since.Any(e => e.Id == id && IsAssignable(e)))) return Refused(MergeErrors.UnknownActivity);
        var went = since.Select(e => (Event: e, Goes: Goes(e, source, assigned), IsAssignable: IsAssignable(e))).ToList();
        // A contact that was added since and goes takes along what was done to it.
        var added = went.Where(s => s.Goes).Select(s => s.Event.Data).OfType<ContactAdded>().Select(x => x.ContactId).ToHashSet();
        went = [.. went.Select(s => ContactOf(s.Event.Data) is { } contact && added.Contains(contact) ? s with { Goes = true } : s)];
        var routed = went.Where(s => s.Goes).Select(s => s.Event).ToList();
        var gone = routed.Select(e => e.Id).ToImmutableHashSet();

        var holders = new List<(Guid, IReadOnlyList<object>)>();
        foreach (var (id, _) in path)
        {
            var (now, ideal) = (Fold.All<Customer>(streams[id])!, MergedCustomer.Without(id, streams, [merge.Id], gone));
            if (orphans.Contains(id)) ideal = ideal with { ParentId = now.ParentId };
            var changes = MergedCustomer.Changes(now, ideal, fields);
            Guid[] contacts = [.. now.Contacts.Select(c => c.Id).Except(ideal.Contacts.Select(c => c.Id))];
            Guid[] consents = [.. now.Consents.Select(c => c.Id).Except(ideal.Consents.Select(c => c.Id))];
            holders.Add((id,
            [
                new CustomerUnmerged
                {
                    MergeId = merge.Id,
                    SourceId = merge.SourceId,
                    Contacts = contacts.Length == 0 ? null : contacts,
                    Consents = consents.Length == 0 ? null : consents,
                    Assigned = gone.IsEmpty ? null : [.. routed.Select(e => e.Id)],
                    FollowUps = ideal.FollowUpCount,
                    LastFollowUpAt = ideal.LastFollowUpAt,
                    Next = MergedCustomer.Plan(ideal),
                    Changes = changes.Count,
                },
                .. changes,
            ]));
        }
        var contactsBack = source.Contacts.Select(c => c.Id).Union(added).ToArray();
        return new(null, merge, holders,
        [
            new CustomerUnmergedFrom(merge.Id, merge.TargetId, rootId, contactsBack, [.. source.Merges.Select(m => m.SourceId)]), new CustomerUndeleted(),
            .. orphans.Contains(source.Id) ? (object[])[new CustomerDetailsChanged { Cleared = ["parentId"] }] : [],
        ], routed, Kept(merge, streams[merge.TargetId]), went);
    }

    /// <summary>The customer that is left and the one that is of its own again, after a decision.</summary>
    public static (Customer Target, Customer Source) After(UnmergeDecision decision, Customer root, IReadOnlyDictionary<Guid, IReadOnlyList<Event>> streams)
    {
        var source = Fold.All<Customer>(streams[decision.Merge!.SourceId])!;
        var template = streams[root.Id][^1];
        Customer Next(Customer state, object data) => Fold.Next(state, template with { StreamId = state.Id, Data = data, Version = state.Version + 1 })!;
        return (decision.Holders[^1].Events.Aggregate(root, Next), decision.Routed.Select(e => e.Data).Aggregate(decision.Source.Aggregate(source, Next), Next));
    }

    /// <summary>Decides, and decides again without the parents that would close a circle of parents: the one of the customer that leaves before the one of the customer that stays.</summary>
    private static async Task<(UnmergeDecision Decision, List<Guid> Orphans)> DecideAsync(UnmergeCustomer command, DocumentStore store, Customer root, IReadOnlyDictionary<Guid, IReadOnlyList<Event>> streams, HttpContext http)
    {
        var (fields, orphans) = (Access.Of(http).Picture.Fields, new List<Guid>());
        var decision = Decide(command, root.Id, streams, fields, orphans);
        if (decision.Rejection is not null) return (decision, orphans);
        var (target, source) = After(decision, root, streams);
        var parents = new Dictionary<Guid, Guid?> { [source.Id] = source.ParentId, [target.Id] = target.ParentId };
        foreach (var (customer, otherwise) in new[] { (source, (Guid?)null), (target, root.ParentId) })
        {
            if (customer.ParentId is not { } parent || parent == otherwise || !await ReferenceFacts.LeadsAsync(store, parent, [customer.Id], http.RequestAborted, parents)) continue;
            orphans.Add(customer.Id);
            parents[customer.Id] = otherwise;
        }
        return (orphans.Count == 0 ? decision : Decide(command, root.Id, streams, fields, orphans), orphans);
    }

    private static LeftOut[] Words(List<Guid> orphans, HttpContext http) => [.. orphans.Select(id => new LeftOut(id, "parentId", CustomerErrors.ParentCycle.Code, Language.IsChinese(http)
        ? "原来的上级客户现在是它的下级，因此不再设上级。" : "Its former parent is below it by now, so it is left without that parent."))];

    private static UnmergeDecision Refused(Rejection rejection) => new(rejection, null, [], [], [], [], []);

    /// <summary>The events of a stream after a merge that are nobody's part of a merge.</summary>
    private static IEnumerable<Event> Since(IReadOnlyList<Event> log, Guid merge)
    {
        var gone = log.Select(e => e.Data).OfType<CustomerUnmerged>().SelectMany(x => x.Assigned ?? []).ToHashSet();
        var (seen, skipped) = (false, 0);
        foreach (var e in log)
        {
            if (skipped > 0) skipped--;
            else if (e.Data is CustomerMerged x) (seen, skipped) = (seen || x.MergeId == merge, x.Changes);
            else if (e.Data is CustomerUnmerged back) skipped = back.Changes;
            else if (seen && !gone.Contains(e.Id)) yield return e;
        }
    }

    /// <summary>What was done to a contact or consent of the customer that leaves goes with it; everything else where it is assigned.</summary>
    private static bool Goes(Event e, Customer source, Dictionary<Guid, bool> assigned) => e.Data switch
    {
        // Of somebody who was erased nothing can be written any more; the erasure itself is on both streams.
        ContactChanged or ContactRemoved => source.Contacts.Any(c => c.Id == ContactOf(e.Data) && !c.Erased),
        ConsentWithdrawn x => source.Consents.Any(c => c.Id == x.ConsentId),
        ConsentGiven x => x.ContactId is { } contact && source.Contacts.Any(c => c.Id == contact) ? assigned.GetValueOrDefault(e.Id, true) : assigned.GetValueOrDefault(e.Id),
        _ => assigned.GetValueOrDefault(e.Id),
    };

    private static bool IsAssignable(Event e) => e.Data is FollowUpLogged or ContactAdded or ConsentGiven;

    private static Guid? ContactOf(object data) => data switch { ContactChanged x => x.ContactId, ContactRemoved x => x.ContactId, ContactErased x => x.ContactId, _ => null };

    /// <summary>The fields that a merge changed and that were changed again since.</summary>
    private static IReadOnlyList<string> Kept(CustomerMerge merge, IReadOnlyList<Event> log)
    {
        var began = log.First(e => e.Data is CustomerMerged x && x.MergeId == merge.Id);
        var (before, after, now) = (Fold.All<Customer>(log.TakeWhile(e => e.Version < began.Version))!, Fold.All<Customer>(log.TakeWhile(e => e.Version <= began.Version + ((CustomerMerged)began.Data).Changes))!, Fold.All<Customer>(log)!);
        return [.. Names(before, after).Intersect(Names(after, now))];
        static IEnumerable<string> Names(Customer one, Customer other)
        {
            var (a, b) = (System.Text.Json.JsonSerializer.SerializeToNode(one, EventSerializer.Documents)!.AsObject(), System.Text.Json.JsonSerializer.SerializeToNode(other, EventSerializer.Documents)!.AsObject());
            return MergedCustomer.Fields.Where(f => !JsonNode.DeepEquals(a[f], b[f]));
        }
    }

    /// <summary>The customer that holds the merge, wherever it was asked for, and the streams of all within it.</summary>
    private static async Task<(Customer? Root, Dictionary<Guid, IReadOnlyList<Event>> Streams)> LoadAsync(DocumentStore store, Guid id, CancellationToken ct)
    {
        var root = await store.Query.AggregateStreamAsync<Customer>(id, ct: ct);
        while (root?.MergedInto is { } into) root = await store.Query.AggregateStreamAsync<Customer>(into, ct: ct);
        if (root is null) return (null, []);
        var events = await store.Query.FetchStreamsAsync([root.Id, .. root.Merges.Select(m => m.SourceId)], ct);
        return (root, events.GroupBy(e => e.StreamId).ToDictionary(g => g.Key, g => (IReadOnlyList<Event>)[.. g]));
    }

    private static async Task DemandAsync(HttpContext http, Customer? root, Customer? source)
    {
        if (root is not { Deleted: false }) throw ProblemException.NotFound();
        var (access, resource) = (Access.Of(http), http.RequestServices.GetRequiredService<Resource<Customer>>());
        await access.DemandAsync(Right.Change("customers"), resource, root, http.RequestAborted);
        // What it takes to merge it takes to take it back: the other one is somebody's own again.
        if (source is not null) await access.DemandAsync(Right.Delete("customers"), resource, root, http.RequestAborted);
    }

    private static async Task<object?> UnmergeAsync(UnmergeCustomer command, DocumentSession session, CommandScope scope)
    {
        var (root, streams) = await LoadAsync(scope.Store, Guid.Parse(scope.Route("id")), scope.Aborted);
        await DemandAsync(scope.Http, root, Fold.All<Customer>(streams.GetValueOrDefault(root?.Merges.FirstOrDefault(m => m.Id == command.MergeId)?.SourceId ?? Guid.Empty, [])));
        var (decision, left) = await DecideAsync(command, scope.Store, root!, streams, scope.Http);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        // Decided on these versions: who appended since makes the save fail, and it is decided anew.
        foreach (var (id, events) in decision.Holders) session.Append<Customer>(id, streams[id][^1].Version, events);
        var sourceId = decision.Merge!.SourceId;
        session.Append<Customer>(sourceId, streams[sourceId][^1].Version, decision.Source);
        foreach (var e in decision.Routed) session.Append<Customer>(sourceId, null, [e.Data], e.Context with { CausationId = e.Id.ToString() });
        var contacts = ((CustomerUnmergedFrom)decision.Source[0]).Contacts;
        var moved = await RecordMoves.BeginAsync(new CustomerMove(decision.Merge.Id, root!.Id, sourceId, true, contacts), session, scope);
        var shown = await scope.Service<Resource<Customer>>().ShowAsync(scope.Http, After(decision, root, streams).Target, scope.Now.At);
        shown["mergeId"] = decision.Merge.Id;
        shown["sourceId"] = sourceId;
        shown["kept"] = new JsonArray([.. decision.Kept.Select(f => (JsonNode?)f)]);
        shown["leftOut"] = System.Text.Json.JsonSerializer.SerializeToNode(Words(left, scope.Http), EventSerializer.Documents);
        shown["moved"] = new JsonObject(moved.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));
        return shown;
    }
}
