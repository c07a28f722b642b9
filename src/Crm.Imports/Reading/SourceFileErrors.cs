using System.Globalization;

namespace Crm.Imports;

/// <summary>Every reason why a file is refused as a whole. Each limit is named with its value.</summary>
internal static class SourceFileErrors
{
    public static SourceFileException Empty() =>
        new("file_empty", "文件是空的。", "The file is empty.");

    public static SourceFileException NoRows() =>
        new("file_without_rows", "文件里没有数据行。", "The file has no data rows.");

    public static SourceFileException TooLarge(long limit) =>
        new("file_too_large", $"文件超过 {Megabytes(limit)} MB 的上限。", $"The file is larger than the limit of {Megabytes(limit)} MB.");

    public static SourceFileException Nul(long row) =>
        new("file_has_nul", $"第 {row} 行附近含有 NUL 字符，这不是文本文件。请另存为 CSV UTF-8 后重试。",
            $"There is a NUL character near line {row}; this is not a text file. Save it as CSV UTF-8 and try again.");

    public static SourceFileException UnknownEncoding() =>
        new("file_encoding_unknown", "文件既不是 UTF-8、UTF-16，也不是 GBK/GB18030 编码。请另存为 CSV UTF-8 后重试。",
            "The file is neither UTF-8, UTF-16 nor GBK/GB18030. Save it as CSV UTF-8 and try again.");

    public static SourceFileException NotATable() =>
        new("file_not_a_table", "文件不是 CSV 或 XLSX 表格。", "The file is not a CSV or XLSX table.");

    public static SourceFileException OldExcel() =>
        new("file_old_excel", "这是旧的 .xls 格式。请另存为 .xlsx 后重试。", "This is the old .xls format. Save it as .xlsx and try again.");

    public static SourceFileException Encrypted() =>
        new("file_encrypted", "文件有密码保护。请去掉密码后重试。", "The file is protected by a password. Remove the password and try again.");

    public static SourceFileException Macros() =>
        new("file_has_macros", "工作簿含有宏。请另存为不含宏的 .xlsx 后重试。", "The workbook contains macros. Save it as .xlsx without macros and try again.");

    public static SourceFileException NotAWorkbook() =>
        new("file_not_a_workbook", "这个压缩包不是 Excel 工作簿。", "This archive is not an Excel workbook.");

    public static SourceFileException Damaged(Exception? inner = null) =>
        new("file_damaged", "工作簿已损坏，无法读取。", "The workbook is damaged and cannot be read.", inner);

    public static SourceFileException Expands(long limit) =>
        new("file_expands_too_much", $"工作簿解压后超过 {Megabytes(limit)} MB 的上限。", $"The workbook expands to more than the limit of {Megabytes(limit)} MB.");

    public static SourceFileException Ratio(int limit) =>
        new("file_expands_too_much", $"工作簿的压缩比超过 {limit} 倍的上限。", $"The workbook is compressed by more than the limit of {limit} times.");

    public static SourceFileException Entries(int limit) =>
        new("file_has_too_many_parts", $"工作簿的部件超过 {limit} 个的上限。", $"The workbook has more than the limit of {limit} parts.");

    public static SourceFileException UnclosedQuote(long row) =>
        new("file_unclosed_quote", $"第 {row} 行的引号没有结束。", $"A quotation mark opened in row {row} is never closed.");

    public static SourceFileException CellTooLong(long row, int limit) =>
        new("file_cell_too_long", $"第 {row} 行有单元格超过 {limit} 个字符的上限。", $"A cell in row {row} is longer than the limit of {limit} characters.");

    public static SourceFileException RowTooLong(long row, int limit) =>
        new("file_row_too_long", $"第 {row} 行超过 {limit} 个字符的上限。", $"Row {row} is longer than the limit of {limit} characters.");

    public static SourceFileException TooManyColumns(long row, int limit) =>
        new("file_too_many_columns", $"第 {row} 行超过 {limit} 列的上限。", $"Row {row} has more than the limit of {limit} columns.");

    public static SourceFileException TooManyRows(int limit) =>
        new("file_too_many_rows", $"文件超过 {limit} 行的上限。请拆分后分次导入。", $"The file has more than the limit of {limit} rows. Split it and import the parts.");

    public static SourceFileException ColumnNameTooLong(int column, int limit) =>
        new("file_column_name_too_long", $"第 {column} 列的列名超过 {limit} 个字符的上限。", $"The name of column {column} is longer than the limit of {limit} characters.");

    private static string Megabytes(long bytes) => (bytes / 1_048_576d).ToString("0.#", CultureInfo.InvariantCulture);
}
