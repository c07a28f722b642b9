using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Crm.Host;

/// <summary>The description of the API at <c>/swagger</c> (C14).</summary>
internal static class OpenApi
{
    public static void Add(IServiceCollection services) => services.AddEndpointsApiExplorer().AddSwaggerGen(options =>
    {
        options.SwaggerDoc("v1", new OpenApiInfo
        {
            Title = "CRM API",
            Version = "v1",
            Description = "Customers, opportunities, tickets and figures of an event-sourced CRM. Errors are RFC 9457 problems with stable codes; "
                + "commands take Idempotency-Key and If-Match and answer with ETag and Crm-Sequence; queries take Crm-At-Least, asOf and basis.",
        });
        options.AddSecurityDefinition("bearer", new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.OAuth2,
            Flows = new OpenApiOAuthFlows
            {
                ClientCredentials = new OpenApiOAuthFlow { TokenUrl = new Uri("/connect/token", UriKind.Relative), Scopes = new Dictionary<string, string> { ["api"] = "Use the API" } },
                AuthorizationCode = new OpenApiOAuthFlow
                {
                    AuthorizationUrl = new Uri("/connect/authorize", UriKind.Relative), TokenUrl = new Uri("/connect/token", UriKind.Relative),
                    RefreshUrl = new Uri("/connect/token", UriKind.Relative),
                    Scopes = new Dictionary<string, string> { ["api"] = "Use the API", ["openid"] = "Who the person is", ["profile"] = "The person's names", ["offline_access"] = "Refresh tokens" },
                },
            },
        });
        options.AddSecurityRequirement(document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] });
        options.CustomSchemaIds(SchemaId);
        options.SupportNonNullableReferenceTypes();
        options.UseAllOfToExtendReferenceSchemas();
        options.SchemaFilter<SchemaShape>();
        options.OperationFilter<PathParameters>();
        options.DocumentAsyncFilter<CustomFieldsInDescription>();
        options.MapType<JsonNode>(() => new OpenApiSchema());
        options.MapType<JsonObject>(() => new OpenApiSchema { Type = JsonSchemaType.Object });
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "Crm.*.xml")) options.IncludeXmlComments(file);
    });

    public static void Use(WebApplication app)
    {
        app.UseSwagger();
        app.UseSwaggerUI(ui => ui.SwaggerEndpoint("/swagger/v1/swagger.json", "CRM API v1"));
    }

    private static string SchemaId(Type type) => type.IsGenericType
        ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] + "Of" + string.Join("And", type.GetGenericArguments().Select(SchemaId))
        : type.IsNested ? SchemaId(type.DeclaringType!) + type.Name : type.Name;
}
