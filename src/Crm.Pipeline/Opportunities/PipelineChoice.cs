using Crm.Contracts;
using Crm.Imports;

namespace Crm.Pipeline;

/// <summary>The pipeline that an import's opportunities go into.</summary>
/// <param name="Pipeline">The pipeline, on file or proposed.</param>
/// <param name="Proposed">Its definition if it has yet to be made.</param>
/// <param name="Begin">The stage in which won and lost opportunities begin, because no more is known of their way.</param>
internal sealed record PipelineChoice(SalesPipeline Pipeline, PipelineDefined? Proposed, PipelineStage Begin)
{
    private const int ProposedId = 1;

    /// <summary>
    /// The chosen one, else the first that knows every open stage of the file, beginning with the default; the default also if it knows at least half of
    /// them, because then the others are slips. If the file speaks of other stages altogether, a pipeline of its own is proposed and shown.
    /// </summary>
    public static PipelineChoice Of(ImportSetup setup, IReadOnlyList<SalesPipeline> pipelines)
    {
        var chosen = pipelines.FirstOrDefault(p => p.Id == setup.Options.PipelineId);
        if (chosen is not null) return With(chosen, null, setup);
        var values = setup.Values.GetValueOrDefault("stage")?.Keys.ToList() ?? [];
        var open = values.Where(v => StageWords.Kind(v) == StageKind.Open).ToList();
        var knowing = pipelines.FirstOrDefault(p => open.All(v => StageWords.Find(p, v) is not null));
        if (knowing is not null) return With(knowing, null, setup);
        if (pipelines.Count > 0 && open.Count(v => StageWords.Find(pipelines[0], v) is not null) * 2 >= open.Count) return With(pipelines[0], null, setup);
        var name = Path.GetFileNameWithoutExtension(setup.FileName).Trim();
        var command = StageWords.Propose(name.Length is > 0 and <= 100 ? name : "import", values);
        var defined = (PipelineDefined)DefinePipelineFeature.Decide(command, isFirst: pipelines.Count == 0, new(setup.At, setup.Today, setup.UserId, setup.NewId(ProposedId))).Events[0];
        var id = setup.NewId(ProposedId);
        return With(setup.After<SalesPipeline>(null, id, [new DatedEvent(defined)])!, defined, setup);
    }

    /// <summary>The stream to begin before the first row.</summary>
    public IReadOnlyList<StreamChange> Before => Proposed is null ? [] : [new StreamChange<SalesPipeline>(Pipeline.Id, 0, [new DatedEvent(Proposed)])];

    private static PipelineChoice With(SalesPipeline pipeline, PipelineDefined? proposed, ImportSetup setup) =>
        new(pipeline, proposed, StageWords.Named(pipeline, setup.Columns.GetValueOrDefault("openedOn")) ?? pipeline.First);
}
