using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Imports;

/// <summary>A kind of record that can be imported. <c>ExternalKeys</c> tells whether columns can become <c>externalKeys.…</c>, <c>MatchKeys</c> by what rows can find records.</summary>
internal sealed record TargetView(string Target, string Name, string NameEn, bool CustomFields, IReadOnlyList<FieldView> Fields, bool ExternalKeys, IReadOnlyList<string> MatchKeys);

/// <summary>A field that a column can be mapped to. <c>ReferenceTo</c> is the kind of record that cells may name by id, number or name.</summary>
internal sealed record FieldView(string Code, string Name, string NameEn, bool Required, ImportFieldType Type, IReadOnlyList<string> Choices, string? ReferenceTo);

/// <summary><c>GET targets</c>: what the caller may import, with the fields of each.</summary>
internal static class ImportTargetsFeature
{
    public static void Map(IEndpointRouteBuilder imports) =>
        imports.MapGet("targets", (HttpContext http, TargetCatalogue targets) => Results.Ok<IReadOnlyList<TargetView>>(
        [
            .. from target in targets.All
               where Access.Of(http).May(Right.Create(target.Code)) && Access.Of(http).May(Right.Change(target.Code))
               select new TargetView(target.Code, target.Name, target.NameEn, target.HasCustomFields,
                   [.. target.Fields.Select(f => new FieldView(f.Code, f.Name, f.NameEn, f.Required, f.Type, [.. f.Choices.Keys], f.ReferenceTo))], target.HasExternalKeys, target.MatchKeys),
        ])).Requires(Right.View("imports")).WithName("GetImportTargets").Produces<IReadOnlyList<TargetView>>().ProducesProblem(401).ProducesProblem(403);
}
