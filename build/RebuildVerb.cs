using System.Diagnostics;

namespace Crm.Build;

/// <summary><c>rebuild</c> and <c>encrypt</c>: work on a database by the host's program without serving; shows how far it is.</summary>
internal static class RebuildVerb
{
    public static async Task<int> RunAsync(string[] command, CancellationToken ct)
    {
        await Tools.CheckAsync(ct);
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("ConnectionStrings__Crm"))) await Setup.PostgresAsync(ct);
        await Setup.BuildHostAsync(ct);

        var start = Tools.Dotnet([Setup.Host, .. command]);
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("Crm__DataDirectory"))) start.Environment["Crm__DataDirectory"] = Workspace.At(".data");
        using var host = Process.Start(start) ?? throw new StepFailedException("The host did not start.");
        // A signal reaches the host as well; it ends by itself and stops its database.
        await host.WaitForExitAsync(CancellationToken.None);
        return host.ExitCode;
    }
}
