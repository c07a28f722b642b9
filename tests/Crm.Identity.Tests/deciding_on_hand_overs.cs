using Crm.Contracts;
using Crm.Http;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>Decisions about hand-overs and about the jobs that do them.</summary>
public sealed class deciding_on_hand_overs : Spec
{
    private static readonly Guid Heir = Guid.Parse("01900000-0000-7000-8000-0000000000a1");
    private static readonly Guid Agent = Guid.Parse("01900000-0000-7000-8000-0000000000b1");
    private static readonly UserRegistered Leaver = new("li", "李晓燕", "sales", null, null, CanSignIn: true);
    private static readonly HandOverFacts Fine = new(false, new HashSet<Guid> { Heir, Agent }, 12);
    private static readonly BulkJobStarted Started = new("handOver", Id, 12, new Dictionary<string, string>());

    [Fact]
    public void says_who_gets_what() => Given<User>(Leaver)
        .When(u => HandOverFeature.Decide(new HandOver(Heir, new Dictionary<string, Guid> { ["tickets"] = Agent }, true, "离职"), u, Fine))
        .Then(new BulkJobStarted("handOver", Id, 12, new Dictionary<string, string> { ["toUserId"] = Heir.ToString(), ["tickets"] = Agent.ToString(), ["deactivate"] = "true" }));

    [Fact]
    public void needs_somebody_else_who_is_there_and_something_to_give()
    {
        Given<User>(Leaver).When(u => HandOverFeature.Decide(new HandOver(Id), u, Fine)).Rejects("same_user");
        Given<User>(Leaver).When(u => HandOverFeature.Decide(new HandOver(Guid.Empty), u, Fine)).Rejects("unknown_user");
        Given<User>(Leaver).When(u => HandOverFeature.Decide(new HandOver(Heir, new Dictionary<string, Guid> { ["teams"] = Id }), u, Fine)).Rejects("same_user");
        Given<User>(Leaver).When(u => HandOverFeature.Decide(new HandOver(Heir), u, Fine with { Items = 0 })).Rejects("nothing_to_hand_over");
        Given<User>(Leaver).When(u => HandOverFeature.Decide(new HandOver(Heir, Deactivate: true), u, Fine with { Self = true })).Rejects("own_account");
    }

    [Fact]
    public void a_job_is_cancelled_while_it_runs_and_undone_once_when_it_has_ended()
    {
        Given<BulkJob>(Started).When(j => CancelBulkJob.Decide(new(), j)).Then(new BulkJobCancelled());
        Given<BulkJob>(Started, new BulkJobCancelled()).When(j => CancelBulkJob.Decide(new(), j)).ThenNothing();
        Given<BulkJob>(Started, new BulkJobCompleted(12, 0)).When(j => CancelBulkJob.Decide(new(), j)).Rejects("job_finished");
        Given<BulkJob>(Started).When(j => UndoBulkJob.Decide(new(), j)).Rejects("job_running");
        foreach (object end in (object[])[new BulkJobCompleted(12, 0), new BulkJobCancelled(), new BulkJobFailed()])
            Given<BulkJob>(Started, end).When(j => UndoBulkJob.Decide(new(), j)).Then(new BulkUndoStarted());
        Given<BulkJob>(Started, new BulkJobCompleted(12, 0), new BulkUndoStarted()).When(j => UndoBulkJob.Decide(new(), j)).Rejects("job_undone");
        Given<BulkJob>(Started, new BulkJobCompleted(12, 0), new BulkUndoStarted(), new BulkUndoCompleted(11, 1)).When(j => UndoBulkJob.Decide(new(), j)).Rejects("job_undone");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("member")]
    [InlineData("leader")]
    public void a_team_comes_back_as_it_was(string heirBefore)
    {
        object[] before =
        [
            new TeamCreated("大客户组"), new TeamMemberAdded(Agent, true),
            .. heirBefore == "none" ? (object[])[] : [new TeamMemberAdded(Heir, heirBefore == "leader")],
        ];
        var item = new BulkItem(1, "teams.leader", Id, new OwnerChange(Agent, Heir).ToInput());
        var (given, result) = TeamLeaderships.Give(State<Team>(before)!, item);
        result.Fault.ShouldBeNull();
        var handed = State<Team>([.. before, .. given])!;
        handed.Members.ShouldBe([new TeamMember(Heir, true)]);
        var (back, undone) = TeamLeaderships.Back(handed, item with { Before = result.Before });
        undone.Fault.ShouldBeNull();
        State<Team>([.. before, .. given, .. back])!.Members.ShouldBe(State<Team>(before)!.Members, ignoreOrder: true);
        TeamLeaderships.Back(State<Team>(before)!, item with { Before = result.Before }).Result.Fault!.Code.ShouldBe("changed_since", "the person leads it again");
    }
}
