using System.Globalization;
using Crm.Host;
using Xunit;

namespace Crm.Torture.Tests;

/// <summary>A file system that is soon full: one that <c>CRM_TORTURE_DISK</c> names, else one in memory, which only root may make.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int Megabytes = 96;
    private readonly bool mounted;

    private SmallDisk(string folder, bool mounted) => (Folder, this.mounted) = (folder, mounted);

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    /// <summary>Makes it, or skips the test with the reason.</summary>
    public static async Task<SmallDisk> OpenAsync()
    {
        if (Environment.GetEnvironmentVariable("CRM_TORTURE_DISK") is { Length: > 0 } named) return new(named, false);
        var folder = Directory.CreateTempSubdirectory("crm-test-disk-").FullName;
        var reason = "it needs Linux and root";
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess)
            try
            {
                await PostgresAccount.RequireAsync("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={Megabytes}m"), "tmpfs", folder], default);
                return new(folder, true);
            }
            catch (InvalidOperationException e)
            {
                reason = e.Message;
            }
        Directory.Delete(folder);
        Assert.Skip($"No small file system can be made here ({reason}); CRM_TORTURE_DISK may name one of about {Megabytes} MB that PostgreSQL's user may write to.");
        throw new InvalidOperationException("Skipped.");
    }

    /// <summary>Takes all the space there is.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in new[] { 1 << 20, 4096 })
            try
            {
                while (true) file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // Not another piece of this size.
            }
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        Free();
        if (!mounted) return;
        await PostgresAccount.RequireAsync("umount", ["-l", Folder], default);
        Directory.Delete(Folder);
    }
}
