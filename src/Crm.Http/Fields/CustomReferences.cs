using System.Collections.Frozen;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>Whether what custom fields refer to is there and may be seen, read from the log itself so that what was just written counts.</summary>
public static class CustomReferences
{
    /// <summary>Why a value cannot be, or null; all of them in one round trip, and none where nothing refers to anything.</summary>
    /// <param name="settings">The fields.</param>
    /// <param name="target">The kind of record.</param>
    /// <param name="custom">The values that were sent.</param>
    /// <param name="scope">The command.</param>
    public static async Task<Rejection?> FaultAsync(FieldSettings settings, string target, IReadOnlyDictionary<string, JsonElement>? custom, CommandScope scope)
    {
        var sent = (custom ?? FrozenDictionary<string, JsonElement>.Empty)
            .Select(c => (Field: settings.Find(target, c.Key), Id: c.Value.ValueKind == JsonValueKind.String && Guid.TryParseExact(c.Value.GetString(), "D", out var id) ? id : (Guid?)null))
            .Where(c => c is { Field.Type: CustomFieldType.Reference, Id: not null }).ToList();
        if (sent.Count == 0) return null;
        var streams = (await scope.Store.Query.FetchStreamsAsync([.. sent.Select(c => c.Id!.Value).Distinct()], scope.Aborted)).ToLookup(e => e.StreamId);
        foreach (var (field, id) in sent)
            if (!IsThere(field!.ReferenceTo!, [.. streams[id!.Value]], Access.Of(scope.Http)))
                return new Rejection("unknown_reference", $"“{field.Zh}”引用的记录不存在。", $"'{field.En}' refers to a record that is not there.", 400, field.Path);
        return null;
    }

    private static bool IsThere(string resource, IReadOnlyList<Event> events, Access access) => resource switch
    {
        "users" => events is [{ Data: UserRegistered }, ..] && !events.Any(e => e.Data is UserRemoved),
        "customers" => events is [{ Data: CustomerRegistered registered }, ..] && events.LastOrDefault(e => e.Data is CustomerDeleted or CustomerUndeleted)?.Data is not CustomerDeleted
            && events.LastOrDefault(e => e.Data is CustomerMergedInto or CustomerUnmergedFrom)?.Data is not CustomerMergedInto
            && access.Rows(Right.View("customers")).Holds(events.Select(e => e.Data).OfType<CustomerOwnerChanged>().LastOrDefault() is { } changed ? changed.To : registered.OwnerId),
        "products" => events is [{ Data: ProductAdded }, ..] && events.LastOrDefault(e => e.Data is ProductDeleted or ProductUndeleted)?.Data is not ProductDeleted,
        _ => events is [{ Data: OpportunityOpened opened }, ..] && events.LastOrDefault(e => e.Data is OpportunityDeleted or OpportunityUndeleted)?.Data is not OpportunityDeleted
            && access.Rows(Right.View("opportunities")).Holds(events.Select(e => e.Data).OfType<OpportunityOwnerChanged>().LastOrDefault() is { } given ? given.OwnerId : opened.OwnerId),
    };
}
