using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Imports;

/// <summary>
/// The rows of a file by what they are known by. Keys are kept as 64 bits of their hash, so that a million rows take some tens of megabytes: two of ten
/// million keys meet by chance once in 400,000 files.
/// </summary>
public sealed class RowIndex
{
    private readonly Dictionary<ulong, int> rows = [];

    /// <summary>Adds a row under a key; false, with the first row that has it, if there is one.</summary>
    public bool TryAdd(string key, int row, out int first)
    {
        var hash = Hash(key);
        if (rows.TryGetValue(hash, out first)) return false;
        rows.Add(hash, first = row);
        return true;
    }

    /// <summary>The first row that has the key.</summary>
    public int? Find(string key) => rows.TryGetValue(Hash(key), out var row) ? row : null;

    private static ulong Hash(string key)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
