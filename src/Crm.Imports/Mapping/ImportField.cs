using Crm.Contracts;
using Crm.Http;

namespace Crm.Imports;

/// <summary>What a field of a target accepts.</summary>
public enum ImportFieldType
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A number, read in the column's format.</summary>
    Number,

    /// <summary>A day, read in the column's format.</summary>
    Date,

    /// <summary>An amount with its currency.</summary>
    Money,

    /// <summary>An e-mail address.</summary>
    Email,

    /// <summary>A telephone number.</summary>
    Phone,

    /// <summary>Yes or no.</summary>
    Boolean,

    /// <summary>One of a closed list, see <see cref="ImportField.Choices"/>.</summary>
    Choice,

    /// <summary>Names another record; see <see cref="ImportField.ReferenceTo"/>.</summary>
    Reference,
}

/// <summary>A field that a column can be mapped to.</summary>
/// <param name="Code">Stable code, for example <c>ownerId</c> or <c>externalKeys.import</c>.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="NameEn">English name.</param>
/// <param name="Required">Without a column for it nothing can be created.</param>
public sealed record ImportField(string Code, string Name, string NameEn, ImportFieldType Type, bool Required = false)
{
    /// <summary>Other headers under which people keep this field, in any language and spelling; compared without case, spaces and underscores.</summary>
    public IReadOnlyList<string> Synonyms { get; init; } = [];

    /// <summary>For <see cref="ImportFieldType.Reference"/>: the kind of record that is meant by id, number or name.</summary>
    public string? ReferenceTo { get; init; }

    /// <summary>Whether the target finds the record itself once all rows are there, since it may be one of them; else it is found before the row is planned.</summary>
    public bool IsLink { get; init; }

    /// <summary>The fields of the organisation's own that records of a target have, by their own names; several choices stand in one cell as a list.</summary>
    public static IEnumerable<ImportField> Own(FieldSettings settings, string target) =>
        from field in settings.Of(target)
        where !field.Retired
        select new ImportField(field.Path, field.Zh, field.En, field.Type switch
        {
            CustomFieldType.Number => ImportFieldType.Number,
            CustomFieldType.Money => ImportFieldType.Money,
            CustomFieldType.Date => ImportFieldType.Date,
            CustomFieldType.Boolean => ImportFieldType.Boolean,
            CustomFieldType.Choice => ImportFieldType.Choice,
            CustomFieldType.Reference => ImportFieldType.Reference,
            _ => ImportFieldType.Text,
        })
        {
            Synonyms = [field.Key],
            ReferenceTo = field.ReferenceTo,
            Choices = field.Type == CustomFieldType.Choice ? field.Choices.Where(c => !c.Retired).ToDictionary(c => c.Code, c => (IReadOnlyList<string>)[c.Zh, c.En]) : new Dictionary<string, IReadOnlyList<string>>(),
        };

    /// <summary>For <see cref="ImportFieldType.Choice"/>: the accepted codes with the words people write for them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Choices { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

/// <summary>What is proposed for one column.</summary>
/// <param name="Field">Code of a field, <c>custom.…</c> for an unknown column, or null to leave the column out.</param>
/// <param name="Confidence">0 to 1; below 0.9 a person should look.</param>
internal sealed record ColumnProposal(string Column, string? Field, double Confidence);
