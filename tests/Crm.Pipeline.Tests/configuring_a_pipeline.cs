using Crm.Contracts;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class configuring_a_pipeline : Spec
{
    private static readonly StageInput Lead = new("lead", "线索", "Lead", Probability: 10);
    private static readonly StageInput Talk = new("talk", "洽谈", Probability: 50);
    private static readonly StageInput Won = new("won", "成交", Kind: StageKind.Won);
    private static readonly StageInput Lost = new("lost", "输单", Kind: StageKind.Lost);
    private static readonly PipelineDefined Defined = new("直销", false, [Lead.ToStage(), Talk.ToStage(), Won.ToStage(), Lost.ToStage()]);
    private static readonly Dictionary<string, long> Nobody = [];

    [Fact]
    public void takes_stages_in_order() => Given().When(() => DefinePipelineFeature.Decide(new("直销", [Lead, Talk, Won, Lost]), false, Now)).Then(Defined);

    [Fact]
    public void knows_what_won_and_lost_are_worth() => (Won.ToStage().Probability, Lost.ToStage().Probability).ShouldBe((100, 0));

    [Fact]
    public void needs_one_won_stage() => Refuses("one_won_stage", Lead, Lost);

    [Fact]
    public void needs_no_second_won_stage() => Refuses("one_won_stage", Lead, Won, Won with { Code = "signed" }, Lost);

    [Fact]
    public void needs_a_lost_stage() => Refuses("lost_stage_required", Lead, Won);

    [Fact]
    public void needs_an_open_stage() => Refuses("open_stage_required", Won, Lost);

    [Fact]
    public void needs_codes_once() => Refuses("stage_twice", Lead, Lead, Won, Lost);

    [Fact]
    public void may_be_renamed() => Given(Defined).When(p => ChangePipelineFeature.Decide(new("渠道"), p, Nobody, Now)).Then(new PipelineRenamed("渠道"));

    [Fact]
    public void may_be_reordered() => Given(Defined).When(p => ChangePipelineFeature.Decide(new(Stages: [Talk, Lead, Won, Lost]), p, Nobody, Now))
        .Then(new PipelineStagesChanged([Talk.ToStage(), Lead.ToStage(), Won.ToStage(), Lost.ToStage()]));

    [Fact]
    public void stays_as_it_is_without_a_change() => Given(Defined).When(p => ChangePipelineFeature.Decide(new(" 直销 ", [Lead, Talk, Won, Lost]), p, Nobody, Now)).ThenNothing();

    [Fact]
    public void may_lose_an_empty_stage() => Given(Defined).When(p => ChangePipelineFeature.Decide(new(Stages: [Lead, Won, Lost]), p, new Dictionary<string, long> { ["lead"] = 5 }, Now))
        .Then(new PipelineStagesChanged([Lead.ToStage(), Won.ToStage(), Lost.ToStage()]));

    [Fact]
    public void keeps_a_stage_that_is_in_use()
    {
        var decision = ChangePipelineFeature.Decide(new(Stages: [Lead, Won, Lost]), State<SalesPipeline>(Defined)!, new Dictionary<string, long> { ["talk"] = 5 }, Now);
        decision.Rejection!.Code.ShouldBe("stage_in_use");
        decision.Rejection.Extensions!["count"].ShouldBe(5L);
    }

    [Fact]
    public void keeps_a_stage_open_that_is_in_use() => Given(Defined)
        .When(p => ChangePipelineFeature.Decide(new(Stages: [Lead, Talk with { Kind = StageKind.Lost }, Won, Lost]), p, new Dictionary<string, long> { ["talk"] = 5 }, Now)).Rejects("stage_in_use");

    [Fact]
    public void ships_with_the_stages_of_the_plan() => DefaultPipelines.StandardPipeline.Stages.Select(s => (s.Code, s.Name, s.Probability)).ShouldBe(
    [
        ("lead", "线索", 10), ("requirement", "需求", 20), ("proposal", "方案", 40), ("negotiation", "谈判", 60), ("won", "成交", 100), ("lost", "输单", 0),
    ]);

    [Theory]
    [InlineData("Lead")]
    [InlineData("1st")]
    [InlineData("线索")]
    [InlineData("")]
    public void refuses_odd_codes(string code) => new StageInput.Validator().Validate(Lead with { Code = code }).IsValid.ShouldBeFalse();

    private static Situation<SalesPipeline> Given(params object[] events) => Given<SalesPipeline>(events);

    private static void Refuses(string code, params StageInput[] stages) => Given().When(() => DefinePipelineFeature.Decide(new("直销", stages), false, Now)).Rejects(code);
}
