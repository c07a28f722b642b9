using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Identity;

/// <summary>A refused request at <c>/connect</c>: the error code of the RFC, and a description that repeats nothing of the request.</summary>
internal sealed class ConnectException(int status, string error, string description) : Exception(description)
{
    public int Status { get; } = status;

    public string Error { get; } = error;

    public static ConnectException InvalidRequest(string description) => new(400, "invalid_request", description);

    public static ConnectException InvalidGrant(string description) => new(400, "invalid_grant", description);

    public static ConnectException InvalidClient() => new(401, "invalid_client", "The client is unknown or did not prove who it is.");
}

/// <summary>A refused request as RFC 6749 §5.2 answers it.</summary>
/// <param name="Error">The code of the RFC.</param>
/// <param name="Description">What is wrong, in English.</param>
internal sealed record ConnectError([property: JsonPropertyName("error")] string Error, [property: JsonPropertyName("error_description")] string Description);

/// <summary>What the endpoints of the authorization server have in common.</summary>
internal static class Connect
{
    /// <summary>Who issues the tokens: <c>Crm:PublicUrl</c>, else the origin the caller knows.</summary>
    public static string Issuer(HttpContext http) => Configured(http) ?? $"{http.Request.Scheme}://{http.Request.Host}";

    /// <summary>The configured issuer, or null where the organisation has not stated one.</summary>
    public static string? Configured(HttpContext http) => http.RequestServices.GetRequiredService<IConfiguration>()["Crm:PublicUrl"]?.TrimEnd('/') is { Length: > 0 } url ? url : null;

    /// <summary>Maps an endpoint that takes a form and answers JSON, by the caller's own credentials; nothing of it is kept by caches.</summary>
    public static RouteHandlerBuilder MapForm(this IEndpointRouteBuilder root, string pattern, string name, Func<HttpContext, ConnectParameters, Task<IResult>> handle) =>
        root.MapPost(pattern, (Delegate)((HttpContext http) => Answer(http, async () => await handle(http, await ConnectParameters.OfFormAsync(http)))))
            .AllowAnonymous().DisableAntiforgery().AllowAnyOrigin().WithName(name).WithTags("connect").Produces<ConnectError>(400).Produces<ConnectError>(401);

    /// <summary>Scripts of any origin may call it: it looks at no cookie (RFC 9700 §4.15 concerns those that do).</summary>
    public static RouteHandlerBuilder AllowAnyOrigin(this RouteHandlerBuilder route) => route.RequireCors(Anybody);

    /// <summary>Runs a request and words what it refuses as RFC 6749 §5.2 says.</summary>
    public static async Task<IResult> Answer(HttpContext http, Func<Task<IResult>> run)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Pragma = "no-cache";
        try
        {
            return await run();
        }
        catch (ConnectException refused)
        {
            if (refused.Status == 401) http.Response.Headers.WWWAuthenticate = "Basic realm=\"crm\"";
            return Results.Json(new ConnectError(refused.Error, refused.Message), statusCode: refused.Status);
        }
    }

    /// <summary>The values of a scope parameter, each once (RFC 6749 §3.3).</summary>
    public static string[] Scopes(string? text) => [.. (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()];

    private static void Anybody(CorsPolicyBuilder policy) => policy.AllowAnyOrigin().AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("WWW-Authenticate");
}

/// <summary>The parameters of a request at <c>/connect</c>; none comes twice (RFC 6749 §3.1, §3.2).</summary>
internal sealed class ConnectParameters
{
    private const int Longest = 10_000;
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    private ConnectParameters(IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> pairs)
    {
        foreach (var (name, value) in pairs)
        {
            if (value.Count > 1) throw ConnectException.InvalidRequest("A parameter comes more than once.");
            var text = value.ToString();
            if (text.Length > Longest || text.Contains('\0', StringComparison.Ordinal)) throw ConnectException.InvalidRequest("A parameter is too long or holds a character that is not allowed.");
            // Without a value it counts as left out.
            if (text.Length > 0) values[name] = text;
        }
    }

    /// <summary>A parameter, or null.</summary>
    public string? this[string name] => values.GetValueOrDefault(name);

    /// <summary>A parameter that must be there.</summary>
    public string Required(string name) => this[name] ?? throw ConnectException.InvalidRequest($"The parameter {name} is missing.");

    public static ConnectParameters OfQuery(HttpContext http) => new(http.Request.Query);

    public static async Task<ConnectParameters> OfFormAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType || http.Request.ContentType!.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            throw ConnectException.InvalidRequest("Send the parameters as application/x-www-form-urlencoded.");
        try
        {
            return new ConnectParameters(await http.Request.ReadFormAsync(http.RequestAborted));
        }
        catch (InvalidDataException)
        {
            throw ConnectException.InvalidRequest("The parameters cannot be read.");
        }
    }
}
