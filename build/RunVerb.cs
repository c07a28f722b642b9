using System.Diagnostics;
using System.Globalization;

namespace Crm.Build;

/// <summary><c>run</c>: sets up what is missing, builds what changed, starts the host and stops it with this program.</summary>
internal static class RunVerb
{
    public static async Task<int> RunAsync(CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        await Tools.CheckAsync(ct);
        var url = HostProcess.FirstUrl();
        HostProcess.RequireFree(url);
        if (HostProcess.Setting("ConnectionStrings__Crm", "").Value is "") await Setup.PostgresAsync(ct);
        await Setup.PagePackagesAsync(ct);
        await Setup.BuildPageAsync(ct);
        await Setup.BuildHostAsync(ct);

        using var host = HostProcess.Start(url, HostProcess.Setting(HostProcess.Urls, url.GetLeftPart(UriPartial.Authority)),
            HostProcess.Setting("Crm__Demo", "true"), HostProcess.Setting("Crm__DataDirectory", Workspace.At(".data")));
        try
        {
            if (await host.IsReadyAsync(ct))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Ready after {clock.Elapsed.TotalSeconds:0.0} s: {url.AbsoluteUri} (Ctrl-C stops everything)"));
            await host.Exit.WaitAsync(ct);
            return host.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await host.StopAsync();
            return 0;
        }
    }
}
