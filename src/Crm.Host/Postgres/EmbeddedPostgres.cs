using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Npgsql;

namespace Crm.Host;

/// <summary>
/// A PostgreSQL server that belongs to this process: for development, demonstration and tests. It listens on the loopback address only,
/// on a port of its own, behind a random password; data survives restarts, and what a killed process left behind is cleared at the next start.
/// </summary>
internal sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string Superuser = "postgres";

    private readonly PostgresHome _home;
    private readonly PostgresBinaries _binaries;
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _stopped;

    private EmbeddedPostgres(PostgresHome home, PostgresBinaries binaries) => (_home, _binaries) = (home, binaries);

    /// <summary>Connection string of the options' database, with the rights to create others.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Version of the running server.</summary>
    public Version Version => _binaries.Version;

    /// <summary>Process id of the server's main process.</summary>
    public int ProcessId => PidFile() is { } running ? running.ProcessId : throw new InvalidOperationException("The server is not running.");

    /// <summary>Starts the server, creating the cluster and the database on the first start.</summary>
    /// <exception cref="InvalidOperationException">No server programs, the data is in use by another host, or the server does not start; the message says which.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, CancellationToken ct = default)
    {
        var home = await PostgresHome.OpenAsync(options, ct);
        try
        {
            var binaries = await PostgresBinaries.FindAsync(options.Binaries, home.Major, home.Account, ct);
            var server = new EmbeddedPostgres(home, binaries);
            if (home.Major is null) await server.InitializeAsync(options, ct);
            server.StopWithProcess();
            try
            {
                var port = await server.LaunchAsync(options, ct);
                await server.PrepareAsync(options, port, ct);
                options.Report($"PostgreSQL {binaries.Version} is running on 127.0.0.1:{port}, data in {home.Path}.");
                return server;
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
        catch
        {
            home.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server of a directory if its owner was killed, and deletes the directory; one that is in use is left alone.</summary>
    public static async Task RemoveAsync(string home, CancellationToken ct)
    {
        var options = new EmbeddedPostgresOptions(home) { Patience = TimeSpan.Zero };
        try
        {
            using var opened = await PostgresHome.OpenAsync(options, ct);
            if (opened.Major is { } major)
                await new EmbeddedPostgres(opened, await PostgresBinaries.FindAsync(null, major, opened.Account, ct)).ClearLeftoverAsync(options, ct);
            PostgresHome.Delete(home);
        }
        catch (Exception e) when (e is InvalidOperationException or UnauthorizedAccessException)
        {
            // Of another user or of a run that still needs it.
        }
    }

    /// <summary>Stops the server, ending its connections, and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1) return;
        if (PidFile() is not null) await ControlAsync(CancellationToken.None, "stop", "-m", "fast", "-t", "60");
        AppDomain.CurrentDomain.ProcessExit -= StopOnExit;
        _signals.ForEach(signal => signal.Dispose());
        _home.Dispose();
    }

    private async Task InitializeAsync(EmbeddedPostgresOptions options, CancellationToken ct)
    {
        options.Report($"Creating a PostgreSQL {_binaries.Version} database in {_home.Path}.");
        // Created beside and renamed when complete: a start that was interrupted here leaves no half cluster.
        var unfinished = _home.Data + ".new";
        var complaints = "";
        foreach (var locale in Locales())
        {
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
            List<string> arguments =
            [
                "-D", unfinished, "-U", Superuser, $"--pwfile={_home.PasswordFile}", "--auth=scram-sha-256", "--encoding=UTF8", $"--locale={locale}", "--no-instructions",
            ];
            if (_binaries.Version.Major >= 17) arguments.AddRange(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
            if (!options.Durable) arguments.Add("--no-sync");
            var (exitCode, output) = await _home.Account.RunAsync(_home.Path, _binaries.Program("initdb"), arguments, ct);
            if (exitCode == 0)
            {
                await File.AppendAllTextAsync(Path.Combine(unfinished, "postgresql.conf"), "\ninclude 'crm.conf'\n", ct);
                Directory.Move(unfinished, _home.Data);
                return;
            }
            complaints = output;
        }
        throw new InvalidOperationException($"PostgreSQL could not create its data in {_home.Path}: {complaints.Trim()}");
    }

    /// <summary>
    /// Character classes for trigrams come from the operating system's locale; under plain C there are none for Chinese, silently.
    /// Windows classifies UTF-8 the same way in any locale but C.
    /// </summary>
    private static string[] Locales() =>
        OperatingSystem.IsWindows() ? ["en-US", "English_United States.1252"]
        : OperatingSystem.IsMacOS() ? ["en_US.UTF-8", "C.UTF-8"]
        : ["C.UTF-8", "en_US.UTF-8"];

    private async Task<int> LaunchAsync(EmbeddedPostgresOptions options, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            await ClearLeftoverAsync(options, ct);
            File.Delete(_home.Log);
            var port = FreePort();
            await File.WriteAllTextAsync(Path.Combine(_home.Data, "crm.conf"), Settings(port, options.Durable), ct);
            await _home.Account.OwnAsync(_home.Data, ct);
            if (await ControlAsync(ct, "start", "-l", _home.Log, "-t", "600") == 0) return port;

            // The port may be gone since it was found, and children of a killed server take a moment to notice and leave.
            if (attempt == 10) throw new InvalidOperationException($"PostgreSQL did not start on the data in {_home.Path}. Its log ends: {Tail(_home.Log)}");
            await Task.Delay(TimeSpan.FromSeconds(1), ct);
        }
    }

    private static string Settings(int port, bool durable) =>
        string.Create(CultureInfo.InvariantCulture, $"""
            # Written at every start.
            listen_addresses = '127.0.0.1'
            port = {port}
            unix_socket_directories = ''
            max_connections = {(durable ? 200 : 500)}
            timezone = 'UTC'
            # Statements and details carry personal data: the log gets neither.
            log_min_error_statement = panic
            log_error_verbosity = terse
            fsync = {(durable ? "on" : "off")}
            full_page_writes = {(durable ? "on" : "off")}

            """);

    /// <summary>
    /// The lock file of the last server may name three things: nothing alive (the server sorts that out itself), our own server that outlived
    /// a killed host (stopped), or, after a reboot, a stranger with the same number, which would keep the server from starting.
    /// </summary>
    private async Task ClearLeftoverAsync(EmbeddedPostgresOptions options, CancellationToken ct)
    {
        for (var attempt = 0; PidFile() is { } leftover && NameOf(leftover.ProcessId) is { } name; attempt++)
        {
            var answer = await AskAsync(leftover.Port, ct);
            if (answer == Answer.Ours)
            {
                options.Report($"Stopping the PostgreSQL server (process {leftover.ProcessId}) that an earlier start left running.");
                await ControlAsync(ct, "stop", "-m", "fast", "-t", "60");
                return;
            }
            // A server that has the lock but no port yet, or that is still recovering, gets its time.
            var patience = answer == Answer.Starting ? 300 : name.StartsWith("postgres", StringComparison.OrdinalIgnoreCase) ? 5 : 0;
            if (attempt >= patience) break;
            await Task.Delay(TimeSpan.FromMilliseconds(200), ct);
        }
        if (PidFile() is not { } stale || NameOf(stale.ProcessId) is null) return;

        // The server ignores its parent's number and still checks the shared memory named below it, so a live one is never run over.
        var lines = await File.ReadAllLinesAsync(PidFilePath, ct);
        lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(PidFilePath, lines, ct);
    }

    private enum Answer { Ours, Starting, None }

    private async Task<Answer> AskAsync(int port, CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(Connection(port, Superuser, pooled: false));
            await connection.OpenAsync(ct);
            return Answer.Ours; // nobody else knows the password
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow)
        {
            return Answer.Starting;
        }
        catch (NpgsqlException)
        {
            return Answer.None;
        }
    }

    private async Task PrepareAsync(EmbeddedPostgresOptions options, int port, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(Connection(port, Superuser, pooled: false));
        await connection.OpenAsync(ct);
        await using (var probe = new NpgsqlCommand("create extension if not exists pg_trgm; select show_trgm('张三') <> '{}'", connection))
            if (await probe.ExecuteScalarAsync(ct) is not true)
                throw new InvalidOperationException("PostgreSQL finds no trigrams in Chinese text: the system has no UTF-8 locale (C.UTF-8 or en_US.UTF-8). Install one and delete the data directory.");

        await using (var find = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = options.Database } } })
            if (await find.ExecuteScalarAsync(ct) is null)
            {
                await using var create = new NpgsqlCommand($"create database \"{options.Database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
                await create.ExecuteNonQueryAsync(ct);
            }
        ConnectionString = Connection(port, options.Database, pooled: true);
    }

    private string Connection(int port, string database, bool pooled) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = Superuser,
        Password = File.ReadAllText(_home.PasswordFile),
        Database = database,
        Pooling = pooled,
    }.ConnectionString;

    /// <summary>
    /// pg_ctl starts the server in a session of its own, so Ctrl-C in the terminal does not reach it before the host has finished; on Windows
    /// it sheds administrator rights, which the server refuses.
    /// </summary>
    private async Task<int> ControlAsync(CancellationToken ct, params string[] arguments)
    {
        using var control = StartControl(arguments);
        await control.WaitForExitAsync(ct);
        return control.ExitCode;
    }

    private Process StartControl(string[] arguments)
    {
        var start = _home.Account.Command(_home.Path, _binaries.Program("pg_ctl"), [.. arguments, "-D", _home.Data, "-w", "-s"]);
        // Its complaints repeat the server's log. On Windows a redirected handle would be inherited by the server and never reach its end.
        start.RedirectStandardError = !OperatingSystem.IsWindows();
        return Process.Start(start) ?? throw new InvalidOperationException("pg_ctl did not start.");
    }

    /// <summary>
    /// Covers the ways a process ends without disposing: a signal before the host listens for them, the terminal closing, Environment.Exit.
    /// Handlers registered later run first; one that cancels the signal (the host's) will dispose this object in good order.
    /// </summary>
    private void StopWithProcess()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP })
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                if (!context.Cancel) StopNow();
            }));
        AppDomain.CurrentDomain.ProcessExit += StopOnExit;
    }

    private void StopOnExit(object? sender, EventArgs e) => StopNow();

    private void StopNow()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1 || PidFile() is null) return;
        using var control = StartControl(["stop", "-m", "fast", "-t", "30"]);
        control.WaitForExit();
    }

    private string PidFilePath => Path.Combine(_home.Data, "postmaster.pid");

    /// <summary>First and fourth line of the server's lock file; null when there is none, or when it carries our own number (see above).</summary>
    private (int ProcessId, int Port)? PidFile()
    {
        try
        {
            var lines = File.ReadAllLines(PidFilePath);
            return lines.Length > 3 && int.TryParse(lines[0], out var id) && int.TryParse(lines[3], out var port)
                && id != Environment.ProcessId ? (id, port) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string? NameOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.ProcessName;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Tail(string log) => File.Exists(log) ? string.Join(Environment.NewLine, File.ReadLines(log).TakeLast(10)) : "(no log)";
}
