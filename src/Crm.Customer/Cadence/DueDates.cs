using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Npgsql;

namespace Crm.Customers;

/// <summary>
/// When every customer is due for a follow-up, and who is to do it: a part of <see cref="TagPeriods"/>, since the cadence follows from the value tier. A customer has one row
/// for each period of its tier that was not over when its tier was worked out last, so that whoever reads at an instant (<see cref="At"/>) finds the tier that
/// holds then, and nothing must happen when a period ends. The rules lie in a table of their own, so that a change of them is one statement over all customers
/// and no event of any of them.
/// </summary>
internal static class DueDates
{
    /// <summary>The table.</summary>
    public const string TableName = "customer.due_dates";

    /// <summary>The table of the rules.</summary>
    public const string RulesName = "customer.cadence";

    /// <summary>What changes nothing of tags and tiers, but a row here.</summary>
    public static readonly IReadOnlyCollection<Type> Events =
    [
        typeof(CustomerOwnerChanged), typeof(CustomerArchived), typeof(CustomerRestored), typeof(CustomerDeleted), typeof(CustomerUndeleted), typeof(CustomerErased), typeof(FollowUpPlanned), typeof(FollowUpPlanDropped),
    ];

    /// <summary>The rules in force, as SQL.</summary>
    public static readonly string DaysSql = Rules(RulesName);

    /// <summary>That a row of the table is the one of an instant.</summary>
    public static string At(string alias, string instant) => $"({alias}.valid_from <= {instant} and {alias}.valid_to > {instant})";

    /// <summary>How many days a row has from one follow-up to the next.</summary>
    public static string CadenceSql(string lifecycle, string tier) => $"customer.due_days({DaysSql}, {lifecycle}, {tier})";

    /// <summary>Whose rule that is, the stricter one: <c>tier</c> or <c>lifecycle</c>.</summary>
    public static string RuleSql(string lifecycle, string tier) => $"customer.due_rule({DaysSql}, {lifecycle}, {tier})";

    /// <summary>Rows of customers that have just come on file: nothing is won yet, so the tier is the one that was stated or D.</summary>
    public static void Begin(SqlBatch sql, Event[] registered)
    {
        var of = Array.ConvertAll(registered, e => (CustomerRegistered)e.Data);
        sql.Add($"""
            insert into {sql.Table(TableName)} (id, valid_from, valid_to, owner_id, lifecycle, tier, registered_at, due_at)
            select f.id, f.effective_at, 'infinity', f.owner_id, f.lifecycle, f.tier, f.at, customer.due_at(k.days, f.lifecycle, f.tier, f.at, null)
            from unnest({Array.ConvertAll(registered, e => e.StreamId)}, {Array.ConvertAll(of, x => x.OwnerId)}, {Array.ConvertAll(of, x => Code(x.Lifecycle))}, {Array.ConvertAll(of, x => x.Tier ?? "D")},
                {Array.ConvertAll(registered, e => e.Timestamp)}, {Array.ConvertAll(registered, e => e.EffectiveAt)}) as f(id, owner_id, lifecycle, tier, at, effective_at)
              cross join (select coalesce((select c.days from {sql.Table(RulesName)} c), {SqlBatch.Json(Days(CadenceSettings.Default))}) as days) k
            on conflict do nothing
            """);
    }

    /// <summary>What an event says of a row; what is due is worked out afterwards, for all rows that were moved.</summary>
    /// <returns>Whether it moves what is due.</returns>
    public static bool Put(Event e, SqlBatch sql)
    {
        var id = e.StreamId;
        var table = sql.Table(TableName);
        switch (e.Data)
        {
            case CustomerOwnerChanged x:
                sql.AddRow(id, $"update {table} d set owner_id = v.owner_id from (values ({id}, {x.To})) v(id, owner_id) where d.id = v.id");
                return false;
            case CustomerArchived or CustomerRestored:
                sql.AddRow(id, $"update {table} d set archived = v.archived from (values ({id}, {e.Data is CustomerArchived})) v(id, archived) where d.id = v.id");
                return false;
            case CustomerDeleted or CustomerUndeleted:
                sql.AddRow(id, $"update {table} d set deleted = v.deleted from (values ({id}, {e.Data is CustomerDeleted})) v(id, deleted) where d.id = v.id");
                return false;
            case CustomerLifecycleChanged x:
                sql.Add($"update {table} set lifecycle = {Code(x.To)} where id = {id}");
                return true;
            case CustomerErased:
                sql.Add($"update {table} set erased = true, planned_at = null, planned_by = null where id = {id}");
                return true;
            case FollowUpLogged { Next: { } next } x:
                sql.Add($"update {table} set last_at = {x.At}, planned_at = {next.At}, planned_by = {next.OwnerId} where id = {id} and (last_at is null or last_at <= {x.At})");
                return true;
            case FollowUpLogged x:
                sql.Add($"""
                    update {table} set last_at = {x.At}, planned_by = case when planned_at > {x.At} then planned_by end, planned_at = case when planned_at > {x.At} then planned_at end
                    where id = {id} and (last_at is null or last_at <= {x.At})
                    """);
                return true;
            case FollowUpCorrected x:
                sql.Add($"update {table} set last_at = {x.LastAt} where id = {id}");
                return true;
            case FollowUpRemoved x:
                sql.Add($"update {table} set last_at = {x.LastAt} where id = {id}");
                return true;
            case FollowUpPlanned x:
                sql.Add($"update {table} set planned_at = {x.At}, planned_by = {x.OwnerId} where id = {id}");
                return true;
            case FollowUpPlanDropped:
                sql.Add($"update {table} set planned_at = null, planned_by = null where id = {id}");
                return true;
            case CustomerMerged x:
                sql.Add($"update {table} set last_at = {x.LastFollowUpAt}, planned_at = {x.Next?.At}, planned_by = {x.Next?.OwnerId} where id = {id}");
                return true;
            case CustomerUnmerged x:
                sql.Add($"update {table} set last_at = {x.LastFollowUpAt}, planned_at = {x.Next?.At}, planned_by = {x.Next?.OwnerId} where id = {id}");
                return true;
            default:
                return false;
        }
    }

