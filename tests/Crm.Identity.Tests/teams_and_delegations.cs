using Crm.Contracts;
using Crm.Http;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>Decisions about teams and about who stands in for whom.</summary>
public sealed class teams_and_delegations : Spec
{
    private static readonly Guid Anna = Guid.Parse("01900000-0000-7000-8000-0000000000a1");
    private static readonly Guid Bob = Guid.Parse("01900000-0000-7000-8000-0000000000b1");
    private static readonly TeamCreated Created = new("大客户组");
    private static readonly UserRegistered Registered = new("anna", "安娜", "sales", null, null, CanSignIn: true);
    private static readonly AbsenceDelegated Away = new(Now.NewId, Bob, new(2026, 3, 20), new(2026, 3, 27));

    [Fact]
    public void a_team_is_made_and_renamed()
    {
        Given<Team>().When(() => CreateTeamFeature.Decide(new CreateTeam(" 大客户组 "), Now)).Then(Created);
        Given<Team>(Created).When(t => ChangeTeamFeature.Decide(new ChangeTeam("战略客户组"), t, Now)).Then(new TeamRenamed("大客户组", "战略客户组"));
        Given<Team>(Created).When(t => ChangeTeamFeature.Decide(new ChangeTeam("大客户组 "), t, Now)).ThenNothing();
    }

    [Fact]
    public void members_come_lead_and_go()
    {
        Given<Team>(Created).When(t => AddTeamMemberFeature.Decide(new AddTeamMember(Anna), t, true, Now)).Then(new TeamMemberAdded(Anna, false));
        Given<Team>(Created).When(t => AddTeamMemberFeature.Decide(new AddTeamMember(Anna), t, false, Now)).Rejects("unknown_user");
        Given<Team>(Created, new TeamMemberAdded(Anna, false)).When(t => AddTeamMemberFeature.Decide(new AddTeamMember(Anna), t, true, Now)).ThenNothing();
        Given<Team>(Created, new TeamMemberAdded(Anna, false)).When(t => AddTeamMemberFeature.Decide(new AddTeamMember(Anna, true), t, true, Now)).Then(new TeamLeaderChanged(Anna, true));
        Given<Team>(Created, new TeamMemberAdded(Anna, true)).When(t => RemoveTeamMemberFeature.Decide(new RemoveTeamMember(), t, Anna)).Then(new TeamMemberRemoved(Anna));
        Given<Team>(Created).When(t => RemoveTeamMemberFeature.Decide(new RemoveTeamMember(), t, Anna)).Rejects("not_found");
        State<Team>(Created, new TeamMemberAdded(Anna, false), new TeamMemberAdded(Bob, true), new TeamLeaderChanged(Anna, true), new TeamMemberRemoved(Bob))!.Members.ShouldBe([new TeamMember(Anna, true)]);
        object[] full = [Created, .. Enumerable.Range(0, 500).Select(i => new TeamMemberAdded(new Guid(i + 1, 0, 0, new byte[8]), false))];
        Given<Team>(full).When(t => AddTeamMemberFeature.Decide(new AddTeamMember(Anna), t, true, Now)).Rejects("too_many");
    }

    [Fact]
    public void a_team_goes_once()
    {
        Given<Team>(Created).When(t => RemoveTeamFeature.Decide(new RemoveTeam(), t, Now)).Then(new TeamRemoved("大客户组"));
        Given<Team>(Created, new TeamRemoved("大客户组")).When(t => RemoveTeamFeature.Decide(new RemoveTeam(), t, Now)).ThenNothing();
    }

