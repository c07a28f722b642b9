using System.Net;
using Crm.Http;
using Microsoft.AspNetCore.HttpOverrides;

namespace Crm.Host;

/// <summary>
/// Production behind TLS, which a proxy ends or Kestrel itself. <c>Crm:Https</c>: the page is redirected, the API refuses (a token that came in the
/// clear must not go unnoticed), cookies are bound to this host, browsers are told to come by HTTPS only. <c>Crm:Proxies</c>: whose word on the
/// caller's address and scheme is believed, as addresses or networks; nobody's by default.
/// </summary>
internal static class Https
{
    public static void Add(WebApplicationBuilder builder)
    {
        // Uploads raise the limit for themselves; commands have a megabyte.
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 2 << 20;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MaxRequestHeaderCount = 64;
        });
        if (Proxies(builder.Configuration) is { Length: > 0 } proxies)
            builder.Services.Configure<ForwardedHeadersOptions>(o =>
            {
                (o.ForwardedHeaders, o.ForwardLimit) = (ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, null);
                o.KnownProxies.Clear();
                o.KnownIPNetworks.Clear();
                foreach (var proxy in proxies) o.KnownIPNetworks.Add(proxy.Contains('/', StringComparison.Ordinal) ? System.Net.IPNetwork.Parse(proxy) : Single(IPAddress.Parse(proxy)));
            });
    }

    public static void Use(WebApplication app)
    {
        if (Proxies(app.Configuration).Length > 0) app.UseForwardedHeaders();
    }

    /// <summary>Demands HTTPS, except of health and metrics, which are asked from inside.</summary>
    public static void Demand(WebApplication app)
    {
        if (!app.Configuration.GetValue<bool>("Crm:Https")) return;
        var host = Uri.TryCreate(app.Configuration["Crm:PublicUrl"], UriKind.Absolute, out var url) ? url.Authority : null;
        app.Use((http, next) =>
        {
            var (request, path) = (http.Request, http.Request.Path);
            if (request.IsHttps || path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics")) return next(http);
            if (path.StartsWithSegments("/api") || path.StartsWithSegments("/connect") || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)))
                throw new ProblemException(403, "https_required", "请使用 HTTPS。", "Use HTTPS.");
            http.Response.Redirect($"https://{host ?? request.Host.Value}{request.PathBase}{path}{request.QueryString}", permanent: true, preserveMethod: true);
            return Task.CompletedTask;
        });
    }

    private static string[] Proxies(IConfiguration configuration) => configuration.GetSection("Crm:Proxies").Get<string[]>() ?? [];

    private static System.Net.IPNetwork Single(IPAddress address) => new(address, address.GetAddressBytes().Length * 8);
}
