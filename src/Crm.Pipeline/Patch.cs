using Crm.Http;

namespace Crm.Pipeline;

/// <summary>What a PATCH changes, so that an event carries only that.</summary>
internal static class Patch
{
    /// <summary>The new text, or null if it was not sent, is blank or stays the same.</summary>
    public static string? Text(string? sent, string? before) => OrNull(sent) is { } text && text != before ? text : null;

    /// <summary>The text without surrounding blanks; null if nothing is left.</summary>
    public static string? OrNull(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>Whether a text is emptied: sent as null or blank.</summary>
    public static bool Empties(this IPatch command, string field, string? sent = null) => command.Cleared.Contains(field) || (sent is not null && OrNull(sent) is null);
}
