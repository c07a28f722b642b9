using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Identity;

/// <summary>Somebody in a team.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Leads">Whether he leads it.</param>
internal sealed record TeamMember(Guid UserId, bool Leads);

/// <summary>A team: people across departments, with leaders among them (S087). A record can be shared with it, and a leader reaches the members' records (S090).</summary>
internal sealed record Team : Document, IAggregate<Team>
{
    public string Name { get; init; } = "";

    public ImmutableArray<TeamMember> Members { get; init; } = [];

    public bool Deleted { get; init; }

    public static Team? Evolve(Team? state, Event e) => (state, e.Data) switch
    {
        (null, TeamCreated x) => new Team { Name = x.Name },
        (not null, TeamRenamed x) => state with { Name = x.Name },
        (not null, TeamMemberAdded x) => state with { Members = state.Members.Add(new TeamMember(x.UserId, x.Leads)) },
        (not null, TeamLeaderChanged x) => state with { Members = [.. state.Members.Select(m => m.UserId == x.UserId ? m with { Leads = x.Leads } : m)] },
        (not null, TeamMemberRemoved x) => state with { Members = state.Members.RemoveAll(m => m.UserId == x.UserId) },
        (not null, TeamRemoved) => state with { Deleted = true },
        _ => state,
    };
}

internal static class TeamErrors
{
    public static readonly Rejection UnknownUser = new("unknown_user", "没有这个用户。", "There is no such user.", 400, "userId");

    public static readonly Rejection NoMember = new("not_found", "这个人不在团队里。", "This person is not in the team.", 404);

    public static Rejection TooMany(int most) => new("too_many", $"一个团队最多 {most} 人。", $"A team has at most {most} members.");
}

internal sealed class TeamResource(IUserDirectory users) : Resource<Team>
{
    public override string Name => "teams";

    public override Ownership<Team>? Ownership => null;

    public override bool IsGone(Team state) => state.Deleted;

    public override async ValueTask<JsonObject> Represent(Team state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        json.Remove("deleted");
        var names = await users.NamesAsync(state.Members.Select(m => m.UserId.ToString()), ct);
        foreach (var member in json["members"]!.AsArray()) member!["displayName"] = names.GetValueOrDefault(member["userId"]!.ToString());
        return json;
    }
}

/// <summary>The teams to list, written with the events: rights follow from them.</summary>
internal sealed class Teams : DocumentProjection<Team>
{
    public const string TableName = "identity.teams";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } =
        [typeof(TeamCreated), typeof(TeamRenamed), typeof(TeamMemberAdded), typeof(TeamLeaderChanged), typeof(TeamMemberRemoved), typeof(TeamRemoved)];

    public override IEnumerable<string?> SearchTexts(Team document) => [document.Name];
}

/// <summary>Takes a team's name in the transaction of the event: two of one name could not be told apart where a record is shared.</summary>
internal sealed class TeamNames : TableProjection
{
    public override string Name => "identity.team_names";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(TeamCreated), typeof(TeamRenamed), typeof(TeamRemoved)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case TeamCreated x:
                sql.Add($"insert into {sql.Table("identity.team_names")} (name, team_id) values ({x.Name}, {e.StreamId})");
                break;
            case TeamRenamed x:
                sql.Add($"update {sql.Table("identity.team_names")} set name = {x.Name} where team_id = {e.StreamId}");
                break;
            case TeamRemoved:
                sql.Add($"delete from {sql.Table("identity.team_names")} where team_id = {e.StreamId}");
                break;
        }
    }
}
