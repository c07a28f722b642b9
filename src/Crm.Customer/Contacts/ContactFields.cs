using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Http;
using FluentValidation;

namespace Crm.Customers;

/// <summary>The fields of a contact that are entered.</summary>
internal abstract record ContactFields
{
    /// <summary>The person's name, 1 to 100 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Position in the company, at most 100 characters.</summary>
    public string? Position { get; init; }

    /// <summary>Part in decisions, at most 100 characters.</summary>
    public string? DecisionRole { get; init; }

    /// <summary>Telephone number (S011).</summary>
    public string? Phone { get; init; }

    /// <summary>E-mail address, at most 254 characters.</summary>
    public string? Email { get; init; }

    /// <summary>Birthday, <c>YYYY-MM-DD</c> (S047).</summary>
    [JsonConverter(typeof(BirthdayConverter))]
    public DateOnly? Birthday { get; init; }

    /// <summary>Identity card number, 18 characters with a check digit (GB 11643, S097).</summary>
    public string? IdNumber { get; init; }

    /// <summary>Whether this is the one to talk to first.</summary>
    public bool? IsPrimary { get; init; }

    /// <summary>The day the person left, <c>YYYY-MM-DD</c> (S025); an instant stands for its day.</summary>
    [JsonConverter(typeof(DayConverter))]
    public DateOnly? LeftAt { get; init; }

    /// <summary>The organisation's own fields (S009); in a change those that are named change and null removes one.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Custom { get; init; }

    internal sealed class FieldRules : AbstractValidator<ContactFields>
    {
        public FieldRules()
        {
            RuleFor(x => x.Name).Line(100);
            RuleFor(x => x.Position).Line(100);
            RuleFor(x => x.DecisionRole).Line(100);
            RuleFor(x => x.Phone).Phone();
            RuleFor(x => x.Email).Email();
            RuleFor(x => x.IdNumber).IdNumber();
            RuleFor(x => x.Custom).OwnFields();
        }
    }

    /// <summary>Refuses a birthday that is shown masked, which is no date.</summary>
    private sealed class BirthdayConverter : JsonConverter<DateOnly>
    {
        public override DateOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && text.Contains('*', StringComparison.Ordinal)
                ? throw ProblemException.Invalid("body.birthday", "masked_value", Rules.MaskedZh, Rules.MaskedEn)
                : reader.TokenType == JsonTokenType.String && DateOnly.TryParseExact(reader.GetString(), "yyyy-MM-dd", out var day) ? day : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, DateOnly value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a day from a date or from an instant with its offset.</summary>
    private sealed class DayConverter : JsonConverter<DateOnly>
    {
        public override DateOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && DateOnly.TryParseExact(reader.GetString(), "yyyy-MM-dd", out var day) ? day
            : reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var instant) ? DateOnly.FromDateTime(instant.DateTime)
            : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, DateOnly value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }
}
