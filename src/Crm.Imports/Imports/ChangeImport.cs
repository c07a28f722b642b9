using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Imports;

/// <summary>
/// What one column becomes: a field, <c>custom.…</c>, or null to leave it out; if it must be said, how its dates or numbers are written; and what its blank
/// cells do, if that is not as for the file.
/// </summary>
internal sealed record ColumnChoice(string Name, string? Field = null, string? Format = null, BlankCells? Blank = null);

/// <summary>
/// Chooses the target, the fields of columns, replacements of values, or options of an import that has not started; the rows are then tried again.
/// Columns that are not named stay as they are; a new target proposes its own mapping. Replacements are replaced as a whole.
/// </summary>
internal sealed record ChangeImport(string? Target = null, ColumnChoice[]? Columns = null, ValueReplacement[]? Values = null, ImportOptions? Options = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeImport>
    {
        public Validator()
        {
            RuleFor(x => x.Target).NotEmpty().MaximumLength(50).When(x => x.Target is not null);
            RuleForEach(x => x.Columns).ChildRules(c =>
            {
                c.RuleFor(x => x.Name).NotEmpty().MaximumLength(300);
                c.RuleFor(x => x.Field).MaximumLength(80);
                c.RuleFor(x => x.Format).MaximumLength(40);
                c.RuleFor(x => x.Blank).IsInEnum();
            });
            RuleFor(x => x.Values).Must(v => v is null || v.Length <= 5_000).WithErrorCode("too_many");
            RuleForEach(x => x.Values).ChildRules(v =>
            {
                v.RuleFor(x => x.Field).NotEmpty().MaximumLength(80);
                v.RuleFor(x => x.From).NotEmpty().MaximumLength(500);
                v.RuleFor(x => x.To).MaximumLength(500);
            });
            RuleFor(x => x.Options!.Mode).IsInEnum().When(x => x.Options is not null);
            RuleFor(x => x.Options!.Blank).IsInEnum().When(x => x.Options is not null);
            RuleFor(x => x.Options!.Match).Must(m => m is null || m.Length <= 10).WithErrorCode("too_many").When(x => x.Options is not null);
            RuleFor(x => x.Options!.Currency).Matches("^[A-Z]{3}$").When(x => x.Options?.Currency is not null);
        }
    }
}

internal static class ChangeImportFeature
{
    public static void Map(IEndpointRouteBuilder imports) => imports.MapCommand<ChangeImport, Import, MappingFacts>("{id:guid}", Right.Change("imports"),
        async (_, import, scope) => new MappingFacts(
            scope.Service<TargetCatalogue>(), await ImportTables.ProfileAsync(scope.Store, import.Id, scope.Aborted), Access.Of(scope.Http).May),
        Decide, "PATCH");

    public static Decision Decide(ChangeImport command, Import import, MappingFacts facts, Now now)
    {
        if (import.Status is ImportStatus.Running or ImportStatus.Reverting) return ImportErrors.Busy;
        if (import.HasStarted) return ImportErrors.Started;
        var code = command.Target ?? import.Target;
        if (code is null) return ImportErrors.NoTarget;
        if (facts.Targets.Find(code) is not { } target) return ImportErrors.UnknownTarget(code);
        if (!facts.MayImport(target)) return ImportErrors.Forbidden(code);
        var columns = code == import.Target ? import.Columns : facts.Targets.Propose(target, facts.Profile);
        foreach (var choice in command.Columns ?? [])
        {
            var index = Array.FindIndex(columns, c => c.Name == choice.Name);
            if (index < 0) return ImportErrors.UnknownColumn(choice.Name);
            if (choice.Field is not null && !target.Accepts(choice.Field)) return ImportErrors.UnknownField(choice.Field);
            if (choice.Format is not null && DateFormat.Parse(choice.Format) is null && NumberFormat.Parse(choice.Format) is null) return ImportErrors.UnknownFormat(choice.Format);
            columns = [.. columns[..index], new(choice.Name, columns[index].Index, choice.Field, choice.Format, 1, choice.Blank), .. columns[(index + 1)..]];
        }
        if (columns.Where(c => c.Field is not null).GroupBy(c => c.Field).FirstOrDefault(g => g.Count() > 1) is { Key: { } twice }) return ImportErrors.FieldTwice(twice);
        var options = command.Options ?? import.Options;
        if (code != import.Target && command.Options is null) options = options with { Match = null };
        if (options.Match?.FirstOrDefault(m => !target.MatchKeys.Contains(m)) is { } unknown) return ImportErrors.UnknownMatchKey(unknown, target);
        return
        [
            new ImportMapped(code, command.Target is null && import.TargetGuessed, columns, command.Values ?? import.Values, options, code == import.Target ? import.MappedBy : SystemPreset.Find(facts.Profile.Select(p => p.Name), code)?.System),
        ];
    }
}

/// <summary>What decisions about a mapping need to know.</summary>
internal sealed record MappingFacts(TargetCatalogue Targets, IReadOnlyList<ColumnProfile> Profile, Func<Right, bool> May)
{
    public bool MayImport(ImportTarget target) => May(Right.Create(target.Code)) && May(Right.Change(target.Code));
}
