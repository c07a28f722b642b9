using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Crm.Build;

/// <summary>A host that runs for as long as this program does.</summary>
internal sealed partial class HostProcess : IDisposable
{
    /// <summary>Environment variable with the addresses a host listens on.</summary>
    public const string Urls = "ASPNETCORE_URLS";

    private const int SigTerm = 15;
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(60);

    private readonly Process process;

    private HostProcess(Process process, Uri url) => (this.process, Url, Exit) = (process, url, process.WaitForExitAsync(CancellationToken.None));

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Its number.</summary>
    public int Id => process.Id;

    /// <summary>Ends when the host does.</summary>
    public Task Exit { get; }

    /// <summary>How it ended.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Starts a host that is reached at an address, with settings beside those of the environment.</summary>
    public static HostProcess Start(Uri url, params (string Name, string Value)[] settings)
    {
        var start = Tools.Dotnet(Setup.Host);
        foreach (var (name, value) in settings) start.Environment[name] = value;
        return new(Process.Start(start) ?? throw new StepFailedException("The host did not start."), url);
    }

    /// <summary>A setting of the environment, or what stands for it.</summary>
    public static (string Name, string Value) Setting(string name, string otherwise) =>
        (name, Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? given : otherwise);

    /// <summary>The first of the addresses the environment names, in the spellings that Kestrel knows.</summary>
    public static Uri FirstUrl()
    {
        var urls = Setting(Urls, "http://127.0.0.1:5080").Value;
        var first = urls.Split(';')[0].Replace("://*", "://127.0.0.1", StringComparison.Ordinal).Replace("://+", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal).Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal);
        return Uri.TryCreate(first, UriKind.Absolute, out var url) ? url : throw new StepFailedException($"{Urls} is not an address: {urls}");
    }

    /// <summary>Insists that nobody listens there.</summary>
    public static void RequireFree(Uri url)
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

    /// <summary>Waits until it serves; false if it ended before.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var waited = 0; !Exit.IsCompleted; waited++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Url, "/health/ready"), ct);
                if (answer.IsSuccessStatusCode) return true;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
            {
                // Not listening yet.
            }
            if (waited % 40 == 39) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   still starting ({waited / 4 + 1} s) …"));
            await Task.WhenAny(Exit, Task.Delay(TimeSpan.FromMilliseconds(250), ct));
            ct.ThrowIfCancellationRequested();
        }
        return false;
    }

    /// <summary>The host closes its connections, and stops the PostgreSQL it started; only then is this done.</summary>
    /// <exception cref="StepFailedException">It did not, and was ended.</exception>
    public async Task StopAsync()
    {
        // The terminal has told the host as well; a signal sent to this program alone has not. Twice does no harm.
        if (!OperatingSystem.IsWindows() && !process.HasExited) _ = Kill(process.Id, SigTerm);
        if (await Task.WhenAny(Exit, Task.Delay(LongestStop)) == Exit) return;

        process.Kill(entireProcessTree: true);
        throw new StepFailedException("The host did not stop and was ended.");
    }

    /// <summary>Ends it at once if it still runs.</summary>
    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
