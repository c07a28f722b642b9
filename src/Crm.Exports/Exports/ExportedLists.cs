using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Exports;

/// <summary>Every list that can be exported, as the routes say.</summary>
internal sealed class ExportedLists(EndpointDataSource routes)
{
    public IEnumerable<ExportedList> All => routes.Endpoints.Select(e => e.Metadata.GetMetadata<ExportedList>()).OfType<ExportedList>();

    public ExportedList? Find(string resource) => All.FirstOrDefault(l => l.Resource == resource);
}

/// <summary>A column that the caller can choose.</summary>
/// <param name="Field">The field.</param>
/// <param name="Name">Its heading in Chinese.</param>
/// <param name="NameEn">Its heading in English.</param>
/// <param name="Masked">Whether the caller gets a mask of the values.</param>
internal sealed record ExportColumnView(string Field, string Name, string NameEn, bool Masked);

/// <summary>A list that the caller may export.</summary>
/// <param name="Resource">The list.</param>
/// <param name="Columns">What it can be exported with, in the usual order.</param>
internal sealed record ExportResourceView(string Resource, IReadOnlyList<ExportColumnView> Columns);

/// <summary><c>GET exports/resources</c>: what the caller may export, with the columns that are not hidden from them.</summary>
internal static class ExportedListsFeature
{
    public static void Map(IEndpointRouteBuilder exports) => exports.MapGet("resources", (HttpContext http, ExportedLists lists) =>
    {
        var (access, masks) = (Access.Of(http), Masking.Of(http) is not null);
        return Results.Ok<IReadOnlyList<ExportResourceView>>(
        [
            .. from list in lists.All
               where access.May(Right.View(list.Resource)) && access.May(Right.Export(list.Resource))
               let limits = access.Limits.Of(list.Resource)
               select new ExportResourceView(list.Resource,
               [
                   .. from column in list.Columns(access.Picture.Fields)
                      let level = limits.GetValueOrDefault(column.Field, FieldLevel.Change)
                      where level != FieldLevel.Hidden
                      select new ExportColumnView(column.Field, column.Zh, column.En, level == FieldLevel.Masked || (masks && list.Find(column.Field)?.Masked == true)),
               ]),
        ]);
    }).Requires(Right.ExportsView).WithName("GetExportResources").Produces<IReadOnlyList<ExportResourceView>>().ProducesProblem(401).ProducesProblem(403);
}
