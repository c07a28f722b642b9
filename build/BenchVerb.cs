using System.Diagnostics;

namespace Crm.Build;

/// <summary><c>bench</c>: the measurements, each beside its yardstick. Arguments go through to the program.</summary>
internal static class BenchVerb
{
    public static async Task<int> RunAsync(string[] arguments, CancellationToken ct)
    {
        await Tools.CheckAsync(ct);
        await Setup.PostgresAsync(ct);
        var project = Workspace.At("tests", "Crm.Benchmarks");
        await Compiler.BuildAsync("Building the measurements", Path.Combine(project, "Crm.Benchmarks.csproj"), [], ct);

        var program = Path.Combine(project, "bin", Workspace.Configuration, "net10.0", "Crm.Benchmarks.dll");
        using var bench = Process.Start(Tools.Dotnet([program, .. arguments])) ?? throw new StepFailedException("The measurements did not start.");
        await bench.WaitForExitAsync(ct);
        return bench.ExitCode;
    }
}
