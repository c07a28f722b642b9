using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Identity;

/// <summary>Takes somebody's access away at the end of a hand-over, and gives it back where that is undone.</summary>
internal sealed class UserDeactivation(DocumentStore store, IUserDirectory users) : IBulkCommand
{
    public string Name => "users.active";

    public async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(IReadOnlyList<Guid> records, Access access, CancellationToken ct) => !access.May(Right.View("users")) ? new Dictionary<Guid, string>() :
        (await users.NamesAsync(records.Select(r => r.ToString()), ct)).ToDictionary(n => Guid.Parse(n.Key), n => n.Value);

    public async Task<IReadOnlyList<BulkResult>> RunAsync(IReadOnlyList<BulkItem> items, BulkPass pass, CancellationToken ct)
    {
        var streams = (await store.Query.FetchStreamsAsync([.. items.Select(i => i.RecordId)], ct)).ToLookup(e => e.StreamId);
        return [.. items.Select(item =>
        {
            if (Fold.All<User>(streams[item.RecordId]) is not { Removed: false } user) return BulkResult.Gone;
            if (user.Active == pass.Undo) return BulkResult.Changed;
            var decision = ChangeUserFeature.Decide(new ChangeUser(Active: pass.Undo), user, new UserFacts(Fault: null), pass.Now);
            if (decision.Rejection is { } rejection) return new BulkResult(rejection);
            pass.Session.Append<User>(user.Id, user.Version, decision.Events);
            return BulkResult.Done;
        })];
    }
}
