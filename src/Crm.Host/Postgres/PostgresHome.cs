using System.Security.Cryptography;

namespace Crm.Host;

/// <summary>The directory of one embedded server, locked for as long as this object lives: two hosts never share a cluster.</summary>
internal sealed class PostgresHome : IDisposable
{
    /// <summary>Kept by root for the account the server runs under, when the configured place is out of that account's reach.</summary>
    public const string Shared = "/var/lib/crm";

    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _lock;

    private PostgresHome(string directory, PostgresAccount account, FileStream @lock) => (Path, Account, _lock) = (directory, account, @lock);

    /// <summary>Full path, symbolic links resolved.</summary>
    public string Path { get; }

    /// <summary>Account that owns the directory and runs the server.</summary>
    public PostgresAccount Account { get; }

    /// <summary>The cluster itself.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    /// <summary>What the server of the last start had to say.</summary>
    public string Log => System.IO.Path.Combine(Path, "server.log");

    /// <summary>File with the superuser's password, readable by its owner only.</summary>
    public string PasswordFile => System.IO.Path.Combine(Path, "password");

    /// <summary>Major version that wrote the cluster; null before the first start.</summary>
    public int? Major => File.Exists(VersionFile) && int.TryParse(File.ReadAllText(VersionFile), out var major) ? major : null;

    private string VersionFile => System.IO.Path.Combine(Data, "PG_VERSION");

    /// <summary>Creates or opens the directory and takes its lock.</summary>
    /// <exception cref="InvalidOperationException">Another process holds the lock, or the directory is out of the server account's reach.</exception>
    public static async Task<PostgresHome> OpenAsync(EmbeddedPostgresOptions options, CancellationToken ct)
    {
        var configured = System.IO.Path.GetFullPath(options.Home);
        var account = await PostgresAccount.ForAsync(configured, ct);
        Directory.CreateDirectory(configured);
        var directory = Directory.ResolveLinkTarget(configured, returnFinalTarget: true)?.FullName ?? configured;
        await account.OwnAsync(directory, ct);
        if (!await account.ReachesAsync(directory, ct)) directory = MoveWithinReach(configured, options.Report);
        var @lock = await LockAsync(directory, options.Patience, ct);
        var home = new PostgresHome(directory, account, @lock);
        if (!File.Exists(home.PasswordFile)) home.WritePassword();
        await account.OwnAsync(directory, ct);
        return home;
    }

    /// <summary>Creates <see cref="Shared"/>, open for passing through.</summary>
    public static void CreateShared()
    {
        Directory.CreateDirectory(Shared);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Shared, TraversableMode);
    }

    /// <summary>Deletes a directory whose server is stopped, wherever it is kept.</summary>
    public static void Delete(string home)
    {
        if (Directory.ResolveLinkTarget(home, returnFinalTarget: true) is { Exists: true } target) Directory.Delete(target.FullName, recursive: true);
        Directory.Delete(home, recursive: true);
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _lock.Dispose();

    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode TraversableMode = PrivateMode | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>The lock goes with the process that holds it, however that ends.</summary>
    private static async Task<FileStream> LockAsync(string directory, TimeSpan patience, CancellationToken ct)
    {
        for (var waited = TimeSpan.Zero; ; waited += LockInterval)
        {
            try
            {
                return new FileStream(System.IO.Path.Combine(directory, "owner.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (waited < patience)
            {
                await Task.Delay(LockInterval, ct);
            }
            catch (IOException e)
            {
                throw new InvalidOperationException($"Another host is running on the data in {directory}. Stop it, or set Crm__DataDirectory to another directory.", e);
            }
        }
    }

    /// <summary>Leaves a symbolic link where the data was asked for, so that deleting the link starts afresh and nothing has to be remembered elsewhere.</summary>
    private static string MoveWithinReach(string configured, Action<string> report)
    {
        if (Directory.EnumerateFileSystemEntries(configured).Any())
            throw new InvalidOperationException($"{configured} cannot be reached by the user that PostgreSQL runs under. Make its parent directories passable, or set Crm__DataDirectory.");

        CreateShared();
        var target = System.IO.Path.Combine(Shared, $"data-{System.IO.Path.GetRandomFileName()}");
        Directory.CreateDirectory(target);
        Directory.Delete(configured);
        Directory.CreateSymbolicLink(configured, target);
        report($"{configured} is out of reach for the user that PostgreSQL runs under: the data is kept in {target}.");
        return target;
    }

    private void WritePassword()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = PrivateMode;
        using var file = new StreamWriter(PasswordFile, options);
        file.Write(RandomNumberGenerator.GetHexString(48, lowercase: true));
    }
}
