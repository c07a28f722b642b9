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
/// Merges another customer into this one (S031): both are the same. Values that are missing here are taken over, lists are united, opportunities and tickets come along;
/// the other one redirects here from then on. Nothing is rewritten, so that <see cref="UnmergeCustomer"/> takes it back at any time. Needs the right to change both and to
/// delete the other one. 409 <c>archived</c>, <c>same_customer</c>, <c>merged</c>, <c>parent_cycle</c>, <c>too_many</c>; 410 <c>erased</c>.
/// </summary>
/// <param name="SourceId">The customer that is merged away.</param>
/// <param name="Fields">Which side's value wins where both have one, by field: <c>target</c>, which is what happens without, or <c>source</c>. Own fields and external keys one by one: <c>custom.rank</c>, <c>externalKeys.erp</c>.</param>
internal sealed record MergeCustomer(Guid? SourceId, IReadOnlyDictionary<string, string>? Fields)
{
    /// <summary>The fields of which the source's value was chosen.</summary>
    internal IReadOnlyList<string> Chosen => [.. (Fields ?? new Dictionary<string, string>()).Where(f => f.Value == "source").Select(f => f.Key).Order(StringComparer.Ordinal)];

    internal sealed class Validator : AbstractValidator<MergeCustomer>
    {
        public Validator()
        {
            RuleFor(x => x.SourceId).NotEmpty();
            RuleFor(x => x.Fields).Must(f => f is null || f.Count <= 200).WithErrorCode("too_many").WithMessage(_ => Rules.Pick("最多 200 个字段。", "There are at most 200 fields."));
            RuleForEach(x => x.Fields).Must(f => f.Value is "source" or "target").WithErrorCode("unknown_value").WithMessage(_ => Rules.Pick("只能是 source 或 target。", "It must be source or target."));
            RuleForEach(x => x.Fields).Must(f => MergedCustomer.Fields.Contains(f.Key) || f.Key.StartsWith("custom.", StringComparison.Ordinal) || f.Key.StartsWith("externalKeys.", StringComparison.Ordinal))
                .WithErrorCode("unknown_field").WithMessage(_ => Rules.Pick("没有这个字段。", "There is no such field."));
        }
    }
}

/// <summary>What a merge would do; nothing is written.</summary>
/// <param name="Target">The customer that stays, as it is.</param>
/// <param name="Source">The customer that would be merged away.</param>
/// <param name="Result">Both together.</param>
/// <param name="Fields">The fields that differ and of which a side can be chosen.</param>
/// <param name="Moves">How many records come along, by kind: <c>contacts consents shares followUps opportunities tickets</c>.</param>
internal sealed record MergePreview(JsonObject Target, JsonObject Source, JsonObject Result, IReadOnlyList<MergeField> Fields, IReadOnlyDictionary<string, int> Moves);

/// <summary>A field of both customers.</summary>
/// <param name="Field">Its name, as <see cref="MergeCustomer"/> takes it.</param>
/// <param name="Target">The value here.</param>
/// <param name="Source">The value there.</param>
/// <param name="Wins"><c>target</c> or <c>source</c>.</param>
/// <param name="IsConflict">Whether both have one and they differ, so that one of them is not in the result.</param>
internal sealed record MergeField(string Field, JsonNode? Target, JsonNode? Source, string Wins, bool IsConflict);

/// <summary>The events on both streams, or why there are none.</summary>
internal sealed record MergeDecision(Rejection? Rejection, IReadOnlyList<object> Target, IReadOnlyList<object> Source);

