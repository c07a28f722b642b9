using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Crm.EventStore;

/// <summary>
/// An encrypted value as it stands in JSON, a text like any other: <c>enc:1p:{person}:{nonce, ciphertext and tag}</c>. 1 is the version, the letter after it
/// the kind of the value, the person a UUID; person and payload are base64url without padding. Everything before the payload is authenticated with it.
/// </summary>
/// <remarks>A capital letter is a value that may not be absent: when the key is destroyed it reads as a placeholder (<c>N</c>) or an empty text, others as null.</remarks>
internal readonly ref struct SealedText
{
    /// <summary>The length of everything before the payload.</summary>
    public const int HeaderSize = 30;
    private const int PersonSize = 22;

    private static ReadOnlySpan<byte> Opening => "\"enc:1"u8;

    /// <summary>Where the text begins in the JSON, with its quotation mark.</summary>
    public int Start { get; private init; }

    /// <summary>Where it ends, after its quotation mark.</summary>
    public int End { get; private init; }

    /// <summary>The kind of the value.</summary>
    public char Kind { get; private init; }

    /// <summary>Whose key it is encrypted with.</summary>
    public Guid Person { get; private init; }

    public ReadOnlySpan<byte> Header { get; private init; }

    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>Whether any value of the JSON may be encrypted; most JSON is settled by this.</summary>
    public static bool In(ReadOnlySpan<byte> json) => json.IndexOf(Opening) >= 0;

    /// <summary>The same of a text that stands alone.</summary>
    public static bool Is(string? text) => text?.StartsWith("enc:1", StringComparison.Ordinal) == true && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or ':');

    /// <summary>The first encrypted value at or after a position.</summary>
    public static bool Next(ReadOnlySpan<byte> json, int from, out SealedText found)
    {
        Span<byte> person = stackalloc byte[16];
        while (json[from..].IndexOf(Opening) is >= 0 and var offset)
        {
            var start = from + offset;
            from = start + Opening.Length;
            // A quotation mark after a backslash stands inside a text.
            if (start > 0 && json[start - 1] == (byte)'\\') continue;
            var text = json[(start + 1)..];
            if (text.Length < HeaderSize || text[6] != (byte)':' || text[HeaderSize - 1] != (byte)':' || text[HeaderSize..].IndexOf((byte)'"') is not (>= 0 and var length)) continue;
            if (Base64Url.DecodeFromUtf8(text.Slice(7, PersonSize), person, out _, out var bytes) != OperationStatus.Done || bytes != 16) continue;
            found = new SealedText
            {
                Start = start,
                End = start + 1 + HeaderSize + length + 1,
                Kind = (char)text[5],
                Person = new Guid(person, bigEndian: true),
                Header = text[..HeaderSize],
                Payload = text.Slice(HeaderSize, length),
            };
            return true;
        }
        found = default;
        return false;
    }

    /// <summary>Adds whose keys the JSON needs.</summary>
    public static void AddPersons(ReadOnlySpan<byte> json, HashSet<Guid> persons)
    {
        for (var at = 0; Next(json, at, out var found); at = found.End) persons.Add(found.Person);
    }

    /// <summary>How many encrypted values the JSON has.</summary>
    public static int Count(ReadOnlySpan<byte> json)
    {
        var count = 0;
        for (var at = 0; Next(json, at, out var found); at = found.End) count++;
        return count;
    }

    public static void WriteHeader(Span<byte> to, char kind, Guid person)
    {
        Encoding.ASCII.GetBytes("enc:1", to);
        to[5] = (byte)kind;
        to[6] = (byte)':';
        Span<byte> bytes = stackalloc byte[16];
        person.TryWriteBytes(bytes, bigEndian: true, out _);
        Base64Url.EncodeToUtf8(bytes, to.Slice(7, PersonSize), out _, out _);
        to[HeaderSize - 1] = (byte)':';
    }
}
