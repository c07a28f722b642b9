using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Analytics;

/// <summary>Names of customers, for the rows behind the figures.</summary>
internal sealed class CustomerNames : TableProjection
{
    public const string ProjectionName = "analytics.customers";

    public override string Name => ProjectionName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerErased)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case CustomerRegistered x:
                sql.Add($"insert into {sql.Table("analytics.customers")} (id, name) values ({e.StreamId}, {x.Name}) on conflict (id) do update set name = excluded.name");
                break;
            case CustomerErased x:
                sql.Add($"update {sql.Table("analytics.customers")} set name = {x.Placeholder} where id = {e.StreamId}");
                break;
            case CustomerDetailsChanged { Name: { } name }:
                sql.Add($"update {sql.Table("analytics.customers")} set name = {name} where id = {e.StreamId}");
                break;
        }
    }
}
