using Crm.Http;
using Crm.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Crm.Architecture.Tests;

public sealed class guarded_routes(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly string[] Open =
    [
        "POST /api/v1/session", "GET /api/v1/session", "DELETE /api/v1/session", "POST /api/v1/session/external", "POST /api/v1/password", "POST /api/v1/password/forgotten",
        // Signing out at an application's wish: the request is protected, and who is signed out already only goes on.
        "POST /api/v1/session/end-request",
        "POST /api/v1/public/tickets", "GET /api/v1/public/tickets/{token}", "POST /api/v1/public/tickets/{token}/rate",
    ];

    // About the caller's own account and nobody else's: they demand no right but a session of the page, which no token is.
    private static readonly string[] Own =
    [
        "GET /api/v1/account", "POST /api/v1/account/password", "POST /api/v1/account/second-factor", "POST /api/v1/account/second-factor/confirm",
        "POST /api/v1/account/second-factor/recovery-codes", "POST /api/v1/account/second-factor/disable", "GET /api/v1/account/sessions", "DELETE /api/v1/account/sessions",
        "DELETE /api/v1/account/sessions/{id:guid}", "GET /api/v1/account/sign-ins",
        "GET /api/v1/account/external-logins", "POST /api/v1/account/external-logins", "POST /api/v1/account/external-logins/confirm", "DELETE /api/v1/account/external-logins/{provider}",
        "POST /api/v1/authorizations/request", "POST /api/v1/authorizations/answer", "GET /api/v1/authorizations", "DELETE /api/v1/authorizations/{clientId}",
        "POST /api/v1/personal-tokens", "GET /api/v1/personal-tokens", "DELETE /api/v1/personal-tokens/{id:guid}",
    ];

    private IEnumerable<(string Name, RouteEndpoint Endpoint)> Api() =>
        from endpoint in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/')
        where pattern.StartsWith("/api/", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]
        select ($"{method} {pattern}", endpoint);

    [Fact]
    public void every_route_demands_a_right_or_is_one_of_the_few_that_are_open()
    {
        var all = Api().ToList();
        all.Count.ShouldBeGreaterThan(40);
        foreach (var (name, endpoint) in all)
        {
            if (Open.Contains(name)) endpoint.Metadata.GetMetadata<IAllowAnonymous>().ShouldNotBeNull(name);
            else if (Own.Contains(name))
            {
                endpoint.Metadata.ShouldContain(m => m.GetType().Name == "OwnAccount", name);
                endpoint.Metadata.GetOrderedMetadata<AuthorizationPolicy>().SelectMany(p => p.Requirements).ShouldContain(r => r is AssertionRequirement, name);
                endpoint.Metadata.GetMetadata<IAllowAnonymous>().ShouldBeNull(name);
            }
            else
            {
                endpoint.Metadata.GetMetadata<Right>().ShouldNotBeNull($"{name} demands no right");
                Right.All.ShouldContain(endpoint.Metadata.GetMetadata<Right>()!, $"{name} demands a right nobody has");
                endpoint.Metadata.GetMetadata<IAllowAnonymous>().ShouldBeNull(name);
            }
        }
    }

    [Fact]
    public void every_record_says_who_is_responsible_for_it()
    {
        var registered = app.Services.GetRequiredService<IServiceProviderIsService>();
        foreach (var resource in Source.Modules.Append("Imports").SelectMany(m => Source.Assembly(m).GetTypes()).Where(t => t.BaseType is { IsGenericType: true } b && b.GetGenericTypeDefinition() == typeof(Resource<>)))
        {
            registered.IsService(resource.BaseType!).ShouldBeTrue($"{resource} is not registered");
            var instance = app.Services.GetRequiredService(resource.BaseType!);
            var name = (string)resource.GetProperty("Name")!.GetValue(instance)!;
            // Rights reach as far as ownership can be told; where it cannot, a right is good for everything: as for saved mappings, which hold no rows and are there for whoever imports.
            if (resource.Name == "ImportMappingResource") continue;
            (resource.GetProperty("Ownership")!.GetValue(instance) is not null).ShouldBe(BuiltInRoles.Scoped.Contains(name), name);
        }
    }

    [Fact]
    public async Task without_a_caller_every_other_route_answers_401()
    {
        foreach (var (name, _) in Api().Where(r => !Open.Contains(r.Name)))
        {
            var (method, path) = (name.Split(' ')[0], name.Split(' ')[1]);
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(app.Address, System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]*\}", "01a20017-0450-73fd-9512-2414184a54bc")));
            using var http = new HttpClient();
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            ((int)answer.StatusCode).ShouldBe(401, name);
        }
    }

    [Fact]
    public void every_route_has_a_name_and_describes_its_problems()
    {
        var names = new HashSet<string>();
        foreach (var (name, endpoint) in Api())
        {
            var endpointName = endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName;
            endpointName.ShouldNotBeNull($"{name} has no name");
            names.Add(endpointName);
            if (!Open.Contains(name)) endpoint.Metadata.OfType<IProducesResponseTypeMetadata>().ShouldContain(p => p.StatusCode >= 400, name);
        }
    }
}
