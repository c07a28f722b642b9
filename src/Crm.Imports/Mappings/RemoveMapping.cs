using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Imports;

/// <summary>Removes a saved mapping; imports that used it stay as they are.</summary>
internal sealed record RemoveMapping;

internal static class RemoveMappingFeature
{
    public static void Map(IEndpointRouteBuilder mappings) => mappings.MapCommand<RemoveMapping, ImportMapping>("{id:guid}", Right.Change("imports"), Decide, "DELETE");

    public static Decision Decide(RemoveMapping command, ImportMapping mapping, Now now) => mapping.Deleted ? Decision.Nothing : [new ImportMappingRemoved(mapping.Name)];
}
