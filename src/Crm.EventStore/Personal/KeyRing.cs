using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Crm.EventStore;

/// <summary>What is shown in place of a value; null leaves it as it is.</summary>
/// <param name="kind">The kind of the value, in lower case.</param>
/// <param name="text">The value, or its JSON where it is not a text.</param>
public delegate string? PersonalMask(char kind, string text);

/// <summary>The keys of the persons that a page of events or documents speaks of: loaded together, then used without waiting.</summary>
internal sealed class KeyRing(PersonalData personal)
{
    // A null is a key that was destroyed; a person who is not here never had one.
    private readonly Dictionary<Guid, PersonalKey?> keys = [];

    public PersonalData Personal => personal;

    public int Count => keys.Count;

    public bool Has(Guid person) => keys.ContainsKey(person);

    public PersonalKey? Key(Guid person) => keys.GetValueOrDefault(person);

    public void Add(Guid person, PersonalKey? key) => keys[person] = key;

    public void Add(KeyRing other)
    {
        foreach (var (person, key) in other.keys) keys[person] = key;
    }

    /// <summary>The circumstances of an event with a reason that reads as it was given.</summary>
    public EventContext Open(EventContext context) => SealedText.Is(context.Reason) ? context with { Reason = Open(context.Reason!) } : context;

    /// <summary>Whether every key that the JSON needs is here.</summary>
    public bool Opens(ReadOnlySpan<byte> json)
    {
        for (var at = 0; SealedText.Next(json, at, out var found); at = found.End)
            if (!keys.ContainsKey(found.Person)) return false;
        return true;
    }

    /// <summary>The JSON with every encrypted value in plain or masked, and what nobody can read any more as null or its placeholder.</summary>
    public byte[] Open(ReadOnlySpan<byte> json, PersonalMask? mask = null)
    {
        var plain = new ArrayBufferWriter<byte>(json.Length);
        var at = 0;
        for (; SealedText.Next(json, at, out var found); at = found.End)
        {
            plain.Write(json[at..found.Start]);
            // A text that only looks like an encrypted one stays as it is.
            plain.Write(!keys.TryGetValue(found.Person, out var key) ? json[found.Start..found.End]
                : key is null ? Gone(found.Kind, found.Person)
                : key.Open(found.Header, found.Payload) is { } value ? Masked(found.Kind, value, mask)
                : json[found.Start..found.End]);
        }
        plain.Write(json[at..]);
        return plain.WrittenSpan.ToArray();
    }

    /// <summary>The text behind an encrypted one, for a text that is no part of JSON; empty once the key is destroyed.</summary>
    public string Open(string stored) => !SealedText.Is(stored) ? stored : JsonSerializer.Deserialize<string>(Open(Encoding.UTF8.GetBytes('"' + stored + '"')), EventSerializer.Options) ?? "";

    private byte[] Gone(char kind, Guid person) =>
        kind == 'N' ? JsonSerializer.SerializeToUtf8Bytes(personal.Placeholder(person), EventSerializer.Options) : char.IsAsciiLetterUpper(kind) ? "\"\""u8.ToArray() : "null"u8.ToArray();

    private static byte[] Masked(char kind, byte[] value, PersonalMask? mask)
    {
        if (mask is null) return value;
        var text = value[0] == (byte)'"' ? JsonSerializer.Deserialize<string>(value)! : Encoding.UTF8.GetString(value);
        return mask(char.ToLowerInvariant(kind), text) is { } shown ? JsonSerializer.SerializeToUtf8Bytes(shown, EventSerializer.Options) : value;
    }
}
