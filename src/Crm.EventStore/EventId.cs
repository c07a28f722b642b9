using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Crm.EventStore;

/// <summary>
/// Identities of events, UUIDv7 (RFC 9562, 5.7). Their random part comes from a buffer of the thread's own: the operating system is asked once
/// for many identities, which a call for each would make a good part of what an append costs.
/// </summary>
internal static class EventId
{
    private const int Random = 10;
    private const int Buffered = 256 * Random;

    [ThreadStatic]
    private static byte[]? buffer;

    [ThreadStatic]
    private static int left;

    /// <summary>A new identity of an event that is recorded at <paramref name="now"/>.</summary>
    public static Guid New(DateTimeOffset now)
    {
        if (left == 0)
        {
            RandomNumberGenerator.Fill(buffer ??= new byte[Buffered]);
            left = Buffered;
        }
        left -= Random;
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, now.ToUnixTimeMilliseconds() << 16);
        buffer.AsSpan(left, Random).CopyTo(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
