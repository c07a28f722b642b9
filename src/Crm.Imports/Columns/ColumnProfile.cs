namespace Crm.Imports;

/// <summary>What the values of a column are.</summary>
internal enum ColumnType
{
    Text,
    Number,
    Date,
    Money,
    Email,
    Phone,
    Boolean,
    Empty,
}

/// <summary>What was found in one column, over all rows of the file.</summary>
/// <param name="Index">Zero-based position in the file.</param>
/// <param name="Format">How dates or numbers are written; null for other types.</param>
/// <param name="Alternatives">Other formats that fit all values equally well; not empty exactly when <paramref name="Ambiguous"/>.</param>
/// <param name="Ambiguous">No value tells which of the formats is meant, so a person should look.</param>
/// <param name="Misfits">Non-blank values that do not fit the detected type.</param>
/// <param name="Distinct">Different non-blank values; exact up to <see cref="ColumnProfiler.DistinctLimit"/>, which then means "at least".</param>
/// <param name="Values">Each different value with its number of rows, if there are few enough to be a list of choices; else null.</param>
internal sealed record ColumnProfile(
    string Name,
    int Index,
    IReadOnlyList<string> Samples,
    ColumnType Type,
    string? Format,
    IReadOnlyList<string> Alternatives,
    bool Ambiguous,
    int Misfits,
    int Distinct,
    int Blanks,
    IReadOnlyDictionary<string, int>? Values);
