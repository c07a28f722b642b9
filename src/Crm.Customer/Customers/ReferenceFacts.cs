using Crm.Contracts;
using Crm.Http;

namespace Crm.Customers;

/// <summary>Whether what a customer refers to exists, read from the log itself so that what was just written counts.</summary>
/// <param name="Fault">Why a reference cannot be, or null.</param>
internal sealed record ReferenceFacts(Rejection? Fault)
{
    // Deeper than any group of companies, so that a walk up always ends.
    private const int MostAncestors = 30;

    /// <summary>Checks owner and parent of a new or changed customer.</summary>
    public static async Task<ReferenceFacts> LoadAsync(CustomerFields fields, CommandScope scope)
    {
        if (fields.OwnerId is { } owner && !await IsUserAsync(owner, scope)) return new(CustomerErrors.UnknownOwner);
        return new(fields.ParentId is { } parent ? await ParentAsync(parent, scope) : null);
    }

    /// <summary>Whether a user of this identity was registered and not removed.</summary>
    public static async Task<bool> IsUserAsync(Guid id, CommandScope scope)
    {
        var events = await scope.Store.Query.FetchStreamAsync(id, 0, scope.Aborted);
        return events is [{ Data: UserRegistered }, ..] && !events.Any(e => e.Data is UserRemoved);
    }

    private static async Task<Rejection?> ParentAsync(Guid parent, CommandScope scope)
    {
        for (var (id, steps) = ((Guid?)parent, 0); id is { } ancestor && steps < MostAncestors; steps++)
        {
            if (ancestor == scope.Id) return CustomerErrors.ParentCycle;
            var customer = await scope.Store.Query.AggregateStreamAsync<Customer>(ancestor, ct: scope.Aborted);
            if (steps == 0 && (customer is not { Deleted: false } || !Access.Of(scope.Http).Rows(Right.View("customers")).Holds(customer.OwnerId))) return CustomerErrors.UnknownParent;
            id = customer?.ParentId;
        }
        return null;
    }
}
