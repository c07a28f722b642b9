using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Identity;

/// <summary>That somebody stands in for a user who is absent; a member of the user's document until it is ended early.</summary>
/// <param name="Id">Its identity within the user.</param>
/// <param name="DelegateId">Who stands in.</param>
/// <param name="From">The first day, in the organisation's zone.</param>
/// <param name="Until">The last day.</param>
internal sealed record Delegation(Guid Id, Guid DelegateId, DateOnly From, DateOnly Until);

internal static class DelegationErrors
{
    public static readonly Rejection UnknownUser = new("unknown_user", "没有这个在职用户。", "There is no such active user.", 400, "delegateId");

    public static readonly Rejection Oneself = new("delegate_is_oneself", "代理人必须是别人。", "Somebody else must stand in.", 400, "delegateId");

    public static readonly Rejection Past = new("delegation_in_past", "结束日期不能早于今天。", "The last day must not be before today.", 400, "until");

    public static readonly Rejection Overlaps = new("delegation_overlaps", "这段时间已有代理，请先结束它。", "Somebody stands in on some of these days already; end that first.");

    public static readonly Rejection NotFound = new("not_found", "没有这个代理。", "There is no such delegation.", 404);

    public static readonly Rejection Over = new("delegation_over", "代理已经结束。", "The delegation is over.");
}

/// <summary>Who may arrange who stands in for somebody.</summary>
internal static class Delegating
{
    /// <summary>The user himself, whoever may change users, and whoever leads him: whose right to give away the records of others reaches his.</summary>
    public static bool May(Access access, Guid user) =>
        access.UserId == user || access.May(Right.Change("users"))
        || (access.UserId is { } leader && ((Right[])[Right.Assign("customers"), Right.Assign("opportunities"), Right.Assign("tickets")])
            .Any(right => access.Grants.TryGetValue(right.Code, out var scope) && scope >= RightScope.Department && (scope == RightScope.All || access.Picture.Owners(leader, scope).Contains(user))));

    /// <summary>Insists on it.</summary>
    /// <exception cref="ProblemException">403 <c>forbidden</c>.</exception>
    public static void Demand(Access access, Guid user)
    {
        if (!May(access, user)) throw new ProblemException(403, "forbidden", "您不能为这个人安排代理。", "You cannot arrange who stands in for this person.");
    }
}

/// <summary>Who stands in for whom, written with the events; when it is in force is a matter of the clock.</summary>
internal sealed class Delegations : TableProjection
{
    public override string Name => "identity.delegations";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(AbsenceDelegated), typeof(DelegationEnded)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case AbsenceDelegated x:
                sql.Add($"""
                    insert into {sql.Table("identity.delegations")} (id, user_id, delegate_id, from_day, until_day) values ({x.DelegationId}, {e.StreamId}, {x.DelegateId}, {x.From}, {x.Until})
                    """);
                break;
            case DelegationEnded x:
                sql.Add($"delete from {sql.Table("identity.delegations")} where id = {x.DelegationId}");
                break;
        }
    }
}
