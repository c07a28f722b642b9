using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Crm.Testing;

/// <summary>
/// A provider of identities outside (the npm package <c>oidc-provider</c>, which the build program installs) on a free port. Under another name than the
/// application, so that a browser takes it for another site.
/// </summary>
public sealed partial class OutsideProvider : IAsyncLifetime
{
    private readonly Process node = new();

    /// <summary>Its issuer.</summary>
    public string Issuer { get; private set; } = "";

    /// <summary>What an application is started with to know it as <c>sso</c>, with further settings of it.</summary>
    public IReadOnlyList<string> Settings(params string[] more) =>
    [
        "--Crm:Oidc:0:Name=sso", "--Crm:Oidc:0:DisplayName=统一身份", $"--Crm:Oidc:0:Authority={Issuer}", "--Crm:Oidc:0:ClientId=crm", "--Crm:Oidc:0:ClientSecret=a secret between us",
        .. more.Select(m => "--Crm:Oidc:0:" + m),
    ];

    /// <summary>Starts it.</summary>
    public async ValueTask InitializeAsync()
    {
        var folder = Path.Combine(Root(), "tests", "Crm.Identity.Tests", "outsiders");
        if (!Directory.Exists(Path.Combine(folder, "node_modules"))) throw new InvalidOperationException("Run `npm ci` in tests/Crm.Identity.Tests/outsiders, or the tests by `dotnet run --project build test`.");
        node.StartInfo = new ProcessStartInfo("node", ["provider.mjs"]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        node.ErrorDataReceived += (_, _) => { };
        node.Start();
        node.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (!Issuer.StartsWith("http", StringComparison.Ordinal)) Issuer = await node.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The provider did not start.");
    }

    /// <summary>Signs somebody in at the address an application sends the browser to; answers the address it is sent back to.</summary>
    public async Task<Uri> SignInAsync(Uri authorize, string subject)
    {
        using var browser = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false });
        var (address, form) = (authorize, (Dictionary<string, string>?)null);
        for (var hops = 0; hops < 20; hops++)
        {
            using var content = form is null ? null : new FormUrlEncodedContent(form);
            using var answer = content is null ? await browser.GetAsync(address) : await browser.PostAsync(address, content);
            form = null;
            if (answer.Headers.Location is { } next)
            {
                address = new Uri(address, next);
                if (!address.ToString().StartsWith(Issuer, StringComparison.Ordinal)) return address;
                continue;
            }
            var page = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode || Prompt().Match(page) is not { Success: true } prompt) throw new InvalidOperationException($"The provider answers {answer.StatusCode}: {page}");
            address = new Uri(address, WebUtility.HtmlDecode(Target().Match(page).Groups[1].Value));
            form = new() { ["prompt"] = prompt.Groups[1].Value, ["login"] = subject, ["password"] = "any" };
        }
        throw new InvalidOperationException("The provider sends the browser in circles.");
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        node.StandardInput.Close();
        await node.WaitForExitAsync();
        node.Dispose();
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the source tree.");
    }

    [GeneratedRegex("name=\"prompt\" value=\"([a-z]+)\"")]
    private static partial Regex Prompt();

    [GeneratedRegex("<form[^>]*action=\"([^\"]+)\"")]
    private static partial Regex Target();
}
