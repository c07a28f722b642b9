using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>
/// Keeps what makes a customer known already: folded names, blind indexes of telephone numbers and addresses, and the unique keys of other systems. Runs
/// with the events, so that the next registration sees it; a second customer with one external key fails as <c>external_key_taken</c>.
/// </summary>
internal sealed class CustomerKeys(PersonalData? personal) : TableProjection
{
    public override string Name => "customer.keys";

    /// <summary>3: with who is responsible, beside the name; blind indexes in place of numbers and addresses.</summary>
    public override int Version => 3;

    public override IReadOnlyList<string> Tables { get; } = ["customer.match_keys", "customer.external_keys"];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerExternalKeySet), typeof(CustomerExternalKeyRemoved), typeof(CustomerArchived),
        typeof(CustomerRestored), typeof(CustomerDeleted), typeof(CustomerUndeleted), typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved), typeof(CustomerOwnerChanged),
        typeof(CustomerErased), typeof(ContactErased),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        var id = e.StreamId;
        switch (e.Data)
        {
            case CustomerRegistered x:
                Match(sql, id, null, Named("name", x.Name), Named("shortName", x.ShortName), Called("phone", x.Phone), Mailed("email", x.Email));
                if (x.OwnerId is not null) Owned(sql, id, x.OwnerId);
                if (x.ExternalKeys is { Count: > 0 } keys)
                    sql.Add($"""
                        insert into {sql.Table("customer.external_keys")} (customer_id, system, value, twin)
                        select {id}, u.system, u.value, {(x.DuplicatesOf is null ? Guid.Empty : id)} from unnest({keys.Keys.ToArray()}, {keys.Values.ToArray()}) as u(system, value)
                        """);
                break;
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
            case CustomerArchived:
                sql.Add($"update {sql.Table("customer.match_keys")} set archived = true where customer_id = {id}");
                break;
            case CustomerRestored:
                sql.Add($"update {sql.Table("customer.match_keys")} set archived = false where customer_id = {id}");
                break;
            case CustomerDeleted:
                Live(sql, id, false);
                break;
            case CustomerUndeleted:
                Live(sql, id, true);
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
        var rows = new List<Row>();
        foreach (var value in values)
            if (value is { } row) rows.Add(row);
        if (rows.Count > 0)
            sql.Add($"""
                insert into {sql.Table("customer.match_keys")} (customer_id, field, reason, key, value)
                select {id}, u.field, u.reason, u.key, u.value from unnest({rows.ConvertAll(r => r.Field).ToArray()}, {rows.ConvertAll(r => r.Reason).ToArray()},
                  {rows.ConvertAll(r => r.Key).ToArray()}, {rows.ConvertAll(r => r.Value).ToArray()}) as u(field, reason, key, value)
                on conflict (customer_id, field) do update set key = excluded.key, value = excluded.value
                """);
        if (cleared?.ToArray() is { Length: > 0 } gone) sql.Add($"delete from {sql.Table("customer.match_keys")} where customer_id = {id} and field = any({gone})");
    }

    private static void Owned(SqlBatch sql, Guid id, Guid? owner) =>
        sql.Add($"update {sql.Table("customer.match_keys")} set owner_id = {owner} where customer_id = {id} and field = 'name'");

    private static void Live(SqlBatch sql, Guid id, bool live)
    {
        sql.Add($"update {sql.Table("customer.match_keys")} set live = {live} where customer_id = {id}");
        sql.Add($"update {sql.Table("customer.external_keys")} set live = {live} where customer_id = {id}");
    }
}
