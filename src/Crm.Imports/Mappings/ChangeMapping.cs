using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Imports;

/// <summary>Renames a saved mapping, or replaces it by the mapping of another import. 409 <c>import_mapping_name_taken</c>.</summary>
/// <param name="Name">At most 100 characters; absent it stays.</param>
/// <param name="ImportId">The import whose mapping it becomes; absent it stays.</param>
internal sealed record ChangeMapping(string? Name = null, Guid? ImportId = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeMapping>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(100).When(x => x.Name is not null);
            RuleForEach(x => x.Cleared).Must(_ => false).WithErrorCode("required");
        }
    }
}

internal static class ChangeMappingFeature
{
    public static void Map(IEndpointRouteBuilder mappings) => mappings.MapCommand<ChangeMapping, ImportMapping, Import?>("{id:guid}", Right.Change("imports"),
        async (command, _, scope) => command.ImportId is { } id ? await SaveMappingFeature.LoadAsync(id, scope) : null, Decide, "PATCH");

    public static Decision Decide(ChangeMapping command, ImportMapping mapping, Import? import, Now now)
    {
        if (command.ImportId is not null) return SaveMappingFeature.Of(command.Name ?? mapping.Name, import);
        return command.Name?.Trim() is { } name && name != mapping.Name ? [new ImportMappingSaved(name, mapping.Target, mapping.Columns, mapping.Options, mapping.HeadersKey)] : Decision.Nothing;
    }
}
