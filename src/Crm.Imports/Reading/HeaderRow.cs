namespace Crm.Imports;

/// <summary>The row of column names, found among the first rows of a file.</summary>
internal sealed record HeaderRow(int Number, int FirstDataRow, IReadOnlyList<string> Columns, IReadOnlyList<SourceNote> Notes)
{
    public static readonly HeaderRow None = new(0, 0, [], []);

    /// <summary>
    /// Title lines above the table are narrower than the table, so the header is the first row that is at least as wide as half of the widest.
    /// If half or more of its cells are numbers, dates or addresses it is data, and the columns get neutral names.
    /// </summary>
    public static HeaderRow Find(IReadOnlyList<RawRow> first, SourceLimits limits)
    {
        var widest = first.Max(Filled);
        var candidate = first.First(r => Filled(r) * 2 >= widest);
        var skipped = first.TakeWhile(r => r != candidate).Count();
        var notes = new List<SourceNote>();
        if (skipped > 0) notes.Add(new SourceNote("title_rows_skipped", null, skipped));
        var headless = LooksLikeData(candidate);
        if (headless) notes.Add(new SourceNote("no_header", null, first.Max(r => r.Cells.Count)));
        var names = headless ? Enumerable.Repeat("", first.Max(r => r.Cells.Count)).ToList() : candidate.Cells.Select(Clean).ToList();
        var columns = Unique(TrimRight(names, first, candidate, headless), headless, limits, notes);
        return new HeaderRow(headless ? 0 : candidate.Number, candidate.Number, columns, notes);
    }

    private static int Filled(RawRow row) => row.Cells.Count(c => !string.IsNullOrWhiteSpace(c));

    private static bool LooksLikeData(RawRow row)
    {
        var filled = row.Cells.Where(c => !string.IsNullOrWhiteSpace(c)).ToList();
        var data = filled.Count(c => (CellKind.Of(c.Trim()) & ~CellKinds.Boolean) != CellKinds.None);
        return data * 2 >= filled.Count;
    }

    /// <summary>Columns without a name and without a value in the first rows do not exist: they are trailing delimiters.</summary>
    private static List<string> TrimRight(List<string> names, IReadOnlyList<RawRow> first, RawRow header, bool headless)
    {
        var last = names.Count;
        while (last > 1 && names[last - 1].Length == 0
            && first.All(r => (r == header && !headless) || r.Number < header.Number || last > r.Cells.Count || string.IsNullOrWhiteSpace(r.Cells[last - 1]))) last--;
        return names[..last];
    }

    private static List<string> Unique(List<string> names, bool headless, SourceLimits limits, List<SourceNote> notes)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var result = new List<string>(names.Count);
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i];
            if (name.Length > limits.MaxColumnNameLength) throw SourceFileErrors.ColumnNameTooLong(i + 1, limits.MaxColumnNameLength);
            if (name.Length == 0)
            {
                name = $"Column {i + 1}";
                if (!headless) notes.Add(new SourceNote("column_unnamed", name, 1));
            }
            else if (taken.Contains(name))
            {
                notes.Add(new SourceNote("column_name_repeated", name, 2));
            }
            var unique = name;
            for (var n = 2; !taken.Add(unique); n++) unique = $"{name} ({n})";
            result.Add(unique);
        }
        return result;
    }

    private static string Clean(string name) => string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
