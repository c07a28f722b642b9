using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>
/// Keeps what makes a customer known already: folded names, blind indexes of telephone numbers and addresses, and the unique keys of other systems. Runs
/// with the events, so that the next registration sees it; a second customer with one external key fails as <c>external_key_taken</c>.
/// </summary>
internal sealed class CustomerKeys(PersonalData? personal) : Projection
{
    public override string Name => "customer.keys";

    /// <summary>4: with who is responsible and whether it is in the pool, beside the name; blind indexes in place of numbers and addresses; merges.</summary>
    public override int Version => 4;

    public override IReadOnlyList<string> Tables { get; } = ["customer.match_keys", "customer.external_keys"];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerExternalKeySet), typeof(CustomerExternalKeyRemoved), typeof(CustomerArchived),
        typeof(CustomerRestored), typeof(CustomerDeleted), typeof(CustomerUndeleted), typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved), typeof(CustomerOwnerChanged),
        typeof(CustomerErased), typeof(ContactErased), typeof(CustomerMerged), typeof(CustomerUnmerged), typeof(CustomerUnmergedFrom), typeof(CustomerPooled), typeof(CustomerReturned),
    ];

    /// <summary>
    /// New customers, deletions and the like that follow each other become one statement: an import, its revert or a change of many writes hundreds at a time. Where nothing lets go of a
    /// key, new customers come first, whatever else is said of them in between, such as their contacts.
    /// </summary>
    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        if (page.All(e => e.Data is CustomerRegistered or CustomerDetailsChanged or CustomerOwnerChanged or ContactAdded or ContactChanged or ContactRemoved))
            page = [.. page.Where(e => e.Data is CustomerRegistered), .. page.Where(e => e.Data is not CustomerRegistered)];
        for (var i = 0; i < page.Count;)
        {
            var (kind, end) = (page[i].Data.GetType(), i + 1);
            if (page[i].Data is CustomerRegistered or CustomerDeleted or CustomerArchived or CustomerRestored)
            {
                while (end < page.Count && page[end].Data.GetType() == kind) end++;
                List<Event> run = [.. page.Skip(i).Take(end - i)];
                if (kind == typeof(CustomerRegistered)) Registered(run, sql);
                else if (kind == typeof(CustomerDeleted)) Live(sql, [.. run.Select(e => e.StreamId)], false);
                else sql.Add($"update {sql.Table("customer.match_keys")} set archived = {kind == typeof(CustomerArchived)} where customer_id = any({run.Select(e => e.StreamId).ToArray()})");
            }
            else Project(page[i], sql);
            i = end;
        }
        return ValueTask.CompletedTask;
    }

    private void Registered(List<Event> events, SqlBatch sql)
    {
        var rows = new List<(Guid Id, Row Row, Guid? Owner)>(events.Count * 3);
        var keys = new List<(Guid Id, string System, string Value, Guid Twin)>();
        foreach (var e in events)
        {
            var x = (CustomerRegistered)e.Data;
            foreach (var row in new[] { Named("name", x.Name), Named("shortName", x.ShortName), Called("phone", x.Phone), Mailed("email", x.Email) })
                if (row is { } r) rows.Add((e.StreamId, r, r.Field == "name" ? x.OwnerId : null));
            foreach (var (system, value) in x.ExternalKeys ?? System.Collections.Immutable.ImmutableDictionary<string, string>.Empty)
                keys.Add((e.StreamId, system, value, x.DuplicatesOf is null ? Guid.Empty : e.StreamId));
        }
        sql.Add($"""
            insert into {sql.Table("customer.match_keys")} (customer_id, field, reason, key, value, owner_id)
            select * from unnest({rows.ConvertAll(r => r.Id).ToArray()}, {rows.ConvertAll(r => r.Row.Field).ToArray()}, {rows.ConvertAll(r => r.Row.Reason).ToArray()},
              {rows.ConvertAll(r => r.Row.Key).ToArray()}, {rows.ConvertAll(r => r.Row.Value).ToArray()}, {rows.ConvertAll(r => r.Owner).ToArray()})
            on conflict (customer_id, field) do update set key = excluded.key, value = excluded.value, owner_id = excluded.owner_id
            """);
        if (keys.Count > 0)
            sql.Add($"""
                insert into {sql.Table("customer.external_keys")} (customer_id, system, value, twin)
                select * from unnest({keys.ConvertAll(k => k.Id).ToArray()}, {keys.ConvertAll(k => k.System).ToArray()}, {keys.ConvertAll(k => k.Value).ToArray()}, {keys.ConvertAll(k => k.Twin).ToArray()})
                """);
    }

    private void Project(Event e, SqlBatch sql)
    {
        var id = e.StreamId;
        switch (e.Data)
        {
            case CustomerDetailsChanged x:
                Match(sql, id, x.Cleared, Named("name", x.Name), Named("shortName", x.ShortName), Called("phone", x.Phone), Mailed("email", x.Email));
                break;
            case CustomerExternalKeySet x:
                sql.Add($"""
                    insert into {sql.Table("customer.external_keys")} (customer_id, system, value, twin) values ({id}, {x.System}, {x.Value}, {Guid.Empty})
                    on conflict (customer_id, system) do update set value = excluded.value, twin = excluded.twin
                    """);
                break;
            case CustomerExternalKeyRemoved x:
                sql.Add($"delete from {sql.Table("customer.external_keys")} where customer_id = {id} and system = {x.System}");
                break;
            case CustomerOwnerChanged x:
                Owned(sql, id, x.To);
                break;
            case CustomerPooled:
                Pooled(sql, id, true);
                break;
            case CustomerReturned:
                Pooled(sql, id, false);
                break;
            // What the other one brings is written before or after its own stream: its keys are free by then in either order.
            case CustomerMerged x:
                sql.Add($"update {sql.Table("customer.external_keys")} set live = false where customer_id = {x.SourceId}");
                // Whoever comes with what the other one was known by finds the one that stayed.
                Held(sql, id, [x.SourceId, .. (x.Within ?? []).Select(m => m.SourceId)]);
                break;
            case CustomerUnmerged { Contacts: { } gone }:
                sql.Add($"delete from {sql.Table("customer.match_keys")} where customer_id = {id} and field = any({gone.SelectMany(c => new[] { $"{c}.phone", $"{c}.email" }).ToArray()})");
                break;
            case CustomerUnmergedFrom x:
                Held(sql, null, [id]);
                Held(sql, id, x.Within);
                sql.Add($"""
                    delete from {sql.Table("customer.external_keys")} t using {sql.Table("customer.external_keys")} s
                    where s.customer_id = {id} and t.customer_id = {x.HolderId} and t.system = s.system and t.value = s.value and t.twin = s.twin and t.live
                    """);
                break;
            case CustomerUndeleted:
                Live(sql, [id], true);
                break;
            case ContactAdded x:
                Match(sql, id, null, Called($"{x.ContactId}.phone", x.Phone), Mailed($"{x.ContactId}.email", x.Email));
                break;
            case ContactChanged x:
                Match(sql, id, x.Cleared?.Select(c => $"{x.ContactId}.{c}"), Called($"{x.ContactId}.phone", x.Phone), Mailed($"{x.ContactId}.email", x.Email));
                break;
            case CustomerErased x:
                sql.Add($"delete from {sql.Table("customer.match_keys")} where customer_id = {id} and field <> 'name'");
                sql.Add($"update {sql.Table("customer.match_keys")} set key = null, value = {x.Placeholder} where customer_id = {id}");
                break;
            case ContactErased x:
                sql.Add($"delete from {sql.Table("customer.match_keys")} where customer_id = {id} and field = any({new[] { $"{x.ContactId}.phone", $"{x.ContactId}.email" }})");
                break;
            case ContactRemoved x:
                sql.Add($"delete from {sql.Table("customer.match_keys")} where customer_id = {id} and field = any({new[] { $"{x.ContactId}.phone", $"{x.ContactId}.email" }})");
                break;
        }
    }

    private readonly record struct Row(string Field, string Reason, string? Key, string Value);

    private static Row? Named(string field, string? name) => name is null ? null : new(field, "name", MatchKey.OfName(name)?.Key, name);

    private Row? Called(string field, string? phone) => phone is null ? null : new(field, "phone", MatchKey.OfPhone(phone)?.Stored(personal), "");

    private Row? Mailed(string field, string? email) => email is null ? null : new(field, "email", MatchKey.OfEmail(email)?.Stored(personal), "");

    private static void Match(SqlBatch sql, Guid id, IEnumerable<string>? cleared, params ReadOnlySpan<Row?> values)
    {
        var table = sql.Table("customer.match_keys");
        foreach (var value in values)
            if (value is { } row)
                sql.AddRow((id, row.Field), $"""
                    insert into {table} (customer_id, field, reason, key, value, live)
                    select v.customer_id, v.field, v.reason, v.key, v.value, coalesce((select n.live from {table} n where n.customer_id = v.customer_id and n.field = 'name'), true)
                    from (values ({id}, {row.Field}, {row.Reason}, {row.Key}, {row.Value})) v(customer_id, field, reason, key, value)
                    on conflict (customer_id, field) do update set key = excluded.key, value = excluded.value
                    """);
        foreach (var field in cleared ?? []) sql.AddRow((id, field), $"delete from {table} k using (values ({id}, {field})) v(id, field) where k.customer_id = v.id and k.field = v.field");
    }

    private static void Owned(SqlBatch sql, Guid id, Guid? owner) => sql.AddRow((id, "name"), $"""
        update {sql.Table("customer.match_keys")} k set owner_id = v.owner_id, pooled = k.pooled and v.owner_id is null
        from (values ({id}, {owner})) v(id, owner_id) where k.customer_id = v.id and k.field = 'name'
        """);

    private static void Pooled(SqlBatch sql, Guid id, bool pooled) =>
        sql.Add($"update {sql.Table("customer.match_keys")} set pooled = {pooled} where customer_id = {id} and field = 'name'");

    private static void Held(SqlBatch sql, Guid? holder, Guid[] customers)
    {
        sql.Add($"update {sql.Table("customer.match_keys")} set merged_into = {holder} where customer_id = any({customers})");
        sql.Add($"update {sql.Table("customer.external_keys")} set merged_into = {holder} where customer_id = any({customers})");
    }

    private static void Live(SqlBatch sql, Guid[] ids, bool live)
    {
        sql.Add($"update {sql.Table("customer.match_keys")} set live = {live} where customer_id = any({ids})");
        sql.Add($"update {sql.Table("customer.external_keys")} set live = {live} where customer_id = any({ids})");
    }
}
