using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Crm.EventStore;

/// <summary>Which members of a type are personal and whose they are: those of an object belong to the person its marked id names, else to that of the object around it.</summary>
/// <remarks>A type that only names a person has a plan too: the reasons of such events are that person's.</remarks>
internal sealed class PersonalPlan
{
    private readonly Member[] members;
    private readonly byte[]? person;
    private readonly Func<object, object?>? personOf;

    private PersonalPlan(Member[] members, JsonPropertyInfo? person) =>
        (this.members, this.person, personOf) = (members, person is null ? null : Encoding.UTF8.GetBytes(person.Name), person?.Get);

    /// <summary>The plan of a type, or null if nothing of it is personal.</summary>
    public static PersonalPlan? Of(Type type, PersonalMarks marks) => Of(type, marks, []);

    private static PersonalPlan? Of(Type type, PersonalMarks marks, HashSet<Type> above)
    {
        var info = EventSerializer.Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        if (info.Kind == JsonTypeInfoKind.Enumerable) return Of(info.ElementType!, marks, above);
        if (info.Kind != JsonTypeInfoKind.Object || !above.Add(info.Type)) return null;
        var members = new List<Member>();
        JsonPropertyInfo? person = null;
        foreach (var property in info.Properties)
        {
            if (property.AttributeProvider is not MemberInfo member) continue;
            if (marks.IsPerson(member)) person = property;
            var kind = marks.Kind(member);
            var nested = kind is null ? Of(property.PropertyType, marks, above) : null;
            if (kind is not null || nested is { members.Length: > 0 }) members.Add(new Member(Encoding.UTF8.GetBytes(property.Name), property.Name, kind ?? default, nested, property.Get));
        }
        above.Remove(info.Type);
        return members.Count == 0 && person is null ? null : new PersonalPlan([.. members], person);
    }

    /// <summary>The person that an object names, if it names one.</summary>
    public Guid? PersonOf(object value) => personOf?.Invoke(value) as Guid?;

    /// <summary>Adds the persons whose values an object holds. What stands for an erased value is nobody's: what remains of a record can go on without the key.</summary>
    public void AddPersons(object value, Guid around, HashSet<Guid> persons, Func<Guid, string> placeholder)
    {
        var person = PersonOf(value) ?? around;
        foreach (var member in members)
        {
            if (member.Get?.Invoke(value) is not { } inner) continue;
            if (member.Nested is null)
            {
                if (inner is not string text || (text.Length > 0 && (member.Kind != 'N' || text != placeholder(person)))) persons.Add(person);
            }
            else if (inner is System.Collections.IEnumerable items)
                foreach (var item in items) member.Nested.AddPersons(item, person, persons, placeholder);
            else member.Nested.AddPersons(inner, person, persons, placeholder);
        }
    }

    /// <summary>The JSON of a value of the type with every personal member encrypted whose key is on the ring.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="person">Whose the members are that no id gives to somebody else.</param>
    /// <param name="ring">The keys.</param>
    /// <param name="stored">The JSON is from the log: what is encrypted in it stays as it is.</param>
    public byte[] Seal(byte[] json, Guid person, KeyRing ring, bool stored = false)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length * 2);
        using var to = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = EventSerializer.Options.Encoder, SkipValidation = true });
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Seal(ref reader, json, to, person, ring, stored);
        to.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Shows masks in place of the personal members of an object.</summary>
    public void Mask(JsonObject json, PersonalMask mask)
    {
        foreach (var member in members)
        {
            if (json[member.Name] is not { } value) continue;
            if (member.Nested is not null) Mask(value, member.Nested, mask);
            else if (mask(char.ToLowerInvariant(member.Kind), value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString()) is { } shown) json[member.Name] = shown;
        }
    }

    /// <summary>The same for the value of one member.</summary>
    public JsonNode? Mask(string name, JsonNode? value, PersonalMask mask)
    {
        if (value is null || Array.Find(members, m => m.Name == name) is not { } member) return value;
        if (member.Nested is not null) Mask(value, member.Nested, mask);
        else if (mask(char.ToLowerInvariant(member.Kind), value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString()) is { } shown) return shown;
        return value;
    }

    private static void Mask(JsonNode value, PersonalPlan plan, PersonalMask mask)
    {
        foreach (var item in value as JsonArray ?? [])
            if (item is JsonObject o) plan.Mask(o, mask);
        if (value is JsonObject one) plan.Mask(one, mask);
    }

    private void Seal(ref Utf8JsonReader reader, byte[] json, Utf8JsonWriter to, Guid around, KeyRing ring, bool stored)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Copy(ref reader, json, to);
            return;
        }
        var own = Person(reader) ?? around;
        to.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = Find(ref reader);
            to.WritePropertyName(reader.ValueSpan);
            reader.Read();
            if (member is null || reader.TokenType == JsonTokenType.Null) Copy(ref reader, json, to);
            else if (member.Nested is null)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var value = json.AsSpan(start, (int)reader.BytesConsumed - start);
                if (ring.Key(own) is { } key && !(stored && SealedText.Next(value, 0, out var found) && found.Start == 0)) to.WriteStringValue(key.Seal(own, member.Kind, value));
                else to.WriteRawValue(value, skipInputValidation: true);
            }
            else if (reader.TokenType == JsonTokenType.StartArray)
            {
                to.WriteStartArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) member.Nested.Seal(ref reader, json, to, own, ring, stored);
                to.WriteEndArray();
            }
            else member.Nested.Seal(ref reader, json, to, own, ring, stored);
        }
        to.WriteEndObject();
    }

    /// <summary>The id that names the person, wherever it stands in the object.</summary>
    private Guid? Person(Utf8JsonReader reader)
    {
        if (person is null) return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(person);
            reader.Read();
            if (found) return reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var id) ? id : null;
            reader.Skip();
        }
        return null;
    }

    private Member? Find(ref Utf8JsonReader reader)
    {
        foreach (var member in members)
            if (reader.ValueTextEquals(member.Utf8)) return member;
        return null;
    }

    private static void Copy(ref Utf8JsonReader reader, byte[] json, Utf8JsonWriter to)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        to.WriteRawValue(json.AsSpan(start, (int)reader.BytesConsumed - start), skipInputValidation: true);
    }

    private sealed record Member(byte[] Utf8, string Name, char Kind, PersonalPlan? Nested, Func<object, object?>? Get);
}

/// <summary>How types say what is personal.</summary>
/// <param name="Kind">The letter of a member's kind, or null for a member that is not personal. A capital letter is a member that may not be absent.</param>
/// <param name="IsPerson">Whether the member is the id of the person to whom the others of its object belong; of an aggregate's type, whether its streams are about persons.</param>
public sealed record PersonalMarks(Func<MemberInfo, char?> Kind, Func<MemberInfo, bool> IsPerson);
