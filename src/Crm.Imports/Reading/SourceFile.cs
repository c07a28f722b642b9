using Crm.Http;

namespace Crm.Imports;

/// <summary>The kinds of file that can be read.</summary>
internal enum SourceKind
{
    Csv,
    Xlsx,
}

/// <summary>How a file was read, shown to people before anything is imported.</summary>
/// <param name="Encoding">IANA-like name of the text encoding (<c>UTF-8</c>, <c>UTF-16LE</c>, <c>GB18030</c>); null for XLSX.</param>
/// <param name="Delimiter">The character between cells; null for XLSX.</param>
/// <param name="Bom">Whether the text began with a byte order mark.</param>
/// <param name="Sheet">Name of the sheet that was read; null for CSV.</param>
/// <param name="HeaderRow">Number of the row with the column names, as a spreadsheet numbers rows; 0 if the file has none.</param>
internal sealed record SourceFormat(SourceKind Kind, string? Encoding, string? Delimiter, bool Bom, string? Sheet, int HeaderRow);

/// <summary>Why a row cannot be taken as it stands.</summary>
internal enum RowProblem
{
    None,

    /// <summary>Fewer cells than columns; the missing ones are read as blank.</summary>
    MissingCells,

    /// <summary>More cells than columns with content: values may have shifted, so the row must not be imported.</summary>
    ExtraCells,

    /// <summary>A cell holds a spreadsheet error such as <c>#N/A</c>.</summary>
    FormulaError,
}

/// <summary>One data row.</summary>
/// <param name="Number">Row number as a spreadsheet program shows it, so that people find the row again.</param>
/// <param name="Cells">One text for each column of the file, trimmed; blank is the empty string. With <see cref="RowProblem.ExtraCells"/> what is left over follows.</param>
internal sealed record SourceRow(int Number, string[] Cells, RowProblem Problem);

/// <summary>Something that was done to make sense of the file and that people should see.</summary>
/// <param name="Code"><c>title_rows_skipped</c>, <c>no_header</c>, <c>column_unnamed</c> or <c>column_name_repeated</c>.</param>
/// <param name="Subject">The column name it is about, or null.</param>
/// <param name="Count">Rows or columns concerned.</param>
internal sealed record SourceNote(string Code, string? Subject, int Count);

/// <summary>
/// A CSV or XLSX table, recognised by content and never by name. Rows are read lazily and may be read again; cells are not kept in memory.
/// The stream must be seekable and stays open.
/// </summary>
internal abstract class SourceFile
{
    private const int HeaderSearch = 20;

    private HeaderRow header = HeaderRow.None;

    private protected SourceFile(string fileName, SourceLimits limits)
    {
        FileName = fileName;
        Limits = limits;
    }

    /// <summary>The name under which the file came; information only.</summary>
    public string FileName { get; }

    /// <summary>How the file was read.</summary>
    public SourceFormat Format { get; private protected set; } = new(SourceKind.Csv, null, null, false, null, 0);

    /// <summary>Unique column names in the file's order.</summary>
    public IReadOnlyList<string> Columns => header.Columns;

    /// <summary>What people should know about the reading of the header.</summary>
    public IReadOnlyList<SourceNote> Notes => header.Notes;

    private protected SourceLimits Limits { get; }

    /// <summary>Recognises the file and reads its header.</summary>
    /// <exception cref="SourceFileException">The file is not a readable table; nothing was kept.</exception>
    public static SourceFile Open(Stream stream, string fileName, SourceLimits? limits = null)
    {
        limits ??= new SourceLimits();
        if (stream.Length == 0) throw SourceFileErrors.Empty();
        if (stream.Length > limits.MaxBytes) throw SourceFileErrors.TooLarge(limits.MaxBytes);
        SourceFile file = FileSignature.Recognise(stream) == SourceKind.Xlsx
            ? new XlsxFile(stream, fileName, limits)
            : new CsvFile(stream, fileName, limits);
        file.ReadHeader();
        return file;
    }

    /// <summary>All data rows in order; blank rows are passed over but counted in the row numbers.</summary>
    /// <exception cref="SourceFileException">The file breaks off or passes a limit.</exception>
    public IEnumerable<SourceRow> Rows()
    {
        var count = 0;
        foreach (var raw in ReadRaw())
        {
            if (raw.Number <= header.Number || raw.Number < header.FirstDataRow || raw.IsBlank) continue;
            if (++count > Limits.MaxRows) throw SourceFileErrors.TooManyRows(Limits.MaxRows);
            yield return Shape(raw);
        }
    }

    /// <summary>Every row of the file as it stands, blank ones included or not.</summary>
    private protected abstract IEnumerable<RawRow> ReadRaw();

    /// <summary>A file of errors that comes back corrected, see <see cref="CsvText"/>.</summary>
    private bool IsOwnErrors => Columns.Contains(ErrorsCsvFeature.ReasonColumn);

    private void ReadHeader()
    {
        var first = ReadRaw().Where(r => !r.IsBlank).Take(HeaderSearch).ToList();
        if (first.Count == 0) throw SourceFileErrors.Empty();
        header = HeaderRow.Find(first, Limits);
        Format = Format with { HeaderRow = header.Number };
        if (!Rows().Any()) throw SourceFileErrors.NoRows();
    }

    private SourceRow Shape(RawRow raw)
    {
        var cells = new string[Columns.Count];
        for (var i = 0; i < cells.Length; i++) cells[i] = i < raw.Cells.Count ? raw.Cells[i].Trim() : "";
        if (IsOwnErrors) cells = Array.ConvertAll(cells, CsvText.Unguarded);
        var problem = RowProblem.None;
        if (raw.Cells.Count < cells.Length && Format.Kind == SourceKind.Csv) problem = RowProblem.MissingCells;
        if (cells.Any(SpreadsheetErrors.Contains)) problem = RowProblem.FormulaError;
        if (raw.Cells.Skip(cells.Length).Any(c => !string.IsNullOrWhiteSpace(c)))
        {
            problem = RowProblem.ExtraCells;
            cells = [.. cells, .. raw.Cells.Skip(cells.Length)];
        }
        return new SourceRow(raw.Number, cells, problem);
    }

    private static readonly HashSet<string> SpreadsheetErrors =
        new(StringComparer.OrdinalIgnoreCase) { "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!" };
}

/// <summary>A row before the header is known.</summary>
internal sealed record RawRow(int Number, IReadOnlyList<string> Cells)
{
    public bool IsBlank => Cells.All(string.IsNullOrWhiteSpace);
}
