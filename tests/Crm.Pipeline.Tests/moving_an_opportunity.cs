using Crm.Contracts;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class moving_an_opportunity : OpportunitySpec
{
    private static readonly OpportunityMoved Moved = new("一期项目", Customer, DefaultPipelines.Standard, "lead", "proposal", 40);
    private static readonly OpportunityLost Lost = new("一期项目", Customer, DefaultPipelines.Standard, "lead", "lost", 0, "价格太高", null, Owner, new DateOnly(2026, 3, 16));

    [Fact]
    public void enters_an_open_stage_with_its_chance() => Given(Opened()).When(o => MoveOpportunityFeature.Decide(new("proposal"), o, Facts, Now)).Then(Moved);

    [Fact]
    public void goes_back_as_well() => Given(Opened(), Moved).When(o => MoveOpportunityFeature.Decide(new("lead"), o, Facts, Now))
        .Then(Moved with { From = "proposal", To = "lead", Probability = 10 });

    [Fact]
    public void keeps_a_chance_set_by_hand() => Given(Opened(probability: 75, probabilitySet: true)).When(o => MoveOpportunityFeature.Decide(new("proposal"), o, Facts, Now))
        .Then(Moved with { Probability = 75 });

    [Fact]
    public void changes_nothing_in_place() => Given(Opened()).When(o => MoveOpportunityFeature.Decide(new("lead"), o, Facts, Now)).ThenNothing();

    [Theory]
    [InlineData("won", "use_win")]
    [InlineData("lost", "use_lose")]
    [InlineData("quote", "unknown_stage")]
    public void is_refused(string to, string code) => Given(Opened()).When(o => MoveOpportunityFeature.Decide(new(to), o, Facts, Now)).Rejects(code);

    [Fact]
    public void is_refused_once_closed() => Given(Opened(), Won()).When(o => MoveOpportunityFeature.Decide(new("proposal"), o, Facts, Now)).Rejects("opportunity_closed");

    [Fact]
    public void winning_keeps_the_expected_amount() => Given(Opened("negotiation", new Money(100, "CNY"))).When(o => WinOpportunityFeature.Decide(new(), o, Facts, Now))
        .Then(Won(new Money(100, "CNY")) with { ClosedOn = Now.Day });

    [Fact]
    public void winning_may_state_the_amount() => Given(Opened("negotiation", new Money(100, "CNY"))).When(o => WinOpportunityFeature.Decide(new(new Money(90, "CNY")), o, Facts, Now))
        .Then(Won(new Money(90, "CNY")) with { ClosedOn = Now.Day });

    [Fact]
    public void winning_is_not_before_opening() =>
        Given(Opened()).When(o => WinOpportunityFeature.Decide(new(), o, Facts, Now with { Day = new DateOnly(2026, 2, 28) })).Rejects("closed_before_opened");

    [Fact]
    public void winning_twice_is_refused() => Given(Opened(), Won()).When(o => WinOpportunityFeature.Decide(new(), o, Facts, Now)).Rejects("opportunity_closed");

    [Fact]
    public void losing_keeps_the_reason() => Given(Opened()).When(o => LoseOpportunityFeature.Decide(new(" 价格太高 "), o, Facts, Now)).Then(Lost);

    [Fact]
    public void losing_needs_a_reason() => new LoseOpportunity.Validator().Validate(new LoseOpportunity("  ")).IsValid.ShouldBeFalse();

    [Fact]
    public void losing_needs_a_lost_stage() => Given(Opened()).When(o => LoseOpportunityFeature.Decide(new("没有预算", "won"), o, Facts, Now)).Rejects("not_a_lost_stage");

    [Fact]
    public void reopening_goes_back_to_where_it_closed_from() => Given(Opened("negotiation"), Won()).When(o => ReopenOpportunityFeature.Decide(new(), o, Facts, Now))
        .Then(new OpportunityReopened("一期项目", Customer, DefaultPipelines.Standard, "won", "negotiation", 60));

    [Fact]
    public void reopening_goes_to_the_first_stage_if_the_old_one_is_gone()
    {
        var pipeline = Pipeline with { Stages = [.. Pipeline.Stages.Where(s => s.Code != "negotiation")] };
        Given(Opened("negotiation"), Won()).When(o => ReopenOpportunityFeature.Decide(new(), o, Facts with { Pipeline = pipeline }, Now))
            .Then(new OpportunityReopened("一期项目", Customer, DefaultPipelines.Standard, "won", "lead", 10));
    }

    [Fact]
    public void reopening_forgets_the_outcome()
    {
        var state = State<Opportunity>(Opened(probability: 75, probabilitySet: true), Lost, new OpportunityReopened("一期项目", Customer, DefaultPipelines.Standard, "lost", "lead", 10))!;
        (state.LostReason, state.ClosedOn, state.StageKind, state.ProbabilitySet).ShouldBe((null, null, StageKind.Open, false));
    }

    [Fact]
    public void reopening_an_open_one_is_refused() => Given(Opened()).When(o => ReopenOpportunityFeature.Decide(new(), o, Facts, Now)).Rejects("opportunity_open");

    [Fact]
    public void a_review_waits_for_the_end() => Given(Opened()).When(o => ReviewOpportunityFeature.Decide(new(["价格优势"]), o, Now)).Rejects("opportunity_open");

    [Fact]
    public void a_review_is_kept_for_the_customer_s_timeline() => Given(Opened(), Won())
        .When(o => ReviewOpportunityFeature.Decide(new(["价格优势", "服务响应速度"], ["需要培训"], "客户很满意"), o, Now))
        .Then(new OpportunityReviewed("一期项目", Customer, ["价格优势", "服务响应速度"], ["需要培训"], "客户很满意", Now.Actor));

    [Fact]
    public void an_empty_review_is_refused() => new ReviewOpportunity.Validator().Validate(new ReviewOpportunity([" "], [])).IsValid.ShouldBeFalse();

    [Fact]
    public void a_restored_one_needs_its_stage()
    {
        var pipeline = Pipeline with { Stages = [.. Pipeline.Stages.Where(s => s.Code != "lead")] };
        Given(Opened(), new OpportunityDeleted("一期项目", Customer)).When(o => RestoreOpportunityFeature.Decide(new(), o, Facts with { Pipeline = pipeline }, Now)).Rejects("stage_gone");
    }
}
