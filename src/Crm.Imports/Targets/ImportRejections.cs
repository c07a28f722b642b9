using Crm.Http;

namespace Crm.Imports;

/// <summary>Why a row is refused for want of rights, in every kind of import.</summary>
public static class ImportRejections
{
    /// <summary>The row would give a record to somebody else.</summary>
    public static Rejection NotAssignable { get; } = new("forbidden_owner", "您不能更换这条记录的负责人。", "You may not make somebody else responsible for this record.", 403, "ownerId");

    /// <summary>The row may not change a field.</summary>
    public static Rejection Field(string field) => new("field_forbidden", $"您不能填写字段 {field}。", $"You may not set the field {field}.", 403, field);

    /// <summary>The row means a record that who imports may not change (撞单).</summary>
    /// <param name="department">Whose it is, if known.</param>
    public static Rejection Forbidden(string? department)
    {
        var (zh, en) = Elsewhere(department);
        return new("forbidden_record", $"这是{zh}，您不能修改。", $"This is {en}; you may not change it.", 403);
    }

    /// <summary>A record that who imports may not see, in words.</summary>
    public static (string Zh, string En) Elsewhere(string? department) =>
        department is null ? ("已在库的记录，由他人负责", "a record on file that somebody else is responsible for") : ($"已在库的记录，由“{department}”负责", $"a record on file of the department '{department}'");
}