    [Fact]
    public void a_record_is_shared_with_a_team_that_is_there()
    {
        var team = new AccessTeam(Id, "大客户组", [Anna], []);
        var picture = new AccessPicture([], [], [], [], [team]);
        Given<Team>().When(() => Sharing.Decide(new ShareRecord(null, null, ShareLevel.Read, Id), [], picture, Now)).Then(new RecordShared(Now.NewId, null, null, ShareLevel.Read, Id));
        Given<Team>().When(() => Sharing.Decide(new ShareRecord(null, null, ShareLevel.Read, Bob), [], picture, Now)).Rejects("unknown_team");
        Given<Team>().When(() => Sharing.Decide(new ShareRecord(null, null, ShareLevel.Read, Id), [new Share(Anna, null, null, ShareLevel.Read, Id)], picture, Now)).ThenNothing();
        Given<Team>().When(() => Sharing.Decide(new ShareRecord(null, null, ShareLevel.Change, Id), [new Share(Anna, null, null, ShareLevel.Read, Id)], picture, Now))
            .Then(new RecordUnshared(Anna), new RecordShared(Now.NewId, null, null, ShareLevel.Change, Id));
    }

    [Fact]
    public void somebody_else_stands_in_on_days_that_are_not_over()
    {
        Decision Decide(User user, Guid to, string from, string until, bool known = true) =>
            DelegateAbsenceFeature.Decide(new DelegateAbsence(to, DateOnly.Parse(from, null), DateOnly.Parse(until, null)), user, known, Now);
        Given<User>(Registered).When(u => Decide(u, Bob, "2026-03-20", "2026-03-27")).Then(Away);
        Given<User>(Registered).When(u => Decide(u, Bob, "2026-03-10", "2026-03-16")).Then(new AbsenceDelegated(Now.NewId, Bob, new(2026, 3, 10), new(2026, 3, 16)));
        Given<User>(Registered).When(u => Decide(u, Bob, "2026-03-10", "2026-03-15")).Rejects("delegation_in_past");
        Given<User>(Registered).When(u => Decide(u, Id, "2026-03-20", "2026-03-27")).Rejects("delegate_is_oneself");
        Given<User>(Registered).When(u => Decide(u, Bob, "2026-03-20", "2026-03-27", known: false)).Rejects("unknown_user");
        Given<User>(Registered, Away).When(u => Decide(u, Anna, "2026-03-27", "2026-03-28")).Rejects("delegation_overlaps");
        Given<User>(Registered, Away).When(u => Decide(u, Anna, "2026-03-28", "2026-03-28")).Then(new AbsenceDelegated(Now.NewId, Anna, new(2026, 3, 28), new(2026, 3, 28)));
    }

    [Fact]
    public void a_delegation_is_ended_once()
    {
        Given<User>(Registered, Away).When(u => EndDelegationFeature.Decide(new EndDelegation(), u, Now.NewId, Now)).Then(new DelegationEnded(Now.NewId));
        Given<User>(Registered, Away, new DelegationEnded(Now.NewId)).When(u => EndDelegationFeature.Decide(new EndDelegation(), u, Now.NewId, Now)).Rejects("not_found");
        Given<User>(Registered, Away with { From = new(2026, 3, 1), Until = new(2026, 3, 15) }).When(u => EndDelegationFeature.Decide(new EndDelegation(), u, Now.NewId, Now)).Rejects("delegation_over");
    }

    [Fact]
    public void who_leads_somebody_may_arrange_who_stands_in()
    {
        var (below, boss, lead) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var picture = new AccessPicture(
            [new(Anna, ["sales"], below, true), new(Bob, ["sales"], null, true), new(boss, ["manager"], Id, true), new(lead, ["manager"], null, true)],
            [new(Id, "大区", null), new(below, "下属", Id)], [], [], [new AccessTeam(Guid.CreateVersion7(), "组", [Bob, lead], [lead])]);
        bool May(Guid who, Guid whom) => Delegating.May(picture.Of(who.ToString(), Now.At), whom);
        May(Anna, Anna).ShouldBeTrue();
        May(Anna, Bob).ShouldBeFalse();
        May(boss, Anna).ShouldBeTrue();
        May(boss, Bob).ShouldBeFalse();
        May(lead, Bob).ShouldBeTrue();
        May(lead, Anna).ShouldBeFalse();
        Delegating.May(picture.Of("erp", Now.At, "admin"), Anna).ShouldBeTrue();
        Delegating.May(picture.Of("erp", Now.At, "sales"), Anna).ShouldBeFalse();
    }
}
