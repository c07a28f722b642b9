using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Crm.Torture.Tests;

/// <summary>A host as a process of its own, which may be killed, frozen and started again at the same address.</summary>
internal sealed partial class Node : IAsyncDisposable
{
    /// <summary>The nodes of a test share it, as those of one installation do.</summary>
    public const string MasterKey = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Server server;
    private readonly string database;
    private readonly string[] extras;
    private readonly Queue<string> output = [];
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromSeconds(10) };
    private Process? process;

    /// <param name="server">Where its database is.</param>
    /// <param name="database">Its name.</param>
    /// <param name="extras">What it has besides the product's, see <see cref="EntryPoint"/>.</param>
    public Node(Server server, string database, params string[] extras)
    {
        (this.server, this.database, this.extras) = (server, database, extras);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
        AppDomain.CurrentDomain.ProcessExit += KillOnExit;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>A proxy between it and the database.</summary>
    public int? DatabasePort { get; init; }

    /// <summary>The database's user, to tell its writes from others'.</summary>
    public (string Name, string Password)? User { get; init; }

    /// <summary>Where its messages go.</summary>
    public Uri? Receiver { get; init; }

    /// <summary>Its process.</summary>
    public Process Process => process!;

    /// <summary>What it said last.</summary>
    public string Output
    {
        get
        {
            lock (output) return string.Join(Environment.NewLine, output);
        }
    }

    /// <summary>Starts it and waits until it serves.</summary>
    public async Task StartAsync()
    {
        // A process may live longer than the moment it is killed in.
        process?.Dispose();
        process = Process.Start(Command()) ?? throw new InvalidOperationException("The host did not start.");
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await Torture.Until("the host serves", IsReadyAsync);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(e.Message + Environment.NewLine + Output, e);
        }
    }

    /// <summary>Whether it serves.</summary>
    public async Task<bool> IsReadyAsync()
    {
        if (process is not { HasExited: false }) throw new InvalidOperationException("The host has ended: " + Output);
        try
        {
            using var answer = await http.GetAsync(new Uri(Address, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return false;
        }
    }

    /// <summary>Kills it without a word.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Freezes it: it keeps its connections and does nothing.</summary>
    public void Freeze() => Signal(SigStop);

    /// <summary>Lets it go on.</summary>
    public void Thaw() => Signal(SigCont);

    /// <summary>What the projections' health check knows.</summary>
    public async Task<JsonObject> ProjectionsAsync()
    {
        using var answer = await http.GetAsync(new Uri(Address, "/health/ready"));
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())?["checks"]?["projections"]?["data"]?.AsObject() ?? [];
    }

    /// <summary>Events that the slowest projection, but for some, is behind; beyond all bounds while it cannot say.</summary>
    public async Task<long> LagAsync(params string[] except) =>
        (await ProjectionsAsync()).Where(p => !except.Contains(p.Key)).Select(p => p.Value is JsonObject o && o["lag"] is { } lag ? lag.GetValue<long>() : 0).DefaultIfEmpty(long.MaxValue).Max();

    /// <summary>Names of the projections it leads.</summary>
    public async Task<HashSet<string>> LeadsAsync() =>
        [.. (await ProjectionsAsync()).Where(p => p.Value is JsonObject o && o["state"]?.ToString() is "running").Select(p => p.Key)];

    /// <summary>The sum of a figure of <c>/metrics</c> over its labels.</summary>
    public async Task<double> FigureAsync(string name)
    {
        var lines = (await http.GetStringAsync(new Uri(Address, "/metrics"))).Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{').ToList();
        return lines is [] ? throw new InvalidOperationException($"/metrics has no {name}.") : lines.Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>A token of the demo's API client, which every node accepts.</summary>
    public async Task<string> TokenAsync() => await TryTokenAsync() ?? throw new InvalidOperationException("No token: " + Output);

    /// <summary>The same, or null while the client is not there yet.</summary>
    public async Task<string?> TryTokenAsync()
    {
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", "demo-integrator"), new("client_secret", "demo-integrator-secret")]);
        using var answer = await http.PostAsync(new Uri(Address, "/connect/token"), form);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonNode>())!["access_token"]!.ToString() : null;
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            Thaw();
            await KillAsync();
        }
        AppDomain.CurrentDomain.ProcessExit -= KillOnExit;
        process?.Dispose();
        http.Dispose();
    }

    /// <summary>A run that is stopped leaves no host behind.</summary>
    private void KillOnExit(object? sender, EventArgs e)
    {
        if (process is { HasExited: false }) process.Kill();
    }

    private ProcessStartInfo Command()
    {
        string[] program = extras is []
            ? [Path.Combine(AppContext.BaseDirectory, "Crm.Host.dll")]
            : [typeof(Node).Assembly.Location, EntryPoint.Node, .. extras];
        var start = new ProcessStartInfo(System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", program)
        {
            WorkingDirectory = AppContext.BaseDirectory, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var connection = new Npgsql.NpgsqlConnectionStringBuilder(server.To(database, DatabasePort));
        if (User is var (name, password)) (connection.Username, connection.Password) = (name, password);
        start.Environment["ConnectionStrings__Crm"] = connection.ConnectionString;
        start.Environment["ASPNETCORE_URLS"] = Address.GetLeftPart(UriPartial.Authority);
        start.Environment["Crm__Demo"] = "true";
        start.Environment["Crm__MasterKey__Value"] = MasterKey;
        start.Environment["Crm__DemoData"] = "false";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        if (Receiver is not null) start.Environment[Messages.Receiver] = Receiver.AbsoluteUri;
        start.Environment["Crm__Http__AllowedHosts__0"] = "127.0.0.1";
        return start;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (output)
        {
            output.Enqueue(line.Data);
            if (output.Count > 200) output.Dequeue();
        }
    }

    private void Signal(int signal) => _ = Kill(process!.Id, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
