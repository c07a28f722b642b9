using Crm.Host;

namespace Crm.Build;

/// <summary>
/// <c>test [filter]</c>: what must hold, on a machine that has only the SDK and Node. Tests of category <c>Long</c> run with <c>CRM_MEASURE=1</c> only. With a filter only the
/// tests whose full name contains it run, without the checks.
/// </summary>
internal sealed class TestVerb(string? filter)
{
    private const string BrowserTests = "Crm.EndToEnd.Tests";

    /// <summary>Whether the tests that take long are run as well; a filter that names one runs it in any case.</summary>
    private static bool Everything => Environment.GetEnvironmentVariable("CRM_MEASURE") is { Length: > 0 };

    private readonly string _results = Workspace.At("tests", "artifacts", "results");
    private readonly List<string> _broken = [];
    private readonly List<string> _failed = [];
    private Tally _tally = Tally.Nothing;

    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!await GuardAsync("what the machine must have", () => Tools.CheckAsync(ct))) return Report();
        if (Directory.Exists(_results)) Directory.Delete(_results, recursive: true);
        Directory.CreateDirectory(_results);

        await GuardAsync("the set-up of PostgreSQL", () => Setup.PostgresAsync(ct));
        // Packages are waited for; the compiler is not idle meanwhile.
        var packages = PackagesAsync(ct);
        var restored = await CheckAsync("Restoring packages", () => Step.TryAsync("Restoring packages", Tools.Dotnet("restore", "Crm.sln", "--locked-mode"), ct));
        var built = restored && await GuardAsync("the build", () => Compiler.BuildAsync("Building the solution", "Crm.sln", ["--no-restore"], ct));
        var page = await packages;

        if (filter is null) await ChecksAsync(page, ct);
        if (page) await VitestAsync(ct);
        if (built) await DotnetAsync(page, ct);
        return Report();
    }

    private async Task<bool> PackagesAsync(CancellationToken ct)
    {
        var page = await GuardAsync("the set-up of the page", () => Setup.PagePackagesAsync(ct));
        await GuardAsync("the set-up of independent clients", () => Setup.OutsidersAsync(ct));
        return page;
    }

    /// <summary>Beside each other: each of them uses one processor.</summary>
    private async Task ChecksAsync(bool page, CancellationToken ct)
    {
        List<Task> checks =
        [
            GuardAsync("the layout of the code", async () =>
            {
                if (!await FormatVerb.TryAsync(fix: false, ct)) throw new StepFailedException("The layout of the code differs, see above.");
            }),
        ];
        if (page)
        {
            checks.Add(CheckAsync("ESLint", () => Step.TryAsync("ESLint", Tools.Npm(Workspace.At("web"), "run", "lint"), ct)));
            checks.Add(CheckAsync("TypeScript", () => Step.TryAsync("TypeScript", Tools.Npm(Workspace.At("web"), "run", "typecheck"), ct)));
        }
        await Task.WhenAll(checks);
    }

    private async Task VitestAsync(CancellationToken ct)
    {
        var report = Path.Combine(_results, "vitest.json");
        string[] named = filter is null ? [] : ["-t", filter, "--passWithNoTests"];
        var tests = Tools.Npm(Workspace.At("web"), ["test", "--", "--reporter=default", "--reporter=json", $"--outputFile.json={report}", .. named]);
        var result = await Step.TryAsync("Tests of the page", tests, ct);
        var tally = File.Exists(report) ? Tally.OfVitest(report) : null;
        // Vitest reports what a filter leaves out as skipped.
        Count("web", result, filter is null ? tally : tally is null ? null : tally with { Skipped = 0 });
    }

    /// <summary>Two projects at a time on one server, then the tests in a browser beside those of faults, which have a server of their own to kill.</summary>
    private async Task DotnetAsync(bool page, CancellationToken ct)
    {
        var projects = Directory.EnumerateFiles(Workspace.At("tests"), "*.Tests.csproj", SearchOption.AllDirectories)
            .Select(project => Path.GetFileNameWithoutExtension(project)).Order(StringComparer.Ordinal).ToList();
        await GuardAsync("the test server", async () =>
        {
            await using var postgres = await TemporaryPostgres.StartAsync(ct);
            var limits = new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = ct };
            await Parallel.ForEachAsync(projects.Where(project => project is not (BrowserTests or TortureVerb.Project)), limits,
                async (project, cancelled) => await ProjectAsync(project, [("CRM_TEST_POSTGRES", postgres.ConnectionString)], cancelled));
            // Servers that are killed and come back are mostly waited for; where all of it is measured, it has the machine for itself.
            var torture = projects.Contains(TortureVerb.Project) ? ProjectAsync(TortureVerb.Project, [], ct) : Task.CompletedTask;
            if (Everything) await torture;
            if (page && projects.Contains(BrowserTests))
                await GuardAsync("the set-up of the browser tests", async () =>
                {
                    await Setup.BuildPageAsync(ct);
                    await ProjectAsync(BrowserTests, [("CRM_TEST_POSTGRES", postgres.ConnectionString), (Browser.Variable, await Browser.FindAsync(ct))], ct);
                });
            await torture;
        });
    }

    private async Task ProjectAsync(string project, (string Name, string Value)[] environment, CancellationToken ct)
    {
        var report = Path.Combine(_results, project + ".trx");
        string[] named = filter is not null ? ["--filter", $"FullyQualifiedName~{filter}"] : Everything ? [] : ["--filter", "Category!=Long"];
        var tests = Tools.Dotnet(
            [
                "test", Workspace.At("tests", project, "bin", Workspace.Configuration, "net10.0", project + ".dll"),
                "--logger", $"trx;LogFileName={report}", "--logger", "console;verbosity=normal", .. named,
            ]);
        foreach (var (name, value) in environment) tests.Environment[name] = value;
        Count(project, await Step.TryAsync(project, tests, ct), File.Exists(report) ? Tally.OfTrx(report) : null);
        // Named once more at the end: who sees the last page of a long run only must know what to look at.
        if (File.Exists(report)) lock (_broken) _failed.AddRange(Tally.FailedOfTrx(report));
    }

    private void Count(string what, ToolResult result, Tally? tally)
    {
        // A filter may match nothing in a project; a whole run that reports nothing is broken.
        var broken = tally is null ? filter is null || !result.Succeeded : !result.Succeeded && tally.Failed == 0;
        lock (_broken)
        {
            _tally += tally ?? Tally.Nothing;
            if (broken) _broken.Add(what);
        }
        if (tally is not null && tally != Tally.Nothing) Console.WriteLine($"   {what}: {tally}");
    }

    private async Task<bool> CheckAsync(string what, Func<Task<ToolResult>> step)
    {
        var succeeded = (await step()).Succeeded;
        if (!succeeded) lock (_broken) _broken.Add(what);
        return succeeded;
    }

    private async Task<bool> GuardAsync(string what, Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Console.WriteLine($"!! {e.Message}");
            lock (_broken) _broken.Add(what);
            return false;
        }
    }

    private int Report()
    {
        if (_tally is { Passed: 0, Failed: 0 }) _broken.Add(filter is null ? "no test ran" : $"no test's name contains '{filter}'");
        foreach (var test in _failed) Console.WriteLine($"!! failed: {test}");
        foreach (var what in _broken) Console.WriteLine($"!! failed: {what}");
        var tally = _broken.Aggregate(_tally, (sum, _) => sum + Tally.Broken);
        Console.WriteLine(tally);
        return tally.Failed == 0 ? 0 : 1;
    }
}
