using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.FileProviders;

namespace Crm.Host;

/// <summary>Serves the separately built page.</summary>
internal static class WebPage
{
    /// <summary>Compresses the page's own files. Answers of the API hold secrets beside what callers choose, so over TLS they stay as they are (BREACH).</summary>
    public static void AddCompression(IServiceCollection services) => services
        .AddResponseCompression(options => (options.EnableForHttps, options.MimeTypes) = (true, ["text/javascript", "text/css", "text/html", "image/svg+xml"]))
        .Configure<BrotliCompressionProviderOptions>(options => options.Level = CompressionLevel.Optimal)
        .Configure<GzipCompressionProviderOptions>(options => options.Level = CompressionLevel.Optimal);

    /// <summary>Serves the page's files; any other address outside the API is the page itself.</summary>
    public static void Use(WebApplication app)
    {
        if (Find(app) is not { } root)
        {
            app.Logger.LogInformation("The page is not built; only the API is served.");
            return;
        }
        var files = new PhysicalFileProvider(root);
        app.UseResponseCompression();
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            // Built files carry a hash in their names; the page that names them must be asked for anew.
            OnPrepareResponse = c => c.Context.Response.Headers.CacheControl = c.Context.Request.Path.StartsWithSegments("/assets") ? "public, max-age=31536000, immutable" : "no-cache",
        });
        // Not a route: as one it would also catch what the API's own routes refuse, such as a wrong content type.
        app.Use(async (http, next) =>
        {
            var path = http.Request.Path;
            if (http.GetEndpoint() is not null || !HttpMethods.IsGet(http.Request.Method) || Path.HasExtension(path) || path.StartsWithSegments("/api") || path.StartsWithSegments("/connect"))
            {
                await next(http);
                return;
            }
            http.Response.Headers.CacheControl = "no-cache";
            http.Response.ContentType = "text/html; charset=utf-8";
            await http.Response.SendFileAsync(files.GetFileInfo("index.html"), http.RequestAborted);
        });
    }

    /// <summary>The folder of <c>Crm__WebRoot</c>, else <c>wwwroot</c> beside the program, else <c>web/dist</c> of the source tree.</summary>
    private static string? Find(WebApplication app)
    {
        if (app.Configuration["Crm:WebRoot"] is { Length: > 0 } configured) return Path.GetFullPath(configured);
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot", "index.html"))) return Path.Combine(AppContext.BaseDirectory, "wwwroot");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln")))
                return File.Exists(Path.Combine(folder.FullName, "web", "dist", "index.html")) ? Path.Combine(folder.FullName, "web", "dist") : null;
        return null;
    }
}