internal static class MergeCustomerFeature
{
    /// <summary>Most opportunities and tickets of each kind that go with the command itself; the rest goes right after it.</summary>
    public const int AtOnce = 200;

    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapOperation<MergeCustomer>("{id:guid}/merge", Right.Change("customers"), 200, MergeAsync).Produces<Customer>().ProducesProblem(410).ProducesProblem(412);
        customers.MapPost("{id:guid}/merge/preview", async (HttpContext http, Guid id, DocumentStore store) =>
        {
            var command = (await JsonBody.ReadAsync(http)).To<MergeCustomer>();
            Validation.Check(new MergeCustomer.Validator(), command, http);
            var (target, source) = (await store.Query.AggregateStreamAsync<Customer>(id, ct: http.RequestAborted), await store.Query.AggregateStreamAsync<Customer>(command.SourceId!.Value, ct: http.RequestAborted));
            await DemandAsync(http, target, source);
            if (Decide(command, target!, source!, Guid.Empty, Access.Of(http).Picture.Fields).Rejection is { } rejection) throw ProblemException.Of(rejection);
            await RefuseCircleAsync(store, MergedCustomer.Unite(target!, source!, command.Chosen), source!.Id, http.RequestAborted);
            return await PreviewAsync(http, command, target!, source!);
        }).Requires(Right.Change("customers")).WithName("PreviewMerge").Accepts<MergeCustomer>("application/json").Produces<MergePreview>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(410);
    }

    public static MergeDecision Decide(MergeCustomer command, Customer target, Customer source, Guid mergeId, FieldSettings fields)
    {
        if (target.Id == source.Id) return Refused(MergeErrors.SameCustomer);
        if (target.MergedInto is { } into) return Refused(MergeErrors.Merged(target.Id, into));
        if (source.MergedInto is { } other) return Refused(MergeErrors.Merged(source.Id, other));
        if (target.Erased || source.Erased) return Refused(CustomerErrors.Erased);
        if (target.Archived) return Refused(CustomerErrors.Archived);
        var united = MergedCustomer.Unite(target, source, command.Chosen);
        if (united.Tags.Length > 50) return Refused(CustomerErrors.TooManyTags);
        if (united.Contacts.Length > 200) return Refused(CustomerErrors.TooManyContacts);
        if (united.Consents.Length > 200) return Refused(CustomerErrors.TooManyConsents);
        if (united.Custom.Count > 100) return Refused(CustomerErrors.TooManyOwnFields);
        var changes = MergedCustomer.Changes(target, united, fields);
        return new(null,
        [
            new CustomerMerged
            {
                MergeId = mergeId,
                SourceId = source.Id,
                SourceVersion = source.Version,
                Fields = command.Chosen is { Count: > 0 } chosen ? [.. chosen] : null,
                Within = source.Merges.IsEmpty ? null : [.. source.Merges],
                FollowUps = united.FollowUpCount,
                LastFollowUpAt = united.LastFollowUpAt,
                Next = MergedCustomer.Plan(united),
                Changes = changes.Count,
            },
            .. changes,
        ],
        // To all that reads customers the one that was merged away is deleted.
        [new CustomerMergedInto(mergeId, target.Id), new CustomerDeleted()]);
    }

    private static MergeDecision Refused(Rejection rejection) => new(rejection, [], []);

    private static async Task DemandAsync(HttpContext http, Customer? target, Customer? source)
    {
        var (access, resource) = (Access.Of(http), http.RequestServices.GetRequiredService<Resource<Customer>>());
        // One that was merged already is told about by the decision.
        foreach (var customer in new[] { target, source })
        {
            if (customer is null || (customer.Deleted && customer.MergedInto is null)) throw ProblemException.NotFound();
            await access.DemandAsync(Right.Change("customers"), resource, customer, http.RequestAborted);
        }
        await access.DemandAsync(Right.Delete("customers"), resource, source!, http.RequestAborted);
        if (target!.OwnerId != source!.OwnerId) await access.DemandAsync(Right.Assign("customers"), resource, source, http.RequestAborted);
    }

    private static async Task<object?> MergeAsync(MergeCustomer command, DocumentSession session, CommandScope scope)
    {
        var (id, sourceId) = (Guid.Parse(scope.Route("id")), command.SourceId!.Value);
        if (id == sourceId) throw ProblemException.Of(MergeErrors.SameCustomer);
        var (target, source) = (await session.FetchForWriting<Customer>(id, scope.Aborted), await session.FetchForWriting<Customer>(sourceId, scope.Aborted));
        await DemandAsync(scope.Http, target.Aggregate, source.Aggregate);
        if (Commands.ExpectedVersion(scope.Http) is { } expected && expected != target.StartingVersion)
            throw new ProblemException(412, "stale_version", "记录已被他人修改。", "The record was changed by somebody else since you read it.");
        var decision = Decide(command, target.Aggregate!, source.Aggregate!, scope.Now.NewId, Access.Of(scope.Http).Picture.Fields);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        var united = MergedCustomer.Unite(target.Aggregate!, source.Aggregate!, command.Chosen);
        await RefuseCircleAsync(scope.Store, united, sourceId, scope.Aborted);
        Access.Of(scope.Http).Limits.Check("customers", Changed(target.Aggregate!, united));
        target.AppendMany(decision.Target);
        source.AppendMany(decision.Source);
        var moved = await RecordMoves.BeginAsync(new CustomerMove(scope.Now.NewId, sourceId, id, false, []), session, scope);
        var shown = await scope.Service<Resource<Customer>>().ShowAsync(scope.Http, Fold.All(session.Pending(id), target.Aggregate)!, scope.Now.At);
        shown["mergeId"] = scope.Now.NewId;
        shown["moved"] = new JsonObject(moved.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));
        return shown;
    }

    /// <summary>Somebody between the two would be above and below the one that stays.</summary>
    private static async Task RefuseCircleAsync(DocumentStore store, Customer united, Guid source, CancellationToken ct)
    {
        if (united.ParentId is { } parent && await ReferenceFacts.LeadsAsync(store, parent, [united.Id, source], ct)) throw ProblemException.Of(CustomerErrors.ParentCycle);
    }

    /// <summary>The members that a merge changes, as a patch would send them.</summary>
    private static JsonObject Changed(Customer target, Customer united)
    {
        var (before, after) = (Json(target), Json(united));
        return new JsonObject(after.Where(m => !JsonNode.DeepEquals(m.Value, before[m.Key])).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone())));
    }

    private static async Task<MergePreview> PreviewAsync(HttpContext http, MergeCustomer command, Customer target, Customer source)
    {
        var (store, resource) = (http.RequestServices.GetRequiredService<DocumentStore>(), http.RequestServices.GetRequiredService<Resource<Customer>>());
        var united = MergedCustomer.Unite(target, source, command.Chosen);
        var (here, there, result) = (await resource.ShowAsync(http, target, store.Now), await resource.ShowAsync(http, source, store.Now), await resource.ShowAsync(http, united, store.Now));
        var moves = new Dictionary<string, int>
        {
            ["contacts"] = source.Contacts.Count(c => !c.Erased), ["consents"] = source.Consents.Length, ["shares"] = united.Shares.Length - target.Shares.Length, ["followUps"] = source.FollowUpCount,
        };
        foreach (var records in http.RequestServices.GetServices<IMergedRecords>()) moves[records.Name] = await records.CountAsync(source.Id, http.RequestAborted);
        return new MergePreview(here, there, result, [.. Compared(target, source, here, there, command.Chosen)], moves);
    }

    /// <summary>The fields that differ, with the values as the caller may see them.</summary>
    private static IEnumerable<MergeField> Compared(Customer target, Customer source, JsonObject here, JsonObject there, IReadOnlyList<string> chosen)
    {
        var (ours, theirs) = (Json(target), Json(source));
        var names = MergedCustomer.Fields.Except(["nextFollowUp"]).Concat(target.Custom.Keys.Union(source.Custom.Keys).Select(f => "custom." + f)).Concat(target.ExternalKeys.Keys.Union(source.ExternalKeys.Keys).Select(k => "externalKeys." + k));
        foreach (var name in names)
        {
            var (a, b) = (At(ours, name), At(theirs, name));
            // What is hidden from the caller is not compared before his eyes.
            if (JsonNode.DeepEquals(a, b) || !Has(here, name) || !Has(there, name)) continue;
            yield return new MergeField(name, At(here, name)?.DeepClone(), At(there, name)?.DeepClone(), b is not null && (a is null || chosen.Contains(name)) ? "source" : "target", a is not null && b is not null);
        }
        if (source.NextFollowUpAt is not null && source.NextFollowUpAt != target.NextFollowUpAt)
            yield return new MergeField("nextFollowUp", here["nextFollowUpAt"]?.DeepClone(), there["nextFollowUpAt"]?.DeepClone(), target.NextFollowUpAt is null || chosen.Contains("nextFollowUp") ? "source" : "target", target.NextFollowUpAt is not null);
    }

    private static bool Has(JsonObject json, string name) => json.ContainsKey(name.Split('.')[0]);

    private static JsonNode? At(JsonObject json, string name) => name.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 ? json[name[..dot]]?[name[(dot + 1)..]] : json[name];

    private static JsonObject Json(Customer customer) => System.Text.Json.JsonSerializer.SerializeToNode(customer, EventSerializer.Documents)!.AsObject();
}
