namespace Crm.Imports;

/// <summary>How much a message matters.</summary>
public enum RowSeverity
{
    /// <summary>What was done and is certain, e.g. a value written differently.</summary>
    Info,

    /// <summary>The row is imported, but a person should look.</summary>
    Warning,

    /// <summary>The row is not imported.</summary>
    Error,
}

/// <summary>Something about one row, in both languages.</summary>
/// <param name="Code">Stable code, for example <c>unknown_customer</c>; people filter by it and notes count by it.</param>
/// <param name="Field">Code of the field it is about, or null.</param>
public sealed record RowMessage(RowSeverity Severity, string Code, string? Field, string Zh, string En)
{
    /// <summary>Something that was done and is certain.</summary>
    public static RowMessage Info(string code, string? field, string zh, string en) => new(RowSeverity.Info, code, field, zh, en);

    /// <summary>Something a person should look at.</summary>
    public static RowMessage Warning(string code, string? field, string zh, string en) => new(RowSeverity.Warning, code, field, zh, en);

    /// <summary>Why the row is not imported.</summary>
    public static RowMessage Error(string code, string? field, string zh, string en) => new(RowSeverity.Error, code, field, zh, en);
}
