using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Service;

/// <summary>Names of users, for lists that show who has a ticket.</summary>
internal sealed class PeopleProjection : TableProjection
{
    public const string ProjectionName = "service.people";

    public override string Name => ProjectionName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(UserRegistered), typeof(UserChanged), typeof(UserRemoved)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case UserRegistered x:
                sql.Add($"insert into {sql.Table("service.people")} (id, name) values ({e.StreamId}, {x.DisplayName}) on conflict (id) do update set name = excluded.name");
                break;
            case UserChanged { DisplayName: { } name }:
                sql.Add($"update {sql.Table("service.people")} set name = {name} where id = {e.StreamId}");
                break;
            case UserRemoved:
                sql.Add($"delete from {sql.Table("service.people")} where id = {e.StreamId}");
                break;
        }
    }
}
