using System.Runtime.InteropServices;

namespace Crm.Build;

/// <summary>Finds a browser for the browser tests: the one that was named, an installed one, else the npm package that ships one.</summary>
internal static class Browser
{
    /// <summary>Environment variable with the path of a Chromium, Chrome or Edge; the browser tests read it.</summary>
    public const string Variable = "CRM_CHROMIUM";

    /// <summary>Path of the browser's executable.</summary>
    /// <exception cref="StepFailedException">There is none and none can be had; the message says what to install.</exception>
    public static async Task<string> FindAsync(CancellationToken ct)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? named : throw new StepFailedException($"{Variable} names {named}, which is not there.");
        if (Installed().FirstOrDefault(File.Exists) is { } installed) return installed;
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
            throw new StepFailedException($"The browser tests need Chromium, Chrome or Edge: install one, or set {Variable} to its path.");

        var folder = Workspace.At("build", "browser");
        var unpacked = Path.Combine(folder, "node_modules", ".unpacked");
        var browser = Path.Combine(unpacked, "chromium");
        await Setup.PackagesAsync("the browser tests", folder, ["--ignore-scripts"], ct);
        await Setup.UnlessCurrentAsync(new("browser", () => [Path.Combine(folder, "package-lock.json")], () => File.Exists(browser) ? [browser] : []), async () =>
        {
            // A half unpacked browser would be taken for a whole one.
            if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true);
            Directory.CreateDirectory(unpacked);
            var unpack = Tools.Node(folder, "unpack.mjs");
            unpack.Environment["TMPDIR"] = unpacked;
            await Step.RequireAsync("Unpacking a browser", unpack, ct);
        }, ct);
        return browser;
    }

    private static IEnumerable<string> Installed()
    {
        if (OperatingSystem.IsWindows())
            return
                from folder in new[] { Environment.SpecialFolder.ProgramFiles, Environment.SpecialFolder.ProgramFilesX86, Environment.SpecialFolder.LocalApplicationData }
                from program in new[] { @"Google\Chrome\Application\chrome.exe", @"Microsoft\Edge\Application\msedge.exe", @"Chromium\Application\chrome.exe" }
                select Path.Combine(Environment.GetFolderPath(folder), program);
        if (OperatingSystem.IsMacOS())
            return from name in new[] { "Google Chrome", "Microsoft Edge", "Chromium" } select $"/Applications/{name}.app/Contents/MacOS/{name}";
        return
            from name in new[] { "chromium", "google-chrome", "google-chrome-stable", "microsoft-edge", "chromium-browser" }
            from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            select Path.Combine(folder, name);
    }
}
