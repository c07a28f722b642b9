using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>What this module keeps of customers, in the transaction of the change: an opportunity's customer must exist.</summary>
internal sealed class Customers : TableProjection
{
    public override string Name => "pipeline.customers";

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
                sql.Add($"""
                    insert into {sql.Table("pipeline.customers")} (id, name, short_name, search, grams, tier, industry, size, lifecycle, owner_id, deleted)
                    values ({e.StreamId}, {x.Name}, {x.ShortName}, {search.Text}, {search.Grams}, {x.Tier}, {x.Industry}, {x.Size}, {Code(x.Lifecycle)}, {x.OwnerId}, false)
                    """);
                break;
            case CustomerDetailsChanged x:
                Change(e.StreamId, x, sql);
                break;
            case CustomerOwnerChanged x:
                sql.Add($"update {sql.Table("pipeline.customers")} set owner_id = {x.To} where id = {e.StreamId}");
                break;
            case CustomerLifecycleChanged x:
                sql.Add($"update {sql.Table("pipeline.customers")} set lifecycle = {Code(x.To)} where id = {e.StreamId}");
                break;
            case CustomerErased x:
                var erased = SearchText.Of(x.Placeholder);
                sql.Add($"update {sql.Table("pipeline.customers")} set name = {x.Placeholder}, short_name = null, search = {erased.Text}, grams = {erased.Grams} where id = {e.StreamId}");
                break;
            case CustomerDeleted:
                sql.Add($"update {sql.Table("pipeline.customers")} set deleted = true where id = {e.StreamId}");
                break;
            case CustomerUndeleted:
                sql.Add($"update {sql.Table("pipeline.customers")} set deleted = false where id = {e.StreamId}");
                break;
        }
    }

    private static void Change(Guid id, CustomerDetailsChanged x, SqlBatch sql)
    {
        bool Emptied(string field) => x.Cleared?.Contains(field) == true;
        sql.Add($"""
            update {sql.Table("pipeline.customers")} set name = coalesce({x.Name}, name),
              short_name = case when {Emptied("shortName")} then null else coalesce({x.ShortName}, short_name) end,
              tier = case when {Emptied("tier")} then null else coalesce({x.Tier}, tier) end,
              industry = case when {Emptied("industry")} then null else coalesce({x.Industry}, industry) end,
              size = case when {Emptied("size")} then null else coalesce({x.Size}, size) end
            where id = {id}
            """);
        if (x.Name is null && x.ShortName is null) return;
        // A new name adds to what it is found by: people go on looking for the old one.
        var search = SearchText.Of(x.Name, x.ShortName);
        sql.Add($"""
            update {sql.Table("pipeline.customers")} set search = search || {search.Text}, grams = array(select distinct g from unnest(grams || {search.Grams}) g) where id = {id}
            """);
    }

    private static string Code(CustomerLifecycle lifecycle) => JsonNamingPolicy.CamelCase.ConvertName(lifecycle.ToString());
}
