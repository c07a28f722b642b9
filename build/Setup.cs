namespace Crm.Build;

/// <summary>Everything that must be there before the product runs; each part is skipped when nothing changed.</summary>
internal static class Setup
{
    /// <summary>The host's program.</summary>
    public static string Host => Workspace.At("src", "Crm.Host", "bin", Workspace.Configuration, "net10.0", "Crm.Host.dll");

    /// <summary>The page as static files.</summary>
    public static string Page => Workspace.At("web", "dist");

    /// <summary>PostgreSQL's programs. Their install script is not needed: the host makes the links itself.</summary>
    public static Task PostgresAsync(CancellationToken ct) => PackagesAsync("PostgreSQL", Workspace.At("build", "postgres"), ["--ignore-scripts"], ct);

    /// <summary>The packages of the page.</summary>
    public static Task PagePackagesAsync(CancellationToken ct) => PackagesAsync("the page", Workspace.At("web"), [], ct);

    /// <summary>The OAuth clients that others have written, which the tests of sign-in use.</summary>
    public static Task OutsidersAsync(CancellationToken ct) => PackagesAsync("independent clients", Workspace.At("tests", "Crm.Identity.Tests", "outsiders"), ["--ignore-scripts"], ct);

    /// <summary>Builds the page.</summary>
    public static Task BuildPageAsync(CancellationToken ct) => UnlessCurrentAsync(
        new("page", PageSources, () => Files(Page)),
        () => Step.RequireAsync("Building the page", Tools.Npm(Workspace.At("web"), "run", "build"), ct), ct);

    /// <summary>Builds the host.</summary>
    public static Task BuildHostAsync(CancellationToken ct) => UnlessCurrentAsync(
        new("host", HostSources, () => Files(Path.GetDirectoryName(Host)!, "*.dll")),
        () => Compiler.BuildAsync("Building the host", Workspace.At("src", "Crm.Host", "Crm.Host.csproj"), [], ct), ct);

    /// <summary>Installs exactly what a package-lock.json names.</summary>
    public static Task PackagesAsync(string what, string folder, string[] arguments, CancellationToken ct) => UnlessCurrentAsync(
        new("packages-" + Path.GetFileName(folder),
            () => [Path.Combine(folder, "package.json"), Path.Combine(folder, "package-lock.json")],
            () => Files(Path.Combine(folder, "node_modules"), ".package-lock.json")),
        () => Step.RequireAsync($"Installing packages of {what}", Tools.Npm(folder, ["ci", "--no-audit", "--no-fund", .. arguments]), ct), ct);

    /// <summary>Does something unless its stamp says that it is done.</summary>
    public static async Task UnlessCurrentAsync(Stamp stamp, Func<Task> action, CancellationToken ct)
    {
        if (await stamp.IsCurrentAsync(ct)) return;

        await action();
        await stamp.SetAsync(ct);
    }

    private static IEnumerable<string> PageSources() => Workspace.Sources(Workspace.At("web"), "*");

    private static IEnumerable<string> HostSources() =>
        Workspace.Sources(Workspace.At("src"), "*").Concat(Files(Workspace.At("build"), "*.props")).Append(Workspace.At("global.json"));

    private static IEnumerable<string> Files(string folder, string pattern = "*") =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, SearchOption.TopDirectoryOnly) : [];
}
