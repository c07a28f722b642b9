namespace Crm.Imports;

/// <summary>What was done to make sense of a file's header and columns, worded for people.</summary>
internal static class HeaderNotes
{
    public static readonly string[] Codes = ["title_rows_skipped", "no_header", "column_unnamed", "column_name_repeated", "column_mixed", "date_format_ambiguous"];

    public static IReadOnlyList<ImportNote> Of(IReadOnlyList<SourceNote> header, IReadOnlyList<ColumnProfile> columns) =>
    [
        .. header.Select(Of),
        .. columns.Where(c => c.Ambiguous).Select(c => new ImportNote("date_format_ambiguous",
            $"列“{c.Name}”可以有多种读法：{string.Join("、", c.Alternatives.Prepend(c.Format))}。请选定一种。",
            $"Column '{c.Name}' can be read in more than one way: {string.Join(", ", c.Alternatives.Prepend(c.Format))}. Choose one.", 0)),
        .. columns.Where(c => c.Misfits > 0).Select(c => new ImportNote("column_mixed",
            $"列“{c.Name}”有 {c.Misfits} 个值与其余的类型不同。", $"Column '{c.Name}' has {c.Misfits} values of another type than the rest.", c.Misfits)),
    ];

    private static ImportNote Of(SourceNote note) => note.Code switch
    {
        "title_rows_skipped" => new(note.Code, $"跳过了表头上方的 {note.Count} 行。", $"{note.Count} rows above the column names were passed over.", note.Count),
        "no_header" => new(note.Code, "文件没有列名，已按顺序命名。", "The file has no column names; the columns are numbered.", note.Count),
        "column_unnamed" => new(note.Code, $"有一列没有列名，已命名为“{note.Subject}”。", $"A column has no name; it is called '{note.Subject}'.", note.Count),
        _ => new(note.Code, $"列名“{note.Subject}”重复，已加上编号。", $"The column name '{note.Subject}' occurs more than once; numbers were added.", note.Count),
    };
}
