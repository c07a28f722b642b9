using System.Collections.Immutable;
using Crm.Contracts;
using Crm.EventStore;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>A share of a record, a member of its document.</summary>
/// <param name="Id">Its identity within the record.</param>
/// <param name="UserId">The user it is open to; null if it is a department or a team.</param>
/// <param name="DepartmentId">The department, with all below it; null if it is a user or a team.</param>
/// <param name="Level">What it allows.</param>
/// <param name="TeamId">The team; null if it is a user or a department. A team that was removed is nobody.</param>
public sealed record Share(Guid Id, Guid? UserId, Guid? DepartmentId, ShareLevel Level, Guid? TeamId = null)
{
    /// <summary>The shares after an event; those of before where the event is about something else.</summary>
    public static ImmutableArray<Share> After(ImmutableArray<Share> shares, object e) => e switch
    {
        RecordShared x => shares.Add(new Share(x.ShareId, x.UserId, x.DepartmentId, x.Level, x.TeamId)),
        RecordUnshared x => shares.RemoveAll(s => s.Id == x.ShareId),
        _ => shares,
    };
}

/// <summary>
/// Opens the record to a user, a department or a team. One that has a share already gets the new level. 400 <c>unknown_user</c>, <c>unknown_department</c>,
/// <c>unknown_team</c>, <c>share_with_one</c>; 409 <c>too_many</c> beyond 50.
/// </summary>
/// <param name="UserId">The user, or</param>
/// <param name="DepartmentId">the department with all below it, or</param>
/// <param name="Level"><c>read</c> or <c>change</c>.</param>
/// <param name="TeamId">the team.</param>
public sealed record ShareRecord(Guid? UserId, Guid? DepartmentId, ShareLevel Level, Guid? TeamId = null)
{
    /// <summary>Exactly one of the three.</summary>
    public sealed class Validator : AbstractValidator<ShareRecord>
    {
        /// <summary>The rules.</summary>
        public Validator()
        {
            RuleFor(x => x.Level).IsInEnum();
            RuleFor(x => x.UserId).Must((x, user) => new[] { user, x.DepartmentId, x.TeamId }.Count(id => id is not null) == 1).WithErrorCode("share_with_one");
        }
    }
}

/// <summary>Takes a share back; 404 if there is none.</summary>
public sealed record UnshareRecord;

/// <summary>Sharing of records beyond their owners: two commands that every resource with owners has.</summary>
public static class Sharing
{
    private const int Most = 50;

    /// <summary>Maps <c>POST {id}/share</c> and <c>DELETE {id}/shares/{shareId}</c>; for both one must be able to give the record away.</summary>
    /// <param name="routes">The group of the resource.</param>
    /// <param name="resource">The resource.</param>
    /// <param name="shares">The shares of a record.</param>
    public static void MapShares<TState>(this IEndpointRouteBuilder routes, string resource, Func<TState, ImmutableArray<Share>> shares) where TState : Document, IAggregate<TState>
    {
        routes.MapCommand<ShareRecord, TState, AccessPicture>("{id:guid}/share", Right.Assign(resource),
            async (_, _, scope) => await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted), (command, state, picture, now) => Decide(command, shares(state), picture, now))
            .WithName("Share" + typeof(TState).Name);
        routes.MapCommand<UnshareRecord, TState, Guid>("{id:guid}/shares/{shareId:guid}", Right.Assign(resource),
            (_, _, scope) => Task.FromResult(Guid.Parse(scope.Route("shareId"))), (_, state, share, _) => Decide(share, shares(state)), "DELETE")
            .WithName("Unshare" + typeof(TState).Name);
    }

    /// <summary>Decides a share.</summary>
    public static Decision Decide(ShareRecord command, IReadOnlyList<Share> shares, AccessPicture picture, Now now)
    {
        if (command.UserId is { } user && !picture.Members.ContainsKey(user)) return new Rejection("unknown_user", "没有这个用户。", "There is no such user.", 400, "userId");
        if (command.DepartmentId is { } department && !picture.Departments.ContainsKey(department)) return new Rejection("unknown_department", "没有这个部门。", "There is no such department.", 400, "departmentId");
        if (command.TeamId is { } team && !picture.Teams.ContainsKey(team)) return new Rejection("unknown_team", "没有这个团队。", "There is no such team.", 400, "teamId");
        var before = shares.FirstOrDefault(s => (s.UserId, s.DepartmentId, s.TeamId) == (command.UserId, command.DepartmentId, command.TeamId));
        if (before?.Level == command.Level) return Decision.Nothing;
        if (before is null && shares.Count >= Most) return new Rejection("too_many", $"一条记录最多共享给 {Most} 个对象。", $"A record has at most {Most} shares.");
        return
        [
            .. before is null ? (object[])[] : [new RecordUnshared(before.Id)],
            new RecordShared(now.NewId, command.UserId, command.DepartmentId, command.Level, command.TeamId),
        ];
    }

    /// <summary>Decides the end of a share.</summary>
    public static Decision Decide(Guid share, IReadOnlyList<Share> shares) =>
        shares.Any(s => s.Id == share) ? [new RecordUnshared(share)] : new Rejection("not_found", "没有这个共享。", "There is no such share.", 404);
}
