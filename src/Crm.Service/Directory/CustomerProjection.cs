using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Service;

/// <summary>Names of customers and contacts, and blind indexes of the phone numbers and addresses by which the public form finds whom a request is from.</summary>
internal sealed class CustomerProjection(PersonalData? personal) : TableProjection
{
    public const string ProjectionName = "service.customers";

    public override string Name => ProjectionName;

    /// <summary>3: with who is responsible for a customer; blind indexes in place of numbers and addresses.</summary>
    public override int Version => 3;

    public override IReadOnlyList<string> Tables { get; } = ["service.customers", "service.contacts"];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerOwnerChanged), typeof(CustomerDeleted), typeof(CustomerUndeleted),
        typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved), typeof(CustomerErased), typeof(ContactErased),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case CustomerRegistered x:
                sql.Add($"""
                    insert into {sql.Table("service.customers")} (id, name, phone, email, owner_id, deleted) values ({e.StreamId}, {x.Name}, {Reach.PhoneKey(x.Phone, personal)}, {Reach.EmailKey(x.Email, personal)}, {x.OwnerId}, false)
                    on conflict (id) do update set name = excluded.name, phone = excluded.phone, email = excluded.email, owner_id = excluded.owner_id, deleted = false
                    """);
                break;
            case CustomerDetailsChanged x when x.Name is not null || x.Phone is not null || x.Email is not null || x.Cleared is { Length: > 0 }:
                sql.Add($"""
                    update {sql.Table("service.customers")} set name = coalesce({x.Name}, name),
                      phone = coalesce({Reach.PhoneKey(x.Phone, personal)}, case when {Replaced(x.Phone, x.Cleared, "phone")} then null else phone end),
                      email = coalesce({Reach.EmailKey(x.Email, personal)}, case when {Replaced(x.Email, x.Cleared, "email")} then null else email end)
                    where id = {e.StreamId}
                    """);
                break;
            case CustomerOwnerChanged x:
                sql.Add($"update {sql.Table("service.customers")} set owner_id = {x.To} where id = {e.StreamId}");
                break;
            case CustomerDeleted:
                sql.Add($"update {sql.Table("service.customers")} set deleted = true where id = {e.StreamId}");
                break;
            case CustomerUndeleted:
                sql.Add($"update {sql.Table("service.customers")} set deleted = false where id = {e.StreamId}");
                break;
            case ContactAdded x:
                sql.Add($"""
                    insert into {sql.Table("service.contacts")} (id, customer_id, name, phone, email) values ({x.ContactId}, {e.StreamId}, {x.Name}, {Reach.PhoneKey(x.Phone, personal)}, {Reach.EmailKey(x.Email, personal)})
                    on conflict (id) do update set name = excluded.name, phone = excluded.phone, email = excluded.email
                    """);
                break;
            case ContactChanged x:
                sql.Add($"""
                    update {sql.Table("service.contacts")} set name = coalesce({x.Name}, name),
                      phone = coalesce({Reach.PhoneKey(x.Phone, personal)}, case when {Replaced(x.Phone, x.Cleared, "phone")} then null else phone end),
                      email = coalesce({Reach.EmailKey(x.Email, personal)}, case when {Replaced(x.Email, x.Cleared, "email")} then null else email end)
                    where id = {x.ContactId}
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
