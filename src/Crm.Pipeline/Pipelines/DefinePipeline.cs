using System.Text.RegularExpressions;
using Crm.Contracts;
using Crm.Http;
using Dapper;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>A stage as a caller states it.</summary>
/// <param name="Code">Unique within the pipeline: a lower-case letter, then at most 39 letters, digits, hyphens or underscores.</param>
/// <param name="Name">The Chinese name, at most 60 characters.</param>
/// <param name="NameEn">The English name; absent: the Chinese one.</param>
/// <param name="Kind"><c>open</c> (also when absent), <c>won</c> or <c>lost</c>.</param>
/// <param name="Probability">0–100; absent: 100 for won, 0 for lost, 10 for open.</param>
/// <param name="Criteria">What must hold in this stage; at most 20.</param>
internal sealed partial record StageInput(string Code, string Name, string? NameEn = null, StageKind Kind = StageKind.Open, int? Probability = null, string[]? Criteria = null)
{
    public PipelineStage ToStage() => new(
        Code, Name.Trim(), NameEn is null ? Name.Trim() : NameEn.Trim(), Kind, Probability ?? Kind switch { StageKind.Won => 100, StageKind.Lost => 0, _ => 10 },
        Array.ConvertAll(Criteria ?? [], c => c.Trim()));

    internal sealed class Validator : AbstractValidator<StageInput>
    {
        public Validator()
        {
            RuleFor(x => x.Code).NotEmpty().Matches(Allowed()).WithErrorCode("invalid_code");
            RuleFor(x => x.Name).NotEmpty().MaximumLength(60);
            RuleFor(x => x.NameEn).MaximumLength(60).Must(n => n is null || n.Trim().Length > 0).WithErrorCode("required");
            RuleFor(x => x.Probability).InclusiveBetween(0, 100);
            RuleFor(x => x.Criteria).Must(c => c is null || c.Length <= 20).WithErrorCode("too_many");
            RuleForEach(x => x.Criteria).NotEmpty().MaximumLength(300);
        }
    }

    [GeneratedRegex("^[a-z][A-Za-z0-9_-]{0,39}$", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}

/// <summary>
/// Defines a pipeline (S063): exactly one won stage, at least one lost and one open (400 <c>one_won_stage lost_stage_required
/// open_stage_required stage_twice</c>). The organisation's first pipeline is its default.
/// </summary>
/// <param name="Name">The name people read, at most 100 characters.</param>
/// <param name="Stages">The stages in order, at most 30.</param>
internal sealed record DefinePipeline(string Name, StageInput[] Stages)
{
    internal sealed class Validator : AbstractValidator<DefinePipeline>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(100);
            RuleFor(x => x.Stages).NotEmpty().Must(s => s is null || s.Length <= 30).WithErrorCode("too_many");
            RuleForEach(x => x.Stages).NotNull().SetValidator(new StageInput.Validator());
        }
    }
}

internal static class DefinePipelineFeature
{
    public static void Map(IEndpointRouteBuilder pipelines) => pipelines.MapCreate<DefinePipeline, SalesPipeline, bool>("", Right.Create("pipelines"), IsFirst, Decide);

    public static Decision Decide(DefinePipeline command, bool isFirst, Now now)
    {
        var stages = Array.ConvertAll(command.Stages, s => s.ToStage());
        return Fault(stages) is { } fault ? fault : [new PipelineDefined(command.Name.Trim(), isFirst, stages)];
    }

    /// <summary>What is wrong with the stages as a whole, or null.</summary>
    public static Rejection? Fault(PipelineStage[] stages) =>
        stages.GroupBy(s => s.Code).FirstOrDefault(g => g.Count() > 1) is { } twice ? PipelineErrors.StageTwice(twice.Key)
        : stages.Count(s => s.Kind == StageKind.Won) != 1 ? PipelineErrors.OneWonStage
        : stages.All(s => s.Kind != StageKind.Lost) ? PipelineErrors.LostStageRequired
        : stages.All(s => s.Kind != StageKind.Open) ? PipelineErrors.OpenStageRequired
        : null;

    private static async Task<bool> IsFirst(DefinePipeline command, CommandScope scope)
    {
        await using var connection = await scope.Database.OpenConnectionAsync(scope.Aborted);
        return !await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from pipeline.stages)", cancellationToken: scope.Aborted));
    }
}
