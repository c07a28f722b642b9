using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Service;

/// <summary>Names of customers and contacts, and blind indexes of the phone numbers and addresses by which the public form finds whom a request is from.</summary>
internal sealed class CustomerProjection(PersonalData? personal) : TableProjection
{
    public const string ProjectionName = "service.customers";

    public override string Name => ProjectionName;

    /// <summary>4: contacts go along with merges of customers.</summary>
    public override int Version => 4;

    public override IReadOnlyList<string> Tables { get; } = ["service.customers", "service.contacts"];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerOwnerChanged), typeof(CustomerDeleted), typeof(CustomerUndeleted),
        typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved), typeof(CustomerErased), typeof(ContactErased), typeof(CustomerUnmergedFrom),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case CustomerRegistered x:
                sql.AddRow(e.StreamId, $"""
                    insert into {sql.Table("service.customers")} (id, name, phone, email, owner_id, deleted) values ({e.StreamId}, {x.Name}, {Reach.PhoneKey(x.Phone, personal)}, {Reach.EmailKey(x.Email, personal)}, {x.OwnerId}, false)
                    on conflict (id) do update set name = excluded.name, phone = excluded.phone, email = excluded.email, owner_id = excluded.owner_id, deleted = false
                    """);
                break;
            case CustomerDetailsChanged x when x.Name is not null || x.Phone is not null || x.Email is not null || x.Cleared is { Length: > 0 }:
                sql.AddRow(e.StreamId, $"""
                    update {sql.Table("service.customers")} c set name = coalesce(v.name, c.name),
                      phone = coalesce(v.phone, case when v.no_phone then null else c.phone end), email = coalesce(v.email, case when v.no_email then null else c.email end)
                    from (values ({e.StreamId}, {x.Name}, {Reach.PhoneKey(x.Phone, personal)}, {Replaced(x.Phone, x.Cleared, "phone")}, {Reach.EmailKey(x.Email, personal)}, {Replaced(x.Email, x.Cleared, "email")}))
                      v(id, name, phone, no_phone, email, no_email) where c.id = v.id
                    """);
                break;
            case CustomerOwnerChanged x:
                sql.AddRow(e.StreamId, $"update {sql.Table("service.customers")} c set owner_id = v.owner_id from (values ({e.StreamId}, {x.To})) v(id, owner_id) where c.id = v.id");
                break;
            case CustomerDeleted or CustomerUndeleted:
                sql.AddRow(e.StreamId, $"update {sql.Table("service.customers")} c set deleted = v.deleted from (values ({e.StreamId}, {e.Data is CustomerDeleted})) v(id, deleted) where c.id = v.id");
                break;
            case ContactAdded x:
                sql.AddRow(x.ContactId, $"""
                    insert into {sql.Table("service.contacts")} (id, customer_id, name, phone, email) values ({x.ContactId}, {e.StreamId}, {x.Name}, {Reach.PhoneKey(x.Phone, personal)}, {Reach.EmailKey(x.Email, personal)})
                    on conflict (id) do update set customer_id = excluded.customer_id, name = excluded.name, phone = excluded.phone, email = excluded.email
                    """);
                break;
            case CustomerUnmergedFrom x:
                sql.Add($"update {sql.Table("service.contacts")} set customer_id = {e.StreamId} where id = any({x.Contacts})");
                break;
            case ContactChanged x:
                sql.AddRow(x.ContactId, $"""
                    update {sql.Table("service.contacts")} c set name = coalesce(v.name, c.name),
                      phone = coalesce(v.phone, case when v.no_phone then null else c.phone end), email = coalesce(v.email, case when v.no_email then null else c.email end)
                    from (values ({x.ContactId}, {x.Name}, {Reach.PhoneKey(x.Phone, personal)}, {Replaced(x.Phone, x.Cleared, "phone")}, {Reach.EmailKey(x.Email, personal)}, {Replaced(x.Email, x.Cleared, "email")}))
                      v(id, name, phone, no_phone, email, no_email) where c.id = v.id
                    """);
                break;
            case CustomerErased x:
                sql.Add($"update {sql.Table("service.customers")} set name = {x.Placeholder}, phone = null, email = null where id = {e.StreamId}");
                sql.Add($"delete from {sql.Table("service.contacts")} where customer_id = {e.StreamId}");
                break;
            case ContactErased x:
                sql.Add($"update {sql.Table("service.contacts")} set name = {x.Placeholder}, phone = null, email = null where id = {x.ContactId}");
                break;
            case ContactRemoved x:
                sql.Add($"delete from {sql.Table("service.contacts")} where id = {x.ContactId}");
                break;
        }
    }

    /// <summary>Whether the event took the value away: emptied, or replaced by one that is no key.</summary>
    private static bool Replaced(string? value, string[]? cleared, string field) => value is not null || (cleared?.Contains(field) ?? false);
}
