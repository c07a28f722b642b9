using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Imports;

/// <summary>Keeps the mapping and the options of an import under a name. 409 <c>import_mapping_name_taken</c>.</summary>
/// <param name="Name">At most 100 characters.</param>
/// <param name="ImportId">The import whose mapping it is.</param>
internal sealed record SaveMapping(string Name, Guid ImportId)
{
    internal sealed class Validator : AbstractValidator<SaveMapping>
    {
        public Validator() => RuleFor(x => x.Name).NotEmpty().MaximumLength(100);
    }
}

internal static class SaveMappingFeature
{
    public static void Map(IEndpointRouteBuilder mappings) => mappings.MapCreate<SaveMapping, ImportMapping, Import?>("", Right.Create("imports"), (command, scope) => LoadAsync(command.ImportId, scope), Decide);

    /// <summary>An import that the caller may see.</summary>
    public static async Task<Import?> LoadAsync(Guid id, CommandScope scope)
    {
        if (await scope.Store.Query.AggregateStreamAsync<Import>(id, ct: scope.Aborted) is not { } import) return null;
        return await Access.Of(scope.Http).MayAsync(Right.View("imports"), scope.Service<Resource<Import>>(), import, scope.Aborted) ? import : null;
    }

    public static Decision Decide(SaveMapping command, Import? import, Now now) => Of(command.Name, import);

    /// <summary>The event that keeps the mapping of an import.</summary>
    public static Decision Of(string name, Import? import) => import switch
    {
        null => ImportErrors.UnknownImport,
        { Target: null } => ImportErrors.NoTarget,
        _ => [new ImportMappingSaved(name.Trim(), import.Target, import.Columns, import.Options, ImportMapping.KeyOf(import.Columns.Select(c => c.Name)))],
    };
}
