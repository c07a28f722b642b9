namespace Crm.Build;

/// <summary><c>format</c>: checks, or with <c>--fix</c> restores, the layout of every C# file. The style rules are part of the build.</summary>
internal static class FormatVerb
{
    public static async Task<int> RunAsync(string[] arguments, CancellationToken ct) => await TryAsync(fix: arguments.Contains("--fix"), ct) ? 0 : 1;

    /// <summary>Checks or restores the layout and returns whether all is well.</summary>
    public static async Task<bool> TryAsync(bool fix, CancellationToken ct)
    {
        string[] verify = fix ? [] : ["--verify-no-changes"];
        var format = Tools.Dotnet(["format", "whitespace", Workspace.Root, "--folder", .. verify]);
        return (await Step.TryAsync(fix ? "Restoring the layout of the code" : "Layout of the code (format --fix mends it)", format, ct)).Succeeded;
    }
}
