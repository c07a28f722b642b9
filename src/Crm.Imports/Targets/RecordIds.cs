using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Crm.Imports;

/// <summary>
/// Identities that are functions of the import and the row, so that a commit that is broken off and resumed cannot create a record twice.
/// They are valid UUIDv7: the import's own time stamp, then the row number, which keeps index inserts in order, then a hash.
/// </summary>
internal static class RecordIds
{
    /// <param name="import">A UUIDv7.</param>
    /// <param name="row">Row number.</param>
    /// <param name="part">0 for the record, from 1 for things inside it.</param>
    public static Guid Of(Guid import, int row, int part = 0)
    {
        Span<byte> source = stackalloc byte[24];
        import.TryWriteBytes(source, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(source[16..], row);
        BinaryPrimitives.WriteInt32BigEndian(source[20..], part);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(source, hash);
        Span<byte> id = stackalloc byte[16];
        source[..6].CopyTo(id);
        // version 7 and the row's high 12 bits, variant 2 and its middle 6 bits, then its low 14 bits in two bytes
        id[6] = (byte)(0x70 | ((row >> 28) & 0x0F));
        id[7] = (byte)(row >> 20);
        id[8] = (byte)(0x80 | ((row >> 14) & 0x3F));
        id[9] = (byte)(row >> 6);
        id[10] = (byte)((row << 2) | (hash[0] & 0x03));
        hash[1..6].CopyTo(id[11..]);
        return new Guid(id, bigEndian: true);
    }

    /// <summary>Whether the identity was made for a row of the import: both begin with its time stamp.</summary>
    public static bool SameImport(Guid import, Guid record)
    {
        Span<byte> a = stackalloc byte[16];
        Span<byte> b = stackalloc byte[16];
        import.TryWriteBytes(a, bigEndian: true, out _);
        record.TryWriteBytes(b, bigEndian: true, out _);
        // Rows number up to a few million, so the bits above are zero; an identity of another origin has random bits there.
        return a[..6].SequenceEqual(b[..6]) && b[6] == 0x70;
    }
}
