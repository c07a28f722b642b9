namespace Crm.Imports;

/// <summary>What a file may cost. Every limit is enforced while reading, before the memory is spent, and named in the refusal.</summary>
internal sealed record SourceLimits
{
    /// <summary>Bytes of the file as uploaded.</summary>
    public long MaxBytes { get; init; } = 200L * 1024 * 1024;

    /// <summary>Data rows, the header not counted.</summary>
    public int MaxRows { get; init; } = 1_000_000;

    /// <summary>Columns of any row.</summary>
    public int MaxColumns { get; init; } = 500;

    /// <summary>Characters of one cell.</summary>
    public int MaxCellLength { get; init; } = 100_000;

    /// <summary>Characters of one row, with its delimiters.</summary>
    public int MaxRowLength { get; init; } = 1_000_000;

    /// <summary>Characters of one column name.</summary>
    public int MaxColumnNameLength { get; init; } = 200;

    /// <summary>Bytes of a workbook after decompression, really counted and not believed from its directory.</summary>
    public long MaxExpandedBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Decompressed bytes over compressed bytes, judged above 20 MB only: small sheets of equal rows compress that well honestly.</summary>
    public int MaxExpansionRatio { get; init; } = 200;

    /// <summary>Parts (archive entries) of a workbook.</summary>
    public int MaxParts { get; init; } = 2_000;

    /// <summary>Rows that are committed together: more are quicker, fewer hold records for less long.</summary>
    public int BatchRows { get; init; } = 500;
}
