using System.ComponentModel;
using System.Diagnostics;

namespace Crm.Build;

/// <summary>The two things a machine must have, and how they are called.</summary>
internal static class Tools
{
    private static readonly Version OldestSdk = new(10, 0, 100);

    /// <summary>The .NET SDK.</summary>
    public static ProcessStartInfo Dotnet(params IEnumerable<string> arguments)
    {
        // The one that runs this program, should PATH name another.
        var start = In(Workspace.Root, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments);
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // Build nodes would outlive the command.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        return start;
    }

    /// <summary>npm in a folder.</summary>
    public static ProcessStartInfo Npm(string folder, params IEnumerable<string> arguments) =>
        // On Windows npm is a script, which only the shell starts.
        OperatingSystem.IsWindows() ? In(folder, "cmd.exe", ["/d", "/c", "npm", .. arguments]) : In(folder, "npm", arguments);

    /// <summary>Node in a folder.</summary>
    public static ProcessStartInfo Node(string folder, params IEnumerable<string> arguments) => In(folder, "node", arguments);

    /// <summary>Checks that both are there and new enough.</summary>
    /// <exception cref="StepFailedException">One is not; the message says what to install.</exception>
    public static async Task CheckAsync(CancellationToken ct)
    {
        // Each takes a good part of a second to answer.
        var versions = await Task.WhenAll(
            VersionAsync(Dotnet("--version"), ct), VersionAsync(Node(Workspace.Root, "--version"), ct), VersionAsync(Npm(Workspace.Root, "--version"), ct));
        var (sdk, node, npm) = (versions[0], versions[1], versions[2]);
        if (sdk is null || sdk < OldestSdk)
            throw new StepFailedException($"The .NET SDK {OldestSdk.ToString(2)} is needed ({Found(sdk)}). Install it from https://dotnet.microsoft.com/download.");
        if (node is not ({ Major: 20, Minor: >= 19 } or { Major: 22, Minor: >= 12 } or { Major: > 22 }))
            throw new StepFailedException($"Node.js 20.19, 22.12 or newer is needed ({Found(node)}). Install it from https://nodejs.org.");
        if (npm is null) throw new StepFailedException("npm is needed (not found). It comes with Node.js: install it from https://nodejs.org.");
    }

    private static string Found(Version? version) => version is null ? "not found" : $"found {version}";

    private static async Task<Version?> VersionAsync(ProcessStartInfo tool, CancellationToken ct)
    {
        try
        {
            var result = await Step.CaptureAsync(tool.FileName, tool, ct);
            // npm may warn about its configuration first; previews carry a suffix.
            return result.Output.Select(line => Version.TryParse(line.TrimStart('v').Split('-')[0], out var version) ? version : null).LastOrDefault(version => version is not null);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static ProcessStartInfo In(string folder, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false };
        start.Environment["NO_COLOR"] = "1"; // output is kept and may be printed later, or into a file
        return start;
    }
}
