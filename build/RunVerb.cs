using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Crm.Build;

/// <summary><c>run</c>: sets up what is missing, builds what changed, starts the host and stops it with this program.</summary>
internal static partial class RunVerb
{
    private const string Urls = "ASPNETCORE_URLS";
    private const int SigTerm = 15;
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        await Tools.CheckAsync(ct);
        var url = FirstUrl(Environment.GetEnvironmentVariable(Urls) ?? "http://127.0.0.1:5080");
        RequireFree(url);
        if (!IsSet("ConnectionStrings__Crm")) await Setup.PostgresAsync(ct);
        await Setup.PagePackagesAsync(ct);
        await Setup.BuildPageAsync(ct);
        await Setup.BuildHostAsync(ct);

        using var host = StartHost(url);
        var exit = host.WaitForExitAsync(CancellationToken.None);
        try
        {
            if (await IsReadyAsync(url, exit, ct))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Ready after {clock.Elapsed.TotalSeconds:0.0} s: {url.AbsoluteUri} (Ctrl-C stops everything)"));
            await exit.WaitAsync(ct);
            return host.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return await StopAsync(host, exit);
        }
    }

    private static Process StartHost(Uri url)
    {
        var start = Tools.Dotnet(Setup.Host);
        Default(Urls, url.GetLeftPart(UriPartial.Authority));
        Default("Crm__Demo", "true");
        Default("Crm__DataDirectory", Workspace.At(".data"));
        return Process.Start(start) ?? throw new StepFailedException("The host did not start.");

        void Default(string name, string value)
        {
            if (!IsSet(name)) start.Environment[name] = value;
        }
    }

    private static async Task<bool> IsReadyAsync(Uri url, Task exit, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var waited = 0; !exit.IsCompleted; waited++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(url, "/health/ready"), ct);
                if (answer.IsSuccessStatusCode) return true;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
            {
                // Not listening yet.
            }
            if (waited % 40 == 39) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   still starting ({waited / 4 + 1} s) …"));
            await Task.WhenAny(exit, Task.Delay(TimeSpan.FromMilliseconds(250), ct));
            ct.ThrowIfCancellationRequested();
        }
        return false;
    }

    /// <summary>The host closes its connections and stops PostgreSQL; only then is this program done.</summary>
    private static async Task<int> StopAsync(Process host, Task exit)
    {
        // The terminal has told the host as well; a signal sent to this program alone has not. Twice does no harm.
        if (!OperatingSystem.IsWindows() && !host.HasExited) _ = Kill(host.Id, SigTerm);
        if (await Task.WhenAny(exit, Task.Delay(LongestStop)) == exit) return 0;

        host.Kill(entireProcessTree: true);
        throw new StepFailedException("The host did not stop and was ended.");
    }

    private static Uri FirstUrl(string urls)
    {
        // Any address, in the spellings that Kestrel knows.
        var first = urls.Split(';')[0].Replace("://*", "://127.0.0.1", StringComparison.Ordinal).Replace("://+", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal).Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal);
        return Uri.TryCreate(first, UriKind.Absolute, out var url) ? url : throw new StepFailedException($"{Urls} is not an address: {urls}");
    }

    private static void RequireFree(Uri url)
    {
        if (!IPAddress.TryParse(url.DnsSafeHost, out var address)) address = IPAddress.Loopback;
        try
        {
            using var listener = new TcpListener(address, url.Port);
            listener.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new StepFailedException($"{url.Authority} is in use. Stop the program that listens there, or set {Urls} to another address.");
        }
    }

    private static bool IsSet(string name) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
