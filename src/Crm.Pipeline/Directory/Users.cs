using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Pipeline;

/// <summary>The names of users, kept in the transaction of the change: an opportunity's owner must exist.</summary>
internal sealed class Users : TableProjection
{
    public override string Name => "pipeline.users";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(UserRegistered), typeof(UserChanged), typeof(UserRemoved), typeof(DepartmentRenamed)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case UserRegistered x:
                sql.Add($"insert into {sql.Table("pipeline.users")} (id, name, department, removed) values ({e.StreamId}, {x.DisplayName}, {x.Department}, false)");
                break;
            case UserChanged x:
                var emptied = x.Cleared?.Contains("department") == true;
                sql.Add($"""
                    update {sql.Table("pipeline.users")} set name = coalesce({x.DisplayName}, name), department = case when {emptied} then null else coalesce({x.Department}, department) end
                    where id = {e.StreamId}
                    """);
                break;
            case DepartmentRenamed x:
                sql.Add($"update {sql.Table("pipeline.users")} set department = {x.Name} where department = {x.From}");
                break;
            case UserRemoved:
                sql.Add($"update {sql.Table("pipeline.users")} set removed = true where id = {e.StreamId}");
                break;
        }
    }
}
