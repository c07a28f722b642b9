using System.Text.Json.Serialization;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>A configured sequence of stages through which opportunities go (S063).</summary>
internal sealed record SalesPipeline : Document, IAggregate<SalesPipeline>
{
    public string Name { get; init; } = "";

    public bool IsDefault { get; init; }

    public PipelineStage[] Stages { get; init; } = [];

    public PipelineStage? Stage(string code) => Array.Find(Stages, s => s.Code == code);

    [JsonIgnore]
    public PipelineStage First => Array.Find(Stages, s => s.Kind == StageKind.Open)!;

    [JsonIgnore]
    public PipelineStage Won => Array.Find(Stages, s => s.Kind == StageKind.Won)!;

    [JsonIgnore]
    public PipelineStage Lost => Array.Find(Stages, s => s.Kind == StageKind.Lost)!;

    public static SalesPipeline? Evolve(SalesPipeline? state, Event e) => (state, e.Data) switch
    {
        (null, PipelineDefined x) => new SalesPipeline { Name = x.Name, IsDefault = x.IsDefault, Stages = x.Stages },
        (not null, PipelineRenamed x) => state with { Name = x.Name },
        (not null, PipelineStagesChanged x) => state with { Stages = x.Stages },
        _ => state,
    };
}

internal sealed class SalesPipelineResource : Resource<SalesPipeline>
{
    public override string Name => "pipelines";

    public override Ownership<SalesPipeline>? Ownership => null;
}

internal static class PipelineErrors
{
    public static readonly Rejection OneWonStage = new("one_won_stage", "流程必须有且只有一个成交阶段。", "A pipeline has exactly one won stage.", 400, "stages");
    public static readonly Rejection LostStageRequired = new("lost_stage_required", "流程至少要有一个输单阶段。", "A pipeline has at least one lost stage.", 400, "stages");
    public static readonly Rejection OpenStageRequired = new("open_stage_required", "流程至少要有一个进行中的阶段。", "A pipeline has at least one open stage.", 400, "stages");

    public static Rejection StageTwice(string code) => new("stage_twice", $"阶段代码 {code} 出现了两次。", $"The stage code {code} occurs twice.", 400, "stages");

    public static Rejection StageInUse(PipelineStage stage, long count) => new(
        "stage_in_use", $"阶段“{stage.Name}”还有 {count} 个进行中的商机，请先把它们移走。", $"{count} open opportunities are in the stage {stage.NameEn}; move them first.", Field: "stages",
        Extensions: new Dictionary<string, object?> { ["stage"] = stage.Code, ["count"] = count });
}
