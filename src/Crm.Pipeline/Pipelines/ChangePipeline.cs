using Crm.Contracts;
using Crm.Http;
using Dapper;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Renames a pipeline or replaces its stages: add, remove, reorder, redefine. A stage with open opportunities can neither be removed
/// nor become won or lost (409 <c>stage_in_use</c>, with <c>stage</c> and <c>count</c>); opportunities that closed in a removed stage
/// stay where they are.
/// </summary>
/// <param name="Name">The new name.</param>
/// <param name="Stages">All stages after the change, in order.</param>
internal sealed record ChangePipeline(string? Name = null, StageInput[]? Stages = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangePipeline>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(100).When(x => x.Name is not null);
            RuleFor(x => x.Stages).Must(s => s is null || s.Length is > 0 and <= 30).WithErrorCode("too_many");
            RuleForEach(x => x.Stages).NotNull().SetValidator(new StageInput.Validator());
            RuleFor(x => x.Cleared).Empty().WithErrorCode("required");
        }
    }
}

internal static class ChangePipelineFeature
{
    public static void Map(IEndpointRouteBuilder pipelines) =>
        pipelines.MapCommand<ChangePipeline, SalesPipeline, IReadOnlyDictionary<string, long>>("{id:guid}", Right.Change("pipelines"), OpenByStage, Decide, "PATCH");

    public static Decision Decide(ChangePipeline command, SalesPipeline pipeline, IReadOnlyDictionary<string, long> openByStage, Now now)
    {
        var events = new List<object>();
        if (command.Name?.Trim() is { } name && name != pipeline.Name) events.Add(new PipelineRenamed(name));
        if (command.Stages is { } input)
        {
            var stages = Array.ConvertAll(input, s => s.ToStage());
            if (DefinePipelineFeature.Fault(stages) is { } fault) return fault;
            var used = pipeline.Stages.FirstOrDefault(s =>
                s.Kind == StageKind.Open && openByStage.GetValueOrDefault(s.Code) > 0 && Array.Find(stages, n => n.Code == s.Code)?.Kind != StageKind.Open);
            if (used is not null) return PipelineErrors.StageInUse(used, openByStage[used.Code]);
            if (!stages.SequenceEqual(pipeline.Stages, Same)) events.Add(new PipelineStagesChanged(stages));
        }
        return [.. events];
    }

    private static readonly EqualityComparer<PipelineStage> Same = EqualityComparer<PipelineStage>.Create(
        (a, b) => a! with { Criteria = b!.Criteria } == b && a.Criteria.SequenceEqual(b.Criteria), s => s.Code.GetHashCode(StringComparison.Ordinal));

    private static async Task<IReadOnlyDictionary<string, long>> OpenByStage(ChangePipeline command, SalesPipeline pipeline, CommandScope scope)
    {
        await using var connection = await scope.Database.OpenConnectionAsync(scope.Aborted);
        var rows = await connection.QueryAsync<(string Stage, long Count)>(new CommandDefinition(
            "select stage, count(*) from pipeline.opportunity_stages where pipeline_id = @id and open_kind is not null group by stage", new { id = scope.Id }, cancellationToken: scope.Aborted));
        return rows.ToDictionary(r => r.Stage, r => r.Count);
    }
}
