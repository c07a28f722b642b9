using Crm.Http;
using Crm.Imports;

namespace Crm.Customers;

/// <summary>
/// The contacts that a row of a file of customers names, <c>contact.name</c> to <c>contact3.email</c>: one of the customer's with that name is changed,
/// another is added. Of several with one name that number and address do not tell apart none is guessed.
/// </summary>
internal sealed class ContactsOfRow(ImportSetup setup)
{
    private static readonly string[] Prefixes = ["contact", "contact2", "contact3"];
    private static readonly AddContact.Validator Adding = new();
    private static readonly ChangeContact.Validator Changing = new();
    private readonly string[] mapped = [.. Prefixes.Where(p => setup.Maps(p + ".name") || setup.Maps(p + ".lastName"))];

    /// <summary>The fields that columns can be mapped to.</summary>
    /// <param name="settings">The organisation's own fields of contacts are among them.</param>
    public static IEnumerable<ImportField> Fields(FieldSettings settings) =>
    [
        .. Prefixes.SelectMany((prefix, i) =>
        {
            var (zh, en) = i == 0 ? ("联系人", "Contact") : ($"联系人{i + 1}", $"Contact {i + 1}");
            string[] Also(string part, params string[] words) => [.. words.Select(w => zh + w), $"{en} {part}", $"{prefix} {part}"];
            return new ImportField[]
            {
                new(prefix + ".name", zh + "姓名", en + " name", ImportFieldType.Text) { Synonyms = [zh, en, .. Also("person", "名称")] },
                new(prefix + ".firstName", zh + "名", en + " first name", ImportFieldType.Text) { Synonyms = Also("given name") },
                new(prefix + ".lastName", zh + "姓", en + " last name", ImportFieldType.Text) { Synonyms = Also("family name") },
                new(prefix + ".position", zh + "职务", en + " position", ImportFieldType.Text) { Synonyms = Also("title", "职位", "岗位") },
                new(prefix + ".phone", zh + "电话", en + " phone", ImportFieldType.Phone) { Synonyms = Also("mobile", "手机", "手机号") },
                new(prefix + ".email", zh + "邮箱", en + " e-mail", ImportFieldType.Email) { Synonyms = Also("email address", "电子邮箱") },
            }.Concat(ImportField.Own(settings, "contacts").Select(own => own with { Code = $"{prefix}.{own.Code}", Name = zh + own.Name, NameEn = $"{en} {own.NameEn}", Synonyms = [.. own.Synonyms.Select(s => $"{prefix} {s}")] }));
        }),
    ];

    /// <summary>The member of a contact that a column changes, with its list; null for a column of the customer's own.</summary>
    public static string? RecordField(string code) => code.Split('.') is [var prefix, var part, ..] && Prefixes.Contains(prefix) ? "contacts." + (part is "firstName" or "lastName" ? "name" : part) : null;

    /// <summary>Adds the events of the row's contacts to those of its customer; false if one is refused.</summary>
    /// <param name="row">The row.</param>
    /// <param name="customer">The customer, or null if the events register it.</param>
    /// <param name="events">The events of the customer.</param>
    public bool Add(ImportRow row, Customer? customer, List<DatedEvent> events)
    {
        if (mapped.Length == 0) return true;
        var state = setup.After(customer, customer?.Id ?? row.RecordId, events)!;
        foreach (var prefix in mapped)
        {
            if (Rules.Clean(row.Text(prefix + ".name") ?? Joined(row.Text(prefix + ".firstName"), row.Text(prefix + ".lastName"))) is not { } name) continue;
            var (phone, email) = (row.Text(prefix + ".phone"), row.Text(prefix + ".email"));
            var known = state.Contacts.Where(c => !c.Erased && string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase)).ToList();
            if (known.Count > 1) known = [.. known.Where(c => (phone is not null && MatchKey.OfPhone(phone) == MatchKey.OfPhone(c.Phone)) || (email is not null && MatchKey.OfEmail(email) == MatchKey.OfEmail(c.Email)))];
            if (known.Count != 1 && state.Contacts.Any(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase) && !c.Erased))
            {
                row.Add(RowMessage.Warning("ambiguous_contact", prefix + ".name", $"有多个联系人叫“{name}”，未修改。", $"Several contacts are called '{name}'; none was changed."));
                continue;
            }
            var decision = known.Count == 1 ? Changed(row, prefix, state, known[0].Id, phone, email) : Added(row, prefix, state, name, phone, email);
            if (row.HasErrors) return false;
            if (decision.Rejection is { } rejection)
            {
                row.Add(RowMessage.Error(rejection.Code, prefix + ".name", rejection.Zh, rejection.En));
                return false;
            }
            List<DatedEvent> more = [.. decision.Events.Select(e => new DatedEvent(e))];
            events.AddRange(more);
            state = setup.After(state, state.Id, more)!;
        }
        return true;
    }

    /// <summary>Takes away a contact that an import added, or puts back one that it changed.</summary>
    public static Decision Restore(Customer current, Customer before, Guid id, Now now)
    {
        if (before.Contacts.FirstOrDefault(c => c.Id == id) is not { } was) return RemoveContactFeature.Decide(new RemoveContact(), current, id, now);
        var command = new ChangeContact
        {
            Name = was.Name,
            Position = was.Position,
            Phone = was.Phone,
            Email = was.Email,
            IsPrimary = was.IsPrimary,
            Custom = current.Contacts.FirstOrDefault(c => c.Id == id)?.Changed(was.Custom),
            Cleared = [.. new[] { ("position", was.Position), ("phone", was.Phone), ("email", was.Email) }.Where(f => f.Item2 is null).Select(f => f.Item1)],
        };
        return ChangeContactFeature.Decide(command, current, new ContactFacts(id, FieldSettings.Empty), now);
    }

    /// <summary>A name in two columns: the family name first where it is Chinese.</summary>
    private static string? Joined(string? first, string? last) =>
        last is not null && last.Trim().All(c => c >= 0x3400) ? $"{last.Trim()}{first?.Trim()}" : $"{first} {last}";

    private Decision Added(ImportRow row, string prefix, Customer state, string name, string? phone, string? email)
    {
        var command = new AddContact { Name = name, Position = row.Text(prefix + ".position"), Phone = phone, Email = email, Custom = row.Own("contacts", prefix + ".") };
        return row.IsValid(Adding, command) ? AddContactFeature.Decide(command, state, new ContactFacts(null, setup.Access.Picture.Fields), row.Now(part: 1 + Array.IndexOf(Prefixes, prefix))) : Decision.Nothing;
    }

    private Decision Changed(ImportRow row, string prefix, Customer state, Guid id, string? phone, string? email)
    {
        var command = new ChangeContact
        {
            Position = row.Text(prefix + ".position"),
            Phone = phone,
            Email = email,
            Custom = row.Own("contacts", prefix + "."),
            Cleared = [.. row.Cleared.Where(c => c.StartsWith(prefix + ".", StringComparison.Ordinal)).Select(c => c[(prefix.Length + 1)..]).Where(c => c is "position" or "phone" or "email")],
        };
        return row.IsValid(Changing, command) ? ChangeContactFeature.Decide(command, state, new ContactFacts(id, setup.Access.Picture.Fields), row.Now()) : Decision.Nothing;
    }
}
