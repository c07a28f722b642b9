using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;

namespace Crm.Customers;

/// <summary>
/// Takes the values of unique custom fields in the transaction of the event: hashes, of customers that are not deleted. A second customer with a value fails as
/// <c>custom_value_taken</c>; a deleted one holds nothing back, and restoring it fails if the value went to another.
/// </summary>
internal sealed class UniqueValues(PersonalData? personal) : TableProjection
{
    public override string Name => "customer.unique_values";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerDeleted), typeof(CustomerUndeleted), typeof(CustomerErased), typeof(CustomerMerged), typeof(CustomerUnmergedFrom)];

    public override void Project(Event e, SqlBatch sql)
    {
        var id = e.StreamId;
        switch (e.Data)
        {
            case CustomerRegistered { Unique: { } keys, Custom: { } custom }: Take(sql, id, keys, custom); break;
            case CustomerDetailsChanged { Custom: { } custom } x:
                // A value that was put back by a job is no longer the one that was taken.
                var freed = custom.Where(c => c.Value.ValueKind == JsonValueKind.Null || x.Unique?.Contains(c.Key) != true).Select(c => c.Key).ToArray();
                if (freed.Length > 0) sql.Add($"delete from {sql.Table("customer.unique_values")} where customer_id = {id} and key = any({freed})");
                if (x.Unique is { } unique) Take(sql, id, unique, custom);
                break;
            case CustomerDeleted: sql.AddRow(id, $"update {sql.Table("customer.unique_values")} u set live = false from (values ({id})) v(id) where u.customer_id = v.id"); break;
            case CustomerUndeleted: sql.Add($"update {sql.Table("customer.unique_values")} set live = true where customer_id = {id}"); break;
            // What the other one brings is written before or after its own stream: its values are free by then in either order.
            case CustomerMerged x: sql.Add($"update {sql.Table("customer.unique_values")} set live = false where customer_id = {x.SourceId}"); break;
            case CustomerUnmergedFrom x:
                sql.Add($"""
                    delete from {sql.Table("customer.unique_values")} t using {sql.Table("customer.unique_values")} s
                    where s.customer_id = {id} and t.customer_id = {x.HolderId} and t.key = s.key and t.value = s.value and t.live
                    """);
                break;
            case CustomerErased: sql.Add($"delete from {sql.Table("customer.unique_values")} where customer_id = {id}"); break;
        }
    }

    /// <summary>What a value is known by.</summary>
    public static string Hash(PersonalData? personal, string key, JsonElement value)
    {
        var folded = CustomFieldValues.Folded(value);
        return personal?.Blind("custom." + key, folded) ?? folded;
    }

    /// <summary>Who has one of the values already, for a refusal that says so; null if nobody has.</summary>
    /// <param name="settings">The fields.</param>
    /// <param name="custom">The values.</param>
    /// <param name="scope">The command.</param>
    public static async Task<Rejection?> TakenAsync(FieldSettings settings, IReadOnlyDictionary<string, JsonElement>? custom, CommandScope scope)
    {
        if (custom is null || settings.UniqueOf("customers", custom.Where(c => c.Value.ValueKind != JsonValueKind.Null).Select(c => c.Key)) is not { } keys) return null;
        await using var connection = await scope.Database.OpenConnectionAsync(scope.Aborted);
        var holder = await connection.QueryFirstOrDefaultAsync<(Guid Id, string Key, string Name, Guid? Owner)?>(new CommandDefinition("""
            select u.customer_id, u.key, n.value, n.owner_id from unnest(@keys, @values) as w(key, value)
              join customer.unique_values u on u.key = w.key and u.value = w.value and u.live and u.customer_id <> @id
              join customer.match_keys n on n.customer_id = u.customer_id and n.field = 'name'
            """, new { keys, values = keys.Select(k => Hash(scope.Store.Personal, k, custom[k])).ToArray(), id = scope.Id }, cancellationToken: scope.Aborted));
        if (holder is not { } other) return null;
        var field = settings.Find("customers", other.Key)!;
        var seen = Access.Of(scope.Http).Rows(Right.View("customers")).Holds(other.Owner);
        return new Rejection("custom_value_taken",
            seen ? $"“{field.Zh}”的这个值已属于客户“{other.Name}”。" : $"“{field.Zh}”的这个值已属于另一个客户。",
            seen ? $"This value of '{field.En}' is that of the customer '{other.Name}'." : $"Another customer has this value of '{field.En}'.", 409, field.Path,
            seen ? new Dictionary<string, object?> { ["holder"] = new { id = other.Id, name = other.Name } } : null);
    }

    private void Take(SqlBatch sql, Guid id, string[] keys, IReadOnlyDictionary<string, JsonElement> custom)
    {
        string[] taken = [.. keys.Where(k => custom.TryGetValue(k, out var value) && value.ValueKind is not JsonValueKind.Null)];
        if (taken.Length > 0)
            sql.Add($"""
                insert into {sql.Table("customer.unique_values")} (customer_id, key, value)
                select {id}, u.key, u.value from unnest({taken}, {taken.Select(k => Hash(personal, k, custom[k])).ToArray()}) as u(key, value)
                on conflict (customer_id, key) do update set value = excluded.value
                """);
    }
}
