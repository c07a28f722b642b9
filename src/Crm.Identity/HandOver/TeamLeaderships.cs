using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Identity;

/// <summary>The teams a person leads, for handing over: the other leads them, and the person is no longer in them.</summary>
internal sealed class TeamLeaderships(DocumentStore store, AccessPictures pictures) : IOwnedRecords
{
    public string Resource => "teams";

    public string Name => "teams.leader";

    public async Task<IReadOnlyList<Guid>> OfAsync(Guid person, CancellationToken ct) =>
        [.. (await pictures.CurrentAsync(ct)).TeamsOf(person).Where(t => t.Leaders.Contains(person)).Select(t => t.Id).Order()];

    public async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(IReadOnlyList<Guid> records, Access access, CancellationToken ct)
    {
        if (!access.May(Right.View("teams"))) return new Dictionary<Guid, string>();
        var teams = (await pictures.CurrentAsync(ct)).Teams;
        return records.Where(teams.ContainsKey).ToDictionary(id => id, id => teams[id].Name);
    }

    public async Task<IReadOnlyList<BulkResult>> RunAsync(IReadOnlyList<BulkItem> items, BulkPass pass, CancellationToken ct)
    {
        var streams = (await store.Query.FetchStreamsAsync([.. items.Select(i => i.RecordId)], ct)).ToLookup(e => e.StreamId);
        return [.. items.Select(item =>
        {
            if (Fold.All<Team>(streams[item.RecordId]) is not { Deleted: false } team) return BulkResult.Gone;
            var (events, result) = pass.Undo ? Back(team, item) : Give(team, item);
            if (result.Fault is null) pass.Session.Append<Team>(team.Id, team.Version, events);
            return result;
        })];
    }

    /// <summary>Decides a hand-over and notes what the other was in the team before.</summary>
    internal static (IReadOnlyList<object> Events, BulkResult Result) Give(Team team, BulkItem item)
    {
        var asked = item.InputAs<OwnerChange>();
        if (Of(team, asked.From) is not { Leads: true }) return ([], BulkResult.Changed);
        var before = Of(team, asked.To);
        return (
            [.. Leading(before, asked.To), new TeamMemberRemoved(asked.From)],
            new BulkResult(null, before switch { null => "\"none\"", { Leads: false } => "\"member\"", _ => "\"leader\"" }));
    }

    /// <summary>Decides the way back, if the other still leads the team and the person is not in it.</summary>
    internal static (IReadOnlyList<object> Events, BulkResult Result) Back(Team team, BulkItem item)
    {
        var asked = item.InputAs<OwnerChange>();
        if (Of(team, asked.To) is not { Leads: true } || Of(team, asked.From) is not null) return ([], BulkResult.Changed);
        return (
        [
            .. item.Before switch { "\"none\"" => (object[])[new TeamMemberRemoved(asked.To)], "\"member\"" => [new TeamLeaderChanged(asked.To, false)], _ => [] },
            new TeamMemberAdded(asked.From, true),
        ], BulkResult.Done);
    }

    private static object[] Leading(TeamMember? member, Guid user) => member switch { null => [new TeamMemberAdded(user, true)], { Leads: false } => [new TeamLeaderChanged(user, true)], _ => [] };

    private static TeamMember? Of(Team team, Guid user) => team.Members.FirstOrDefault(m => m.UserId == user);
}
