namespace Crm.Build;

/// <summary>Where things are, and which toolchain builds them.</summary>
internal static class Workspace
{
    /// <summary>Configuration of every build made here: one output for running, testing and measuring.</summary>
    public const string Configuration = "Release";

    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path below the repository.</summary>
    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>The files below a folder that people write: no packages and no output.</summary>
    public static IEnumerable<string> Sources(string folder, params string[] patterns) =>
        from pattern in patterns
        from file in Directory.EnumerateFiles(folder, pattern, new EnumerationOptions { RecurseSubdirectories = true })
        let parts = Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)
        where !parts.Any(part => part is "bin" or "obj" or "node_modules" or "dist")
        select file;

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Crm.sln")))
                return directory.FullName;
        throw new StepFailedException("Crm.sln was not found above the build program.");
    }
}
