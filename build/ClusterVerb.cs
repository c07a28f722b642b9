using System.Globalization;
using System.Runtime.InteropServices;
using Crm.Host;
using Npgsql;

namespace Crm.Build;

/// <summary><c>cluster [n]</c>: n hosts on one database, on ports one after the other. Each can be killed and the others go on.</summary>
internal static class ClusterVerb
{
    private const int MostHosts = 9;
    private const string Database = "ConnectionStrings__Crm";

    // Of the 200 the server allows: operators and the hosts' own start need some too.
    private const int Connections = 180;

    public static async Task<int> RunAsync(string hosts, CancellationToken ct)
    {
        if (!int.TryParse(hosts, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > MostHosts)
            throw new StepFailedException($"cluster takes the number of hosts, 1 to {MostHosts}: {hosts}");
        await Tools.CheckAsync(ct);
        var first = HostProcess.FirstUrl();
        var urls = Enumerable.Range(0, count).Select(i => new UriBuilder(first) { Port = first.Port + i }.Uri).ToList();
        urls.ForEach(HostProcess.RequireFree);
        var given = HostProcess.Setting(Database, "").Value;
        if (given is "") await Setup.PostgresAsync(ct);
        await Setup.PagePackagesAsync(ct);
        await Setup.BuildPageAsync(ct);
        await Setup.BuildHostAsync(ct);

        await using var postgres = given is "" ? await StartPostgresAsync(ct) : null;
        // The server would stop with the signal itself, before the hosts that use it: whoever registers last is asked first.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        var database = new NpgsqlConnectionStringBuilder(postgres?.ConnectionString ?? given);
        if (given is "") database.MaxPoolSize = Connections / count;
        return await RunHostsAsync(urls, database.ConnectionString, ct);
    }

    /// <summary>The server of the verb run, in the same place.</summary>
    private static Task<EmbeddedPostgres> StartPostgresAsync(CancellationToken ct) =>
        EmbeddedPostgres.StartAsync(new(Path.Combine(Path.GetFullPath(HostProcess.Setting("Crm__DataDirectory", Workspace.At(".data")).Value), "postgres"))
        {
            Binaries = Environment.GetEnvironmentVariable("Crm__PostgresBinaries"),
            Report = Console.WriteLine,
        }, ct);

    private static async Task<int> RunHostsAsync(List<Uri> urls, string database, CancellationToken ct)
    {
        var hosts = new List<HostProcess>();
        try
        {
            foreach (var url in urls)
            {
                // The first migrates, makes the accounts and fills the demo organisation; the others find it done.
                var host = HostProcess.Start(url, (HostProcess.Urls, url.GetLeftPart(UriPartial.Authority)), (Database, database), HostProcess.Setting("Crm__Demo", "true"),
                    hosts is [] ? HostProcess.Setting("Crm__DemoData", "true") : ("Crm__DemoData", "false"));
                hosts.Add(host);
                if (!await host.IsReadyAsync(ct)) throw new StepFailedException($"The host at {url} did not start.");
            }
            Console.WriteLine($"Ready, {hosts.Count} hosts on one database (Ctrl-C stops everything):");
            foreach (var host in hosts) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   {host.Url}   process {host.Id}"));
            await WatchAsync([.. hosts], ct);
            Console.Error.WriteLine("No host is left.");
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(hosts.Select(host => host.StopAsync()));
            return 0;
        }
        finally
        {
            hosts.ForEach(host => host.Dispose());
        }
    }

    /// <summary>Tells of each host that ends; done when none is left.</summary>
    private static async Task WatchAsync(List<HostProcess> running, CancellationToken ct)
    {
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running.Select(host => host.Exit)).WaitAsync(ct);
            // A terminal stops the hosts together with this program.
            ct.ThrowIfCancellationRequested();
            foreach (var host in running.FindAll(host => host.Exit == ended))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The host at {host.Url} has ended with exit code {host.ExitCode}; {running.Count - 1} left."));
                running.Remove(host);
            }
        }
    }
}
