using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Identity;

/// <summary>A department of the organisation; together they form trees (S087). Whose records a manager sees follows from them.</summary>
internal sealed record Department : Document, IAggregate<Department>
{
    public string Name { get; init; } = "";

    public Guid? ParentId { get; init; }

    public bool Deleted { get; init; }

    public static Department? Evolve(Department? state, Event e) => (state, e.Data) switch
    {
        (null, DepartmentCreated x) => new Department { Name = x.Name, ParentId = x.ParentId },
        (not null, DepartmentRenamed x) => state with { Name = x.Name },
        (not null, DepartmentMoved x) => state with { ParentId = x.ParentId },
        (not null, DepartmentRemoved) => state with { Deleted = true },
        _ => state,
    };
}

internal static class DepartmentErrors
{
    public static readonly Rejection UnknownParent = new("unknown_department", "没有这个上级部门。", "There is no such department to belong to.", 400, "parentId");

    public static readonly Rejection Ring = new("department_cycle", "部门不能属于自己或自己的下级部门。", "A department cannot belong to itself or to one below it.", 409, "parentId");

    public static Rejection InUse(int members, int departments) => new(
        "department_in_use", $"部门还有 {members} 名成员和 {departments} 个下级部门，请先把它们移走。", $"{members} members and {departments} departments belong to it; move them first.",
        Extensions: new Dictionary<string, object?> { ["members"] = members, ["departments"] = departments });
}

internal sealed class DepartmentResource(AccessPictures pictures) : Resource<Department>
{
    public override string Name => "departments";

    public override Ownership<Department>? Ownership => null;

    public override bool IsGone(Department state) => state.Deleted;

    public override async ValueTask<JsonObject> Represent(Department state, DateTimeOffset at, CancellationToken ct)
    {
        var picture = await pictures.CurrentAsync(ct);
        var json = Json(state);
        json.Remove("deleted");
        json["parentName"] = state.ParentId is { } parent ? picture.Departments.GetValueOrDefault(parent)?.Name : null;
        json["memberCount"] = picture.Members.Values.Count(m => m.Active && m.DepartmentId == state.Id);
        return json;
    }
}

/// <summary>The departments to list, written with the events: rights follow from them.</summary>
internal sealed class Departments : DocumentProjection<Department>
{
    public const string TableName = "identity.departments";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(DepartmentCreated), typeof(DepartmentRenamed), typeof(DepartmentMoved), typeof(DepartmentRemoved)];

    public override IEnumerable<string?> SearchTexts(Department document) => [document.Name];
}

/// <summary>Takes a department's name in the transaction of the event: two of one name could not be told apart in a file of users.</summary>
internal sealed class DepartmentNames : TableProjection
{
    public override string Name => "identity.department_names";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(DepartmentCreated), typeof(DepartmentRenamed), typeof(DepartmentRemoved)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case DepartmentCreated x:
                sql.Add($"insert into {sql.Table("identity.department_names")} (name, department_id) values ({x.Name}, {e.StreamId})");
                break;
            case DepartmentRenamed x:
                sql.Add($"update {sql.Table("identity.department_names")} set name = {x.Name} where department_id = {e.StreamId}");
                break;
            case DepartmentRemoved:
                sql.Add($"delete from {sql.Table("identity.department_names")} where department_id = {e.StreamId}");
                break;
        }
    }
}
