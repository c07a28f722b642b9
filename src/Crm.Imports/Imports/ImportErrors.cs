using Crm.Http;

namespace Crm.Imports;

internal static class ImportErrors
{
    public static readonly Rejection Busy = new("import_busy", "导入正在进行，请先取消或等待完成。", "The import is at work; cancel it first or wait until it is done.");

    public static readonly Rejection Started = new("import_started", "导入已经开始，不能再修改。", "The import has started and can no longer be changed.");

    public static readonly Rejection NoTarget = new("import_without_target", "请先选择要导入成哪种记录。", "Choose first what kind of record the rows are.", Field: "target");

    public static readonly Rejection NothingMapped = new("import_without_fields", "请至少把一列对应到一个字段。", "Map at least one column to a field.", Field: "columns");

    public static readonly Rejection NotRunning = new("import_not_running", "导入没有在进行。", "The import is not at work.");

    public static readonly Rejection NotStarted = new("import_not_started", "导入还没有开始，没有可撤销的内容。", "The import has not started; there is nothing to revert.");

    public static readonly Rejection IsReverted = new("import_reverted", "导入已撤销；如需重新导入，请再次上传文件。", "The import was reverted; upload the file again to import it.");

    public static readonly Rejection UnknownImport = new("unknown_import", "没有这个导入。", "There is no such import.", 400, "importId");

    public static Rejection UnknownTarget(string target) => new("unknown_target", $"不能导入成“{target}”。", $"Nothing can be imported as '{target}'.", 400, "target");

    public static Rejection Forbidden(string target) => new("forbidden", $"您没有新建和修改 {target} 的权限。", $"You do not have the right to create and change {target}.", 403);

    public static Rejection UnknownColumn(string column) => new("unknown_column", $"文件里没有列“{column}”。", $"The file has no column '{column}'.", 400, "columns");

    public static Rejection UnknownField(string field) => new("unknown_field", $"没有字段“{field}”。", $"There is no field '{field}'.", 400, "columns");

    public static Rejection UnknownMatchKey(string key, ImportTarget target) =>
        new("unknown_match_key", $"不能用“{key}”查找{target.Name}。", $"{target.NameEn} cannot be found by '{key}'; choose among {string.Join(", ", target.MatchKeys)}.", 400, "options.match");

    public static Rejection MatchKeyNotMapped(string keys) =>
        new("match_key_not_mapped", $"没有一列对应查找依据（{keys}）。", $"No column is mapped to what records are found by ({keys}).", Field: "options.match");

    public static Rejection FieldTwice(string field) => new("field_mapped_twice", $"字段“{field}”对应了多列。", $"The field '{field}' is mapped to more than one column.", 400, "columns");

    public static Rejection UnknownFormat(string format) =>
        new("unknown_format", $"看不懂格式“{format}”。", $"The format '{format}' is not understood; write it like dd-MM-yyyy or 1,234.56.", 400, "columns");

    public static Rejection Ambiguous(string column, string formats) =>
        new("date_format_ambiguous", $"列“{column}”的日期可以有两种读法（{formats}），请先选定一种。", $"The dates of column '{column}' can be read in two ways ({formats}); choose one first.", Field: "columns");
}
