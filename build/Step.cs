using System.Diagnostics;
using System.Globalization;

namespace Crm.Build;

/// <summary>A step that cannot be continued from; the message is all a reader needs.</summary>
internal sealed class StepFailedException(string message) : Exception(message);

/// <summary>What a tool printed and how it ended.</summary>
internal sealed record ToolResult(int ExitCode, IReadOnlyList<string> Output)
{
    /// <summary>Whether it ended well.</summary>
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs tools: quiet while all is well, a sign of life when it takes long, everything they printed when they fail.</summary>
internal static class Step
{
    // What "dotnet test" says of each test that passed: a sign of life, and noise around the failures.
    private const string PassedTest = "  Passed ";

    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    /// <summary>Runs a tool as a named step and returns whether it succeeded; its output is printed when it did not.</summary>
    public static async Task<ToolResult> TryAsync(string title, ProcessStartInfo tool, CancellationToken ct)
    {
        Console.WriteLine($"== {title}");
        var clock = Stopwatch.StartNew();
        var result = await CaptureAsync(title, tool, ct);
        if (!result.Succeeded)
            foreach (var line in result.Output.Where(line => !line.StartsWith(PassedTest, StringComparison.Ordinal))) Console.WriteLine("   " + line);
        Console.WriteLine(Text($"-- {title}: {(result.Succeeded ? "ok" : $"FAILED (exit code {result.ExitCode})")}, {clock.Elapsed.TotalSeconds:0.0} s"));
        return result;
    }

    /// <summary>Runs a tool as a named step that everything after it needs.</summary>
    /// <exception cref="StepFailedException">The tool failed; its output has been printed.</exception>
    public static async Task RequireAsync(string title, ProcessStartInfo tool, CancellationToken ct)
    {
        if (!(await TryAsync(title, tool, ct)).Succeeded) throw new StepFailedException($"{title} failed, see above.");
    }

    /// <summary>Runs a tool to its end without a word.</summary>
    public static async Task<ToolResult> CaptureAsync(string title, ProcessStartInfo tool, CancellationToken ct)
    {
        tool.RedirectStandardOutput = tool.RedirectStandardError = true;
        var output = new List<string>();
        using var process = new Process { StartInfo = tool };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        var clock = Stopwatch.StartNew();
        var exit = process.WaitForExitAsync(ct);
        try
        {
            while (await Task.WhenAny(exit, Task.Delay(SignOfLife, ct)) != exit)
            {
                ct.ThrowIfCancellationRequested();
                if (clock.Elapsed > Longest)
                {
                    process.Kill(entireProcessTree: true);
                    Keep(process, Text($"Ended after {Longest.TotalMinutes} minutes."));
                }
                Console.WriteLine(Text($"   {title}: {clock.Elapsed.TotalSeconds:0} s … {LastLine()}"));
            }
            await exit;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new(process.ExitCode, output);

        void Keep(object sender, object data)
        {
            var line = data is DataReceivedEventArgs received ? received.Data : (string)data;
            if (line is not null) lock (output) output.Add(line);
        }

        string LastLine()
        {
            lock (output) return output.LastOrDefault(line => !string.IsNullOrWhiteSpace(line))?.Trim() ?? "";
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
