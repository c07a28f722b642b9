using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Crm.EventStore;

/// <summary>Rows in PostgreSQL's binary COPY format, written into memory that is used again.</summary>
internal sealed class RowBuffer : IBufferWriter<byte>
{
    private const long PostgresEpoch = 946_684_800_000_000; // microseconds from 1970 to 2000
    private const int TextOid = 25;
    private byte[] bytes = new byte[64 * 1024];
    private int length;
    private int document;
    private Utf8JsonWriter? json;

    /// <summary>What has been written, without header and trailer.</summary>
    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, length);

    public void Clear() => length = 0;

    public void Row(short columns) => BinaryPrimitives.WriteInt16BigEndian(Take(2), columns);

    public void Uuid(Guid value)
    {
        var to = Take(20);
        BinaryPrimitives.WriteInt32BigEndian(to, 16);
        value.TryWriteBytes(to[4..], bigEndian: true, out _);
    }

    public void Bigint(long value)
    {
        var to = Take(12);
        BinaryPrimitives.WriteInt32BigEndian(to, 8);
        BinaryPrimitives.WriteInt64BigEndian(to[4..], value);
    }

    /// <summary>An instant; null is <c>infinity</c>.</summary>
    public void Instant(DateTimeOffset? value) =>
        Bigint(value is { } instant ? (instant.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond - PostgresEpoch : long.MaxValue);

    public void Text(string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var to = GetSpan(4 + most);
        var written = Encoding.UTF8.GetBytes(value, to[4..]);
        BinaryPrimitives.WriteInt32BigEndian(to, written);
        length += 4 + written;
    }

    public void Texts(string[] values)
    {
        var begin = length;
        Take(4);
        Int32(values.Length == 0 ? 0 : 1);
        Int32(0);
        Int32(TextOid);
        if (values.Length > 0)
        {
            Int32(values.Length);
            Int32(1);
            foreach (var value in values) Text(value);
        }
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(begin), length - begin - 4);
    }

    /// <summary>A document as jsonb. It can be repeated by <see cref="SameJson"/> in rows of another buffer.</summary>
    public void Json<T>(T value, JsonSerializerOptions options)
    {
        document = length;
        Take(5)[4] = 1;
        json ??= new Utf8JsonWriter(this, new JsonWriterOptions { Encoder = options.Encoder, SkipValidation = true });
        json.Reset(this);
        JsonSerializer.Serialize(json, value, options);
        json.Flush();
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(document), length - document - 4);
    }

    /// <summary>JSON that is there already, as jsonb.</summary>
    public void Json(ReadOnlySpan<byte> value)
    {
        document = length;
        var to = Take(5 + value.Length);
        BinaryPrimitives.WriteInt32BigEndian(to, value.Length + 1);
        to[4] = 1;
        value.CopyTo(to[5..]);
    }

    /// <summary>The document that was written last to another buffer.</summary>
    public void SameJson(RowBuffer other)
    {
        var size = BinaryPrimitives.ReadInt32BigEndian(other.bytes.AsSpan(other.document)) + 4;
        other.bytes.AsSpan(other.document, size).CopyTo(Take(size));
    }

    public void Advance(int count) => length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 256));
        return bytes.AsMemory(length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 256));
        return bytes.AsSpan(length);
    }

    private void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    private Span<byte> Take(int count)
    {
        Reserve(count);
        var taken = bytes.AsSpan(length, count);
        length += count;
        return taken;
    }

    private void Reserve(int count)
    {
        if (bytes.Length - length < count) Array.Resize(ref bytes, Math.Max(bytes.Length * 2, length + count));
    }
}