    /// <summary>Puts other rules in force.</summary>
    public static void Rule(CadenceChanged x, SqlBatch sql)
    {
        sql.Add($"delete from {sql.Table(RulesName)}");
        sql.Add($"insert into {sql.Table(RulesName)} (days) values ({SqlBatch.Json(Days(CadenceSettings.Of(x)))})");
    }

    /// <summary>
    /// Cuts rows by the periods of tiers that were worked out anew, for some customers, each at the time of the event that changed it last, or for all at the time of the rule's.
    /// The periods that were over by then are left out: nobody asks for them, and a list need not walk over them.
    /// </summary>
    public static void Cut(SqlBatch sql, IReadOnlyDictionary<Guid, DateTimeOffset> customers, DateTimeOffset? all)
    {
        var table = sql.Table(TableName);
        var command = new NpgsqlBatchCommand($"""
            with changed as (select n.id, n.at from unnest($1::uuid[], $2::timestamptz[]) as n(id, at)),
            gone as (delete from {table.Value} where {(all is null ? "id = any($1)" : "true")} returning *),
            bare as (select distinct on (id) * from gone order by id)
            insert into {table.Value} (id, valid_from, valid_to, tier, owner_id, lifecycle, registered_at, last_at, planned_at, planned_by, archived, deleted, erased, due_at)
            select b.id, t.valid_from, t.valid_to, t.tier, b.owner_id, b.lifecycle, b.registered_at, b.last_at, b.planned_at, b.planned_by, b.archived, b.deleted, b.erased,
              customer.due_at(k.days, b.lifecycle, t.tier, coalesce(b.last_at, b.registered_at), b.planned_at)
            from bare b left join changed c on c.id = b.id
              join {sql.Table("customer.tier_periods").Value} t on t.customer_id = b.id and t.valid_to > coalesce(c.at, $3)
              cross join (select {Rules(sql.Table(RulesName).Value)} as days) k
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. customers.Keys] });
        command.Parameters.Add(new NpgsqlParameter<DateTime[]> { TypedValue = [.. customers.Values.Select(at => at.UtcDateTime)] });
        command.Parameters.Add(Statement.Parameter(all));
        sql.Add(command);
    }

    /// <summary>Works out what is due by the rules in force, for some customers or for all.</summary>
    public static void WorkOut(SqlBatch sql, IReadOnlyCollection<Guid>? customers)
    {
        var days = Rules(sql.Table(RulesName).Value);
        var command = new NpgsqlBatchCommand($"""
            update {sql.Table(TableName).Value} d set due_at = x.due_at
            from (select n.id, n.valid_from, customer.due_at(k.days, n.lifecycle, n.tier, coalesce(n.last_at, n.registered_at), n.planned_at) as due_at
                  from {sql.Table(TableName).Value} n cross join (select {days} as days) k where {(customers is null ? "true" : "n.id = any($1)")}) x
            where d.id = x.id and d.valid_from = x.valid_from and d.due_at <> x.due_at
            """);
        if (customers is not null) command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. customers] });
        sql.Add(command);
    }

    private static string Rules(string table) => $"coalesce((select c.days from {table} c), '{Days(CadenceSettings.Default)}'::jsonb)";

    /// <summary>The rules by the codes of classes and tiers.</summary>
    private static string Days(CadenceSettings settings) => JsonSerializer.Serialize(new Dictionary<string, int>(settings.Tiers)
    {
        ["potential"] = settings.Potential, ["intent"] = settings.Intent, ["won"] = settings.Won, ["lost"] = settings.Lost,
    });

    private static string Code(CustomerLifecycle lifecycle) => JsonNamingPolicy.CamelCase.ConvertName(lifecycle.ToString());
}
