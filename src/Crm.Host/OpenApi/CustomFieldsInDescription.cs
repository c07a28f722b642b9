using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Crm.Host;

/// <summary>Describes the organisation's own fields (C14): the description is made for each request, so it has the fields of the moment.</summary>
internal sealed class CustomFieldsInDescription(AccessPictures pictures) : IDocumentAsyncFilter
{
    private static readonly Dictionary<string, string[]> Schemas = new()
    {
        ["customers"] = ["Customer", "RegisterCustomer", "ChangeCustomer"], ["contacts"] = ["Contact", "AddContact", "ChangeContact"],
        ["opportunities"] = ["Opportunity", "OpenOpportunity", "ChangeOpportunity"], ["tickets"] = ["Ticket", "OpenTicket", "ChangeTicket"],
    };

    public async Task ApplyAsync(OpenApiDocument swaggerDoc, DocumentFilterContext context, CancellationToken cancellationToken)
    {
        var settings = (await pictures.CurrentAsync(cancellationToken)).Fields;
        foreach (var (target, names) in Schemas)
        {
            var fields = settings.Of(target);
            if (fields.Count == 0) continue;
            foreach (var name in names)
                if (context.SchemaRepository.Schemas.GetValueOrDefault(name)?.Properties is { } properties && properties.TryGetValue("custom", out var custom) && custom is OpenApiSchema own)
                    own.Properties = fields.ToDictionary(f => f.Key, f => (IOpenApiSchema)Schema(f));
        }
    }

    private static OpenApiSchema Schema(CustomField field)
    {
        var codes = field.Choices.Select(c => (JsonNode)c.Code).ToList();
        var schema = field.Type switch
        {
            CustomFieldType.Number => new OpenApiSchema { Type = JsonSchemaType.Number | JsonSchemaType.Null },
            CustomFieldType.Boolean => new OpenApiSchema { Type = JsonSchemaType.Boolean | JsonSchemaType.Null },
            CustomFieldType.Date => new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Format = "date" },
            CustomFieldType.Reference => new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Format = "uuid" },
            CustomFieldType.Choice => new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Enum = codes },
            CustomFieldType.MultiChoice => new OpenApiSchema { Type = JsonSchemaType.Array | JsonSchemaType.Null, Items = new OpenApiSchema { Type = JsonSchemaType.String, Enum = codes } },
            CustomFieldType.Money => new OpenApiSchema
            {
                Type = JsonSchemaType.Object | JsonSchemaType.Null, Required = new HashSet<string> { "amount", "currency" },
                Properties = new Dictionary<string, IOpenApiSchema> { ["amount"] = new OpenApiSchema { Type = JsonSchemaType.Number }, ["currency"] = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
            _ => new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Pattern = field.Pattern is null ? null : $"^(?:{field.Pattern})$" },
        };
        schema.Title = field.En;
        schema.Description = $"{field.Zh} / {field.En}" + (field.Retired ? "; retired: takes no new values" : field.Required ? "; required where it is visible" : "");
        if (field.Retired) schema.Deprecated = true;
        return schema;
    }
}
