using System.Diagnostics;

namespace Crm.Build;

/// <summary><c>torture [name]</c>: the long versions of the tests of faults, or those whose full name contains the given one; their short versions are part of <c>test</c>.</summary>
internal static class TortureVerb
{
    /// <summary>The project of the tests.</summary>
    public const string Project = "Crm.Torture.Tests";

    public static async Task<int> RunAsync(string? name, CancellationToken ct)
    {
        await Tools.CheckAsync(ct);
        await Setup.PostgresAsync(ct);
        var folder = Workspace.At("tests", Project);
        await Compiler.BuildAsync("Building the tests of faults", Path.Combine(folder, Project + ".csproj"), [], ct);

        // The runner itself: the tests print their tables while they run, and "dotnet test" would keep them back.
        string[] named = name is null ? [] : ["-method", $"*{name}*"];
        var start = Tools.Dotnet([Path.Combine(folder, "bin", Workspace.Configuration, "net10.0", Project + ".dll"), "-noLogo", .. named]);
        start.Environment["CRM_TORTURE"] = "1";
        using var tests = Process.Start(start) ?? throw new StepFailedException("The tests did not start.");
        try
        {
            await tests.WaitForExitAsync(ct);
            return tests.ExitCode;
        }
        catch (OperationCanceledException)
        {
            // The terminal has told the tests as well: they stop the servers they started.
            await tests.WaitForExitAsync(CancellationToken.None);
            return 130;
        }
    }
}
