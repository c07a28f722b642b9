using System.Diagnostics;
using System.Globalization;

namespace Crm.Host;

/// <summary>
/// The account the server's programs run under. PostgreSQL refuses to run as root, so a privileged process steps down to the owner of
/// the cluster, or to <c>nobody</c> for a new one; everybody else runs them as themselves.
/// </summary>
internal sealed class PostgresAccount
{
    private readonly (string User, string Group)? _stepDown;

    private PostgresAccount((string User, string Group)? stepDown) => _stepDown = stepDown;

    /// <summary>True when this process is root and the server runs under another user.</summary>
    public bool StepsDown => _stepDown is not null;

    /// <summary>Chooses the account for a cluster kept in <paramref name="home"/>, which may not exist yet.</summary>
    public static async Task<PostgresAccount> ForAsync(string home, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return new(null);

        var accounts = (await File.ReadAllLinesAsync("/etc/passwd", ct)).Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        var owner = Directory.Exists(home) ? await OwnerOfAsync(home, ct) : "0";
        // initdb looks its user up by number: a number without an entry does not do.
        var chosen = (owner == "0" ? null : accounts.Find(fields => fields[2] == owner))
            ?? accounts.Find(fields => fields[0] == "nobody")
            ?? throw new InvalidOperationException("PostgreSQL does not run as root, and this machine has no user 'nobody' to run it under. Start the host as a normal user.");
        return new((chosen[2], chosen[3]));
    }

    /// <summary>A command under this account; output is inherited unless the caller redirects it.</summary>
    public ProcessStartInfo Command(string workingDirectory, string program, params IEnumerable<string> arguments)
    {
        string[] prefix = _stepDown switch
        {
            null => [],
            var (user, group) when OperatingSystem.IsLinux() => ["setpriv", $"--reuid={user}", $"--regid={group}", "--clear-groups"],
            var (user, _) => ["sudo", "-n", "-u", $"#{user}", "--"],
        };
        string[] line = [.. prefix, program, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = workingDirectory, UseShellExecute = false };
        // The postmaster of macOS stops with "became multithreaded" unless it is given a locale that exists.
        if (!OperatingSystem.IsWindows()) start.Environment["LC_ALL"] = OperatingSystem.IsMacOS() ? "en_US.UTF-8" : "C.UTF-8";
        return start;
    }

    /// <summary>Runs a command under this account to its end and returns its exit code and everything it printed.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string workingDirectory, string program, IEnumerable<string> arguments, CancellationToken ct) =>
        CaptureAsync(Command(workingDirectory, program, arguments), ct);

    /// <summary>Gives a directory tree to this account; does nothing when the account is the process's own.</summary>
    public async Task OwnAsync(string directory, CancellationToken ct)
    {
        if (_stepDown is var (user, group)) await RequireAsync("chown", ["-R", $"{user}:{group}", directory], ct);
    }

    /// <summary>Whether this account may use the path: a directory below an unreadable one (such as /root) is out of its reach.</summary>
    public async Task<bool> ReachesAsync(string path, CancellationToken ct) =>
        !StepsDown || (await RunAsync("/", "test", ["-r", path, "-a", "-x", path], ct)).ExitCode == 0;

    /// <summary>Runs a command as this process and throws what it printed when it fails.</summary>
    public static async Task RequireAsync(string program, IEnumerable<string> arguments, CancellationToken ct)
    {
        var (exitCode, output) = await CaptureAsync(new ProcessStartInfo(program, arguments) { UseShellExecute = false }, ct);
        if (exitCode != 0) throw new InvalidOperationException($"'{program}' failed with exit code {exitCode}: {output.Trim()}");
    }

    private static async Task<string> OwnerOfAsync(string directory, CancellationToken ct)
    {
        // The framework has no call for the owner of a file; the columns of "ls -ldn" are POSIX.
        var (_, output) = await CaptureAsync(new ProcessStartInfo("ls", ["-ldn", directory + "/"]) { UseShellExecute = false }, ct);
        return output.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(2) ?? "0";
    }

    private static async Task<(int ExitCode, string Output)> CaptureAsync(ProcessStartInfo start, CancellationToken ct)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"'{start.FileName}' did not start."));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
