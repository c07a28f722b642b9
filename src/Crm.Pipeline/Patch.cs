using Crm.Http;
using FluentValidation;

namespace Crm.Pipeline;

/// <summary>What a command says about single fields, so that an event carries only what changes.</summary>
internal static class Patch
{
    /// <summary>The new text, or null if it was not sent, is blank or stays the same.</summary>
    public static string? Text(string? sent, string? before) => OrNull(sent) is { } text && text != before ? text : null;

    /// <summary>The text without surrounding blanks; null if nothing is left.</summary>
    public static string? OrNull(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>Whether a field is emptied: sent as null or blank.</summary>
    public static bool Empties(this IPatch command, string field, string? sent = null) => command.Cleared.Contains(field) || (sent is not null && OrNull(sent) is null);

    /// <summary>A list of names without blanks and repetitions; null if none is left.</summary>
    public static string[]? Names(string[]? sent) => sent?.Select(OrNull).OfType<string>().Distinct().ToArray() is { Length: > 0 } names ? names : null;

    /// <summary>At most 50 names of at most 200 characters.</summary>
    public static void NamesOnly<T>(this IRuleBuilder<T, string[]?> rule) => rule
        .Must(n => n is null || (n.Length <= 50 && n.All(t => t is { Length: <= 200 }))).WithErrorCode("invalid_names");
}
