using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Analytics;

/// <summary>Names of customers, for the rows behind the figures, and who is responsible for them, for what a caller may see.</summary>
internal sealed class CustomerNames : TableProjection
{
    public const string ProjectionName = "analytics.customers";

    public override string Name => ProjectionName;

    /// <summary>2: with who is responsible.</summary>
    public override int Version => 2;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerOwnerChanged), typeof(CustomerErased)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case CustomerRegistered x:
                sql.AddRow(e.StreamId, $"insert into {sql.Table("analytics.customers")} (id, name, owner_id) values ({e.StreamId}, {x.Name}, {x.OwnerId}) on conflict (id) do update set name = excluded.name, owner_id = excluded.owner_id");
                break;
            case CustomerErased x:
                sql.Add($"update {sql.Table("analytics.customers")} set name = {x.Placeholder} where id = {e.StreamId}");
                break;
            case CustomerDetailsChanged { Name: { } name }:
                sql.AddRow(e.StreamId, $"update {sql.Table("analytics.customers")} c set name = v.name from (values ({e.StreamId}, {name})) v(id, name) where c.id = v.id");
                break;
            case CustomerOwnerChanged x:
                sql.AddRow(e.StreamId, $"update {sql.Table("analytics.customers")} c set owner_id = v.owner_id from (values ({e.StreamId}, {x.To})) v(id, owner_id) where c.id = v.id");
                break;
        }
    }
}
