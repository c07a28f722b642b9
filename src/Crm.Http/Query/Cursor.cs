using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NpgsqlTypes;

namespace Crm.Http;

/// <summary>
/// Where a page walk stands: the sort values of the last record and what the walk calls now, so that <c>now-30d</c> means the same on every page.
/// The token is base64url of a checksum and JSON. The checksum covers the query, so a token that was changed, or taken to another filter or order,
/// is refused. It is no secret and need not be: the token holds nothing that its page did not show, and every value is parsed by type before it is used.
/// </summary>
internal sealed record Cursor(DateTimeOffset Now, IReadOnlyList<string?> Values)
{
    private const int ChecksumLength = 9;

    public string Write(string query)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(Values.Prepend(Now.UtcTicks.ToString(CultureInfo.InvariantCulture)));
        return Base64Url.EncodeToString([.. Checksum(query, payload), .. payload]);
    }

    /// <exception cref="QueryException"><c>invalid_cursor</c>.</exception>
    public static Cursor Read(string token, string query, IReadOnlyList<SortKey> keys)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(token);
            var payload = bytes.AsSpan(Math.Min(ChecksumLength, bytes.Length));
            if (bytes.AsSpan(0, bytes.Length - payload.Length).SequenceEqual(Checksum(query, payload))
                && JsonSerializer.Deserialize<string?[]>(payload) is [{ } now, .. var values]
                && long.TryParse(now, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
                && values.Length == keys.Count
                && keys.Zip(values).All(x => x.Second is null ? x.First.Field.Nullable : Typed(x.First.Field, x.Second) is not null))
                return new(new DateTimeOffset(ticks, TimeSpan.Zero), values);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            // Refused below like any other token that is not ours.
        }
        throw QueryError.At("cursor", "invalid_cursor", "游标无效或属于另一个查询，请从第一页重新开始", "The cursor is not valid or belongs to another query; start again from the first page");
    }

    /// <summary>The text of a sort value, independent of the session's date style and zone.</summary>
    public static string Text(Field field, string column) => field switch
    {
        { Type: FieldType.Instant, IsColumn: true } => $"((extract(epoch from {column}) * 1000000)::bigint)::text",
        { Type: FieldType.Date, IsColumn: true } => $"to_char({column}, 'YYYY-MM-DD')",
        _ => $"{column}::text",
    };

    /// <summary>The value for a parameter, null if the text is no value of the field.</summary>
    public static (object Value, NpgsqlDbType Type)? Typed(Field field, string text)
    {
        switch (field.Type)
        {
            case FieldType.Number:
                return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? (number, NpgsqlDbType.Numeric) : null;
            case FieldType.Boolean:
                return bool.TryParse(text, out var truth) ? (truth, NpgsqlDbType.Boolean) : null;
            case FieldType.Uuid:
                return Guid.TryParse(text, out var id) ? (id, NpgsqlDbType.Uuid) : null;
            case FieldType.Instant when field.IsColumn:
                var inRange = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var micros)
                    && micros >= -62_135_596_800_000_000 && micros < 253_402_300_800_000_000;
                return inRange ? (DateTime.UnixEpoch.AddTicks(micros * 10), NpgsqlDbType.TimestampTz) : null;
            case FieldType.Date when field.IsColumn:
                return DateOnly.TryParseExact(text, "yyyy-MM-dd", out var day) ? (day, NpgsqlDbType.Date) : null;
            case FieldType.Any:
                return IsScalar(text) ? (text, NpgsqlDbType.Jsonb) : null;
            default:
                return FilterParser.FirstInvalid(text) is null ? (text, NpgsqlDbType.Text) : null;
        }
    }

    // What PostgreSQL's jsonb takes without error; half surrogate pairs throw here.
    private static bool IsScalar(string json)
    {
        using var document = JsonDocument.Parse(json);
        var value = document.RootElement;
        return value.ValueKind switch
        {
            JsonValueKind.String => FilterParser.FirstInvalid(value.GetString()!) is null,
            JsonValueKind.Number => value.TryGetDouble(out var number) && double.IsFinite(number),
            JsonValueKind.True or JsonValueKind.False => true,
            _ => false,
        };
    }

    private static ReadOnlySpan<byte> Checksum(string query, ReadOnlySpan<byte> payload) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(query), 0, .. payload]).AsSpan(0, ChecksumLength);
}
