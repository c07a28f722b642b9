using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>What this module keeps of customers, in the transaction of the change: an opportunity's customer must exist.</summary>
internal sealed class Customers : TableProjection
{
    public override string Name => "pipeline.customers";

    // 2: three letters are one gram of quick search.
    public override int Version => 2;

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerOwnerChanged), typeof(CustomerLifecycleChanged), typeof(CustomerDeleted), typeof(CustomerUndeleted),
        typeof(CustomerErased),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case CustomerRegistered x:
                var search = SearchText.Of(x.Name, x.ShortName);
                sql.AddRow(e.StreamId, $"""
                    insert into {sql.Table("pipeline.customers")} (id, name, short_name, search, grams, industry, size, lifecycle, owner_id, deleted)
                    values ({e.StreamId}, {x.Name}, {x.ShortName}, {search.Text}, {search.Grams}, {x.Industry}, {x.Size}, {Code(x.Lifecycle)}, {x.OwnerId}, false)
                    """);
                break;
            case CustomerDetailsChanged x:
                Change(e.StreamId, x, sql);
                break;
            case CustomerOwnerChanged x:
                sql.AddRow(e.StreamId, $"update {sql.Table("pipeline.customers")} c set owner_id = v.owner_id from (values ({e.StreamId}, {x.To})) v(id, owner_id) where c.id = v.id");
                break;
            case CustomerLifecycleChanged x:
                sql.AddRow(e.StreamId, $"update {sql.Table("pipeline.customers")} c set lifecycle = v.lifecycle from (values ({e.StreamId}, {Code(x.To)})) v(id, lifecycle) where c.id = v.id");
                break;
            case CustomerErased x:
                var erased = SearchText.Of(x.Placeholder);
                sql.Add($"update {sql.Table("pipeline.customers")} set name = {x.Placeholder}, short_name = null, search = {erased.Text}, grams = {erased.Grams} where id = {e.StreamId}");
                break;
            case CustomerDeleted or CustomerUndeleted:
                sql.AddRow(e.StreamId, $"update {sql.Table("pipeline.customers")} c set deleted = v.deleted from (values ({e.StreamId}, {e.Data is CustomerDeleted})) v(id, deleted) where c.id = v.id");
                break;
        }
    }

    private static void Change(Guid id, CustomerDetailsChanged x, SqlBatch sql)
    {
        bool Emptied(string field) => x.Cleared?.Contains(field) == true;
        sql.AddRow(id, $"""
            update {sql.Table("pipeline.customers")} c set name = coalesce(v.name, c.name),
              short_name = case when v.no_short_name then null else coalesce(v.short_name, c.short_name) end,
              industry = case when v.no_industry then null else coalesce(v.industry, c.industry) end,
              size = case when v.no_size then null else coalesce(v.size, c.size) end
            from (values ({id}, {x.Name}, {x.ShortName}, {Emptied("shortName")}, {x.Industry}, {Emptied("industry")}, {x.Size}, {Emptied("size")}))
              v(id, name, short_name, no_short_name, industry, no_industry, size, no_size) where c.id = v.id
            """);
        if (x.Name is null && x.ShortName is null) return;
        // A new name adds to what it is found by: people go on looking for the old one.
        var search = SearchText.Of(x.Name, x.ShortName);
        sql.AddRow(id, $"""
            update {sql.Table("pipeline.customers")} c set search = c.search || v.search, grams = array(select distinct g from unnest(c.grams || v.grams) g order by g)
            from (values ({id}, {search.Text}, {search.Grams})) v(id, search, grams) where c.id = v.id
            """);
    }

    private static string Code(CustomerLifecycle lifecycle) => JsonNamingPolicy.CamelCase.ConvertName(lifecycle.ToString());
}
