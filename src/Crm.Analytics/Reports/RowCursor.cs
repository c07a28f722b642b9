using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Crm.Http;

namespace Crm.Analytics;

/// <summary>Where a walk through rows stands: they are ordered by an instant, newest first, then by record and version.</summary>
internal sealed record RowCursor(DateTimeOffset At, Guid Id, long Version)
{
    /// <summary>The token.</summary>
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks} {Id} {Version}")));

    /// <summary>Reads a token.</summary>
    /// <exception cref="ProblemException">400: it is none of ours.</exception>
    public static RowCursor? Parse(string? token)
    {
        if (token is null) return null;
        if (token.Length <= 200 && Base64Url.IsValid(token) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split(' ') is [var ticks, var id, var version]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTime.MaxValue.Ticks && Guid.TryParse(id, out var guid)
            && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return new RowCursor(new DateTimeOffset(at, TimeSpan.Zero), guid, number);
        throw ProblemException.Invalid("query.cursor", "invalid_cursor", "游标无效，请从第一页重新开始。", "The cursor is not valid; start again from the first page.");
    }
}
