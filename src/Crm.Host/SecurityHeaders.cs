namespace Crm.Host;

/// <summary>
/// What browsers are told about every answer, refusals and failures included: the headers are written when the answer starts, after whoever
/// cleared it.
/// </summary>
internal static class SecurityHeaders
{
    // Ant Design writes style elements and attributes; scripts come from the page's own files alone.
    private const string Page = "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
        + "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // An answer of the API that is opened as a page loads and runs nothing.
    private const string Api = "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // The preview of a file stands in a frame of the page. The browser's own viewer of PDF is an object with a style in it; a document's scripts run in that viewer only.
    private const string Preview = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

    // The API browser brings its own page with an inline script.
    private const string Swagger = "default-src 'self'; object-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

    public static void Use(WebApplication app)
    {
        var https = app.Configuration.GetValue<bool>("Crm:Https");
        app.Use((http, next) =>
        {
            http.Response.OnStarting(() =>
            {
                Write(http, https);
                return Task.CompletedTask;
            });
            return next(http);
        });
    }

    private static void Write(HttpContext http, bool https)
    {
        var path = http.Request.Path;
        var headers = http.Response.Headers;
        var isApi = path.StartsWithSegments("/api") || path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics");
        headers.ContentSecurityPolicy = isApi ? http.Response.ContentType == "application/pdf" && path.Value!.EndsWith("/preview", StringComparison.Ordinal) ? Preview : Api : path.StartsWithSegments("/swagger") ? Swagger : Page;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (https && http.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        // Whatever of the API does not say otherwise is somebody's business and nobody's to keep.
        if (path.StartsWithSegments("/api") && headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
    }
}
