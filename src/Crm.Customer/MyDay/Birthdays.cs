using System.Globalization;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>
/// On which day of the year contacts have their birthday (S047), as a keyed hash: without the key of the installation nobody reads a day from it, and the days of a
/// month are thirty hashes. It goes with the contact.
/// </summary>
internal sealed class Birthdays(PersonalData? personal) : TableProjection
{
    public override string Name => "customer.birthdays";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved), typeof(ContactErased), typeof(CustomerErased)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case ContactAdded { LeftAt: null, Birthday: { } birthday } x: Keep(e, sql, x.ContactId, birthday); break;
            case ContactChanged { LeftAt: not null } x: Remove(sql, x.ContactId); break;
            case ContactChanged { Birthday: { } birthday } x: Keep(e, sql, x.ContactId, birthday); break;
            case ContactChanged { Cleared: { } cleared } x when cleared.Contains("birthday"): Remove(sql, x.ContactId); break;
            case ContactRemoved x: Remove(sql, x.ContactId); break;
            case ContactErased x: Remove(sql, x.ContactId); break;
            case CustomerErased: sql.Add($"delete from {sql.Table("customer.birthdays")} where customer_id = {e.StreamId}"); break;
        }
    }

    /// <summary>The keys of a day: whoever was born on 29 February has his birthday on the 28th in other years.</summary>
    public static string[] Keys(DateOnly day, PersonalData? personal) =>
        day is { Month: 2, Day: 28 } && !DateTime.IsLeapYear(day.Year) ? [Key(2, 28, personal), Key(2, 29, personal)] : [Key(day.Month, day.Day, personal)];

    private static string Key(int month, int day, PersonalData? personal)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{month:00}-{day:00}");
        return personal?.Blind("birthday", text) ?? text;
    }

    private void Keep(Event e, SqlBatch sql, Guid contact, DateOnly birthday) => sql.Add($"""
        insert into {sql.Table("customer.birthdays")} (contact_id, customer_id, day) values ({contact}, {e.StreamId}, {Key(birthday.Month, birthday.Day, personal)})
        on conflict (contact_id) do update set day = excluded.day
        """);

    private static void Remove(SqlBatch sql, Guid contact) => sql.Add($"delete from {sql.Table("customer.birthdays")} where contact_id = {contact}");
}
