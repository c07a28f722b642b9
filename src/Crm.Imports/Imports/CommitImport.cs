using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Imports;

/// <summary>
/// Imports the rows, in the background; also goes on with an import that failed or was cancelled. A column of dates that can be read in two ways must
/// have been decided (409 <c>date_format_ambiguous</c>), and a column must hold what records are found by, if that was chosen (409 <c>match_key_not_mapped</c>).
/// </summary>
internal sealed record CommitImport;

internal static class CommitImportFeature
{
    public static void Map(IEndpointRouteBuilder imports) => imports.MapCommand<CommitImport, Import, MappingFacts>("{id:guid}/commit", Right.Change("imports"),
        async (_, import, scope) => new MappingFacts(
            scope.Service<TargetCatalogue>(), await ImportTables.ProfileAsync(scope.Store, import.Id, scope.Aborted), Access.Of(scope.Http).May),
        Decide);

    public static Decision Decide(CommitImport command, Import import, MappingFacts facts, Now now)
    {
        if (import.Status is ImportStatus.Running or ImportStatus.Completed) return Decision.Nothing;
        if (import.Status is ImportStatus.Reverting) return ImportErrors.Busy;
        if (import.Status is ImportStatus.Reverted) return ImportErrors.IsReverted;
        if (import.Target is null || facts.Targets.Find(import.Target) is not { } target) return ImportErrors.NoTarget;
        if (!facts.MayImport(target)) return ImportErrors.Forbidden(target.Code);
        if (import.Columns.All(c => c.Field is null)) return ImportErrors.NothingMapped;
        if (import.Options.Match is { Length: > 0 } match && !import.Columns.Any(c => c.Field is { } f && match.Any(m => f == m || f.StartsWith(m + ".", StringComparison.Ordinal))))
            return ImportErrors.MatchKeyNotMapped(string.Join(", ", match));
        foreach (var column in import.Columns.Where(c => c.Field is not null && c.Format is null))
        {
            var profile = facts.Profile[column.Index];
            if (profile.Ambiguous && profile.Type == ColumnType.Date && target.TypeOf(column.Field!, profile.Type) == ImportFieldType.Date)
                return ImportErrors.Ambiguous(column.Name, string.Join(" / ", profile.Alternatives.Prepend(profile.Format)));
        }
        return [new ImportStarted()];
    }
}
