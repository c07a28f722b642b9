using System.Diagnostics;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>Independent implementations of OAuth 2 and OpenID Connect go through every flow; the packages are installed by the build program.</summary>
public sealed class clients_that_others_wrote(CrmApp app) : IClassFixture<CrmApp>
{
    [Theory]
    [InlineData("openid-client.mjs")]
    [InlineData("oauth4webapi.mjs")]
    public async Task understand_the_authorization_server(string script)
    {
        var folder = Path.Combine(Root(), "tests", "Crm.Identity.Tests", "outsiders");
        Directory.Exists(Path.Combine(folder, "node_modules")).ShouldBeTrue("Run `npm ci` in tests/Crm.Identity.Tests/outsiders, or the tests by `dotnet run --project build test`.");
        using var node = new Process();
        node.StartInfo = new ProcessStartInfo("node", [script]) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true };
        node.StartInfo.Environment["CRM_ISSUER"] = app.Address.ToString().TrimEnd('/');
        node.Start();
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        node.ExitCode.ShouldBe(0, await errors);
        (await output).ShouldContain("done");
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the source tree.");
    }
}
