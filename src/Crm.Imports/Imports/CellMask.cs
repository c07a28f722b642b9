using System.Text.RegularExpressions;
using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Http;

namespace Crm.Imports;

/// <summary>
/// What of a file is shown to those who may not read personal data in plain (S097): the columns of numbers, addresses and days by the kind of the field they go to,
/// and of free words, own fields and a column that goes nowhere whatever looks like a number or an address. Whoever uploaded the file has it and sees it.
/// </summary>
internal sealed partial class CellMask
{
    private readonly Dictionary<int, PersonalKind?> kinds;

    private CellMask(Import import) => kinds = import.Columns.Where(c => c.Field is not (null or "needs") && !c.Field.Contains("custom.", StringComparison.Ordinal)).ToDictionary(c => c.Index, c => KindOf(c.Field!));

    /// <summary>The mask for the caller; null for one who sees the file as it is.</summary>
    public static CellMask? Of(HttpContext http, Import import) => Masking.Of(http) is null || import.CreatedBy == Caller.Of(http).Id ? null : new CellMask(import);

    /// <summary>A cell as it is shown.</summary>
    public string Cell(int column, string value) => value.Length == 0 ? value
        : !kinds.TryGetValue(column, out var kind) ? Text(value)
        : kind is { } known ? Masking.Mask((char)known, value) ?? value : value;

    /// <summary>A text that may quote cells.</summary>
    public static string Text(string text) => Numbers().Replace(Addresses().Replace(text, m => Masking.Mask((char)PersonalKind.Email, m.Value)!), m => Masking.Mask((char)PersonalKind.Phone, m.Value)!);

    private static PersonalKind? KindOf(string field) => field[(field.LastIndexOf('.') + 1)..] switch
    {
        "phone" => PersonalKind.Phone,
        "email" => PersonalKind.Email,
        "birthday" => PersonalKind.Birthday,
        "idNumber" => PersonalKind.IdNumber,
        "bankCard" => PersonalKind.BankCard,
        _ => null,
    };

    [GeneratedRegex(@"[^\s@,;<>“”""]{1,64}@[^\s@,;<>“”""]{1,255}")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"(?<![0-9])(?![0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))\+?[0-9](?:[ \-()]{0,2}[0-9]){6,24}[Xx]?")]
    private static partial Regex Numbers();
}
