using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Crm.Host;

/// <summary>Describes the parameters of a route that its handler does not name, because the command reads them itself: without them no client can be made of the description.</summary>
internal sealed partial class PathParameters : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        operation.Parameters ??= [];
        var at = 0;
        foreach (Match part in Parts().Matches(context.ApiDescription.RelativePath ?? ""))
        {
            var name = part.Groups[1].Value;
            if (operation.Parameters.Any(p => p.In == ParameterLocation.Path && p.Name == name)) continue;
            operation.Parameters.Insert(at++, new OpenApiParameter
            {
                Name = name, In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = part.Groups[2].Value == ":guid" ? "uuid" : null },
            });
        }
    }

    [GeneratedRegex(@"\{\**([^}:?=]+)(:[^}]*)?\}")]
    private static partial Regex Parts();
}
