using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Build;

/// <summary>
/// Remembers what a step was made from and what it made, so that an unchanged step is skipped: the content of its inputs, and size and time of
/// its outputs, because somebody else may have written those since.
/// </summary>
internal sealed class Stamp(string name, Func<IEnumerable<string>> inputs, Func<IEnumerable<string>> outputs)
{
    private string File => Workspace.At("build", "obj", "stamps", name);

    /// <summary>Whether nothing changed since <see cref="SetAsync"/>.</summary>
    public async Task<bool> IsCurrentAsync(CancellationToken ct) =>
        System.IO.File.Exists(File) && outputs().Any() && await System.IO.File.ReadAllTextAsync(File, ct) == await ComputeAsync(ct);

    /// <summary>Records the present state as done.</summary>
    public async Task SetAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await System.IO.File.WriteAllTextAsync(File, await ComputeAsync(ct), ct);
    }

    private async Task<string> ComputeAsync(CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in inputs().Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path + "\n"));
            hash.AppendData(await System.IO.File.ReadAllBytesAsync(path, ct));
        }
        foreach (var file in outputs().Order(StringComparer.Ordinal).Select(path => new FileInfo(path)))
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}\n")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
