using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>Whether what a customer refers to exists, read from the log itself so that what was just written counts; and what was settled about its fields.</summary>
/// <param name="Fault">Why a reference cannot be, or null.</param>
/// <param name="Tags">The names of the catalogue, where the command speaks of tags.</param>
/// <param name="Taken">Why a value of a unique field cannot be, or null.</param>
internal sealed record ReferenceFacts(Rejection? Fault, KnownTags? Tags = null, Rejection? Taken = null)
{
    /// <summary>Custom fields and rules; nothing where a job puts back what was there before.</summary>
    public FieldSettings Fields { get; init; } = FieldSettings.Empty;

    /// <summary>Which own fields are unique. A job that puts back what was there is not asked by the rules of today, and takes unique values again all the same.</summary>
    public FieldSettings Unique { get => field ?? Fields; init; }

    // Deeper than any group of companies, so that a walk up always ends.
    private const int MostAncestors = 30;

    /// <summary>Checks owner and parent of a new or changed customer.</summary>
    public static async Task<ReferenceFacts> LoadAsync(CustomerFields fields, CommandScope scope)
    {
        var settings = Access.Of(scope.Http).Picture.Fields;
        if (fields.OwnerId is { } owner && !await IsUserAsync(owner, scope)) return new(CustomerErrors.UnknownOwner);
        if (fields.ParentId is { } parent && await ParentAsync(parent, scope) is { } fault) return new(fault);
        return new(await CustomReferences.FaultAsync(settings, "customers", fields.Custom, scope), Taken: await UniqueValues.TakenAsync(settings, fields.Custom, scope)) { Fields = settings };
    }

    /// <summary>Whether a user of this identity was registered and not removed.</summary>
    public static async Task<bool> IsUserAsync(Guid id, CommandScope scope)
    {
        var events = await scope.Store.Query.FetchStreamAsync(id, 0, scope.Aborted);
        return events is [{ Data: UserRegistered }, ..] && !events.Any(e => e.Data is UserRemoved);
    }

    /// <summary>Insists that all are users who were not removed, in one round trip.</summary>
    /// <exception cref="ProblemException">400 <c>unknown_user</c>.</exception>
    public static async Task CheckUsersAsync(string field, Guid[]? ids, CommandScope scope)
    {
        if (ids is not { Length: > 0 }) return;
        var streams = (await scope.Store.Query.FetchStreamsAsync([.. ids.Distinct()], scope.Aborted)).ToLookup(e => e.StreamId);
        if (!ids.All(id => streams[id].FirstOrDefault()?.Data is UserRegistered && !streams[id].Any(e => e.Data is UserRemoved)))
            throw ProblemException.Invalid("body." + field, "unknown_user", "没有其中的用户。", "Not all of these users are there.");
    }

    private static async Task<Rejection?> ParentAsync(Guid parent, CommandScope scope)
    {
        if (parent == scope.Id) return CustomerErrors.ParentCycle;
        var customer = await scope.Store.Query.AggregateStreamAsync<Customer>(parent, ct: scope.Aborted);
        if (customer is not { Deleted: false } || !Access.Of(scope.Http).Rows(Right.View("customers")).Holds(customer.OwnerId)) return CustomerErrors.UnknownParent;
        return await LeadsAsync(scope.Store, parent, [scope.Id], scope.Aborted) ? CustomerErrors.ParentCycle : null;
    }

    /// <summary>Whether somebody's parents lead to one of some customers, itself included.</summary>
    /// <param name="store">Where they are read.</param>
    /// <param name="from">The first of the parents.</param>
    /// <param name="to">Whom they must not lead to.</param>
    /// <param name="ct">Cancels the reading.</param>
    /// <param name="instead">Parents that some customers are about to have, in place of those that are recorded.</param>
    public static async Task<bool> LeadsAsync(DocumentStore store, Guid from, Guid[] to, CancellationToken ct, IReadOnlyDictionary<Guid, Guid?>? instead = null)
    {
        for (var (id, steps) = ((Guid?)from, 0); id is { } ancestor && steps < MostAncestors; steps++)
        {
            if (to.Contains(ancestor)) return true;
            if (instead?.TryGetValue(ancestor, out id) == true) continue;
            var customer = await store.Query.AggregateStreamAsync<Customer>(ancestor, ct: ct);
            // Of one that was merged away the one that stayed is the ancestor.
            id = customer?.MergedInto ?? customer?.ParentId;
        }
        return false;
    }
}
