using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>
/// What two customers are together, what events lead from one state to another, and what a customer would be had a merge never been. All of it pure: a merge
/// is taken back by reading the log again without it, not from a copy that was put aside.
/// </summary>
internal static class MergedCustomer
{
    /// <summary>The fields of which one side's value may be chosen, by JSON name; those of <c>custom</c> and <c>externalKeys</c> one by one: <c>custom.rank</c>.</summary>
    public static readonly ImmutableArray<string> Fields =
    [
        "kind", "name", "shortName", "lifecycle", "tier", "industry", "size", "source", "phone", "email", "address", "website", "idNumber", "bankCard", "needs", "ownerId", "parentId", "nextFollowUp",
    ];

    /// <summary>Both together: the target's values, the source's where the target has none or the source's was chosen; lists united.</summary>
    /// <param name="target">The customer that stays.</param>
    /// <param name="source">The customer that is merged away.</param>
    /// <param name="chosen">The fields of which the source's value was chosen; an empty value is never chosen.</param>
    public static Customer Unite(Customer target, Customer source, IReadOnlyCollection<string> chosen)
    {
        var kind = chosen.Contains("kind") ? source.Kind : target.Kind;
        var (contacts, same) = Contacts(target, source);
        var plan = source.NextFollowUpAt is not null && (target.NextFollowUpAt is null || chosen.Contains("nextFollowUp")) ? source : target;
        return target with
        {
            Kind = kind,
            Name = chosen.Contains("name") ? source.Name : target.Name,
            ShortName = One("shortName", target.ShortName, source.ShortName),
            Lifecycle = chosen.Contains("lifecycle") ? source.Lifecycle : target.Lifecycle,
            Tier = One("tier", target.Tier, source.Tier),
            Industry = One("industry", target.Industry, source.Industry),
            Size = One("size", target.Size, source.Size),
            Source = One("source", target.Source, source.Source),
            Phone = One("phone", target.Phone, source.Phone),
            PhoneInvalid = Taken("phone", target.Phone, source.Phone) ? source.PhoneInvalid : target.PhoneInvalid,
            Email = One("email", target.Email, source.Email),
            EmailInvalid = Taken("email", target.Email, source.Email) ? source.EmailInvalid : target.EmailInvalid,
            Address = One("address", target.Address, source.Address),
            Website = One("website", target.Website, source.Website),
            IdNumber = kind == CustomerKind.Person ? One("idNumber", target.IdNumber, source.IdNumber) : null,
            BankCard = kind == CustomerKind.Person ? One("bankCard", target.BankCard, source.BankCard) : null,
            Needs = One("needs", target.Needs, source.Needs),
            OwnerId = source.OwnerId is not null && (target.OwnerId is null || chosen.Contains("ownerId")) ? source.OwnerId : target.OwnerId,
            ParentId = Parent(target, source, chosen),
            Tags = [.. target.Tags, .. source.Tags.Except(target.Tags)],
            ExternalKeys = target.ExternalKeys.SetItems(source.ExternalKeys.Where(k => !target.ExternalKeys.ContainsKey(k.Key) || chosen.Contains("externalKeys." + k.Key))),
            Custom = target.Custom.SetItems(source.Custom.Where(f => !target.Custom.ContainsKey(f.Key) || chosen.Contains("custom." + f.Key))),
            Contacts = contacts,
            Consents = [.. target.Consents, .. source.Consents.Select(c => c with { ContactId = c.ContactId is { } id && same.TryGetValue(id, out var known) ? known : c.ContactId })],
            Shares = [.. target.Shares, .. source.Shares.Where(s => !target.Shares.Any(t => (t.UserId, t.DepartmentId, t.TeamId) == (s.UserId, s.DepartmentId, s.TeamId)))],
            FollowUpCount = target.FollowUpCount + source.FollowUpCount,
            LastFollowUpAt = target.LastFollowUpAt is null || source.LastFollowUpAt > target.LastFollowUpAt ? source.LastFollowUpAt : target.LastFollowUpAt,
            NextFollowUpAt = plan.NextFollowUpAt,
            NextFollowUpGoal = plan.NextFollowUpGoal,
            NextFollowUpOwnerId = plan.NextFollowUpOwnerId,
        };
        bool Taken(string field, string? of, string? other) => other is not null && (of is null || chosen.Contains(field));
        string? One(string field, string? of, string? other) => Taken(field, of, other) ? other : of;
    }

    /// <summary>The customer as it would be had some merges never been: a merge that is left in is united anew, as what it brought may have come from one that is left out.</summary>
    /// <param name="id">The customer.</param>
    /// <param name="streams">The events of it and of all customers that were merged into it, or into those.</param>
    /// <param name="merges">The merges to leave out beside those that were taken back already.</param>
    /// <param name="events">The events to leave out beside those that were given back already.</param>
    /// <param name="upTo">The last version of the stream that counts.</param>
    public static Customer Without(Guid id, IReadOnlyDictionary<Guid, IReadOnlyList<Event>> streams, ImmutableHashSet<Guid> merges, ImmutableHashSet<Guid> events, long upTo = long.MaxValue)
    {
        var log = streams[id].TakeWhile(e => e.Version <= upTo).ToList();
        foreach (var x in log.Select(e => e.Data).OfType<CustomerUnmerged>()) (merges, events) = (merges.Add(x.MergeId), events.Union(x.Assigned ?? []));
        Customer? state = null;
        var skipped = 0;
        foreach (var e in log)
        {
            if (skipped > 0) skipped--;
            else if (e.Data is CustomerUnmerged back) skipped = back.Changes;
            else if (e.Data is CustomerMerged x)
            {
                skipped = x.Changes;
                if (!merges.Contains(x.MergeId)) state = Unite(state!, Without(x.SourceId, streams, merges, events, x.SourceVersion), x.Fields ?? []);
            }
            else if (!events.Contains(e.Id)) state = Fold.Next(state, e);
        }
        return state!;
    }

    /// <summary>The events of the ordinary commands that lead from one state to another, <paramref name="fields"/> telling which own fields are unique. Contacts and consents that go away, and figures of follow-ups, are in the event before them.</summary>
    public static IReadOnlyList<object> Changes(Customer before, Customer after, FieldSettings fields) =>
    [
        .. Details(before, after, fields),
        .. before.Lifecycle == after.Lifecycle ? (object[])[] : [new CustomerLifecycleChanged(before.Lifecycle, after.Lifecycle, null)],
        .. before.OwnerId == after.OwnerId ? (object[])[] : [new CustomerOwnerChanged(before.OwnerId, after.OwnerId)],
        // Whoever became responsible took it out of the pool; without him it is there again.
        .. after is { OwnerId: null, InPool: true } && !before.InPool ? (object[])[new CustomerPooled(after.FormerOwnerId, after.PoolCause!, null)] : [],
        .. before.Tags.Except(after.Tags).Select(t => new CustomerUntagged(t)),
        .. after.Tags.Except(before.Tags).Select(t => new CustomerTagged(t)),
        .. before.ExternalKeys.Where(k => !after.ExternalKeys.ContainsKey(k.Key)).OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => new CustomerExternalKeyRemoved(k.Key, k.Value)),
        .. after.ExternalKeys.Where(k => before.ExternalKeys.GetValueOrDefault(k.Key) != k.Value).OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => new CustomerExternalKeySet(k.Key, k.Value)),
        .. after.Contacts.Where(c => !before.Contacts.Any(k => k.Id == c.Id)).SelectMany(Added),
        // Whoever stops being the first to talk to comes before the one who becomes it.
        .. after.Contacts.Select(c => (Before: before.Contacts.FirstOrDefault(k => k.Id == c.Id), After: c)).Where(c => c.Before is not null && ((c.Before with { Custom = null }) != (c.After with { Custom = null }) || c.Before.Changed(c.After.Custom) is not null))
            .OrderBy(c => c.After.IsPrimary).Select(c => Changed(c.Before!, c.After)),
        .. after.Consents.Where(c => !before.Consents.Any(k => k.Id == c.Id)).SelectMany(Given),
        .. before.Shares.Except(after.Shares).Select(s => new RecordUnshared(s.Id)),
        .. after.Shares.Except(before.Shares).Select(s => new RecordShared(s.Id, s.UserId, s.DepartmentId, s.Level, s.TeamId)),
    ];

    /// <summary>The plan of what is next, as events have it.</summary>
    public static FollowUpPlan? Plan(Customer customer) => customer.NextFollowUpAt is { } at ? new FollowUpPlan(at, customer.NextFollowUpGoal, customer.NextFollowUpOwnerId) : null;

    /// <summary>The merges left once one is taken back: without it and those of customers within the one that goes.</summary>
    public static ImmutableArray<CustomerMerge> Left(ImmutableArray<CustomerMerge> merges, Guid merge)
    {
        if (merges.FirstOrDefault(m => m.Id == merge) is not { } gone) return merges;
        var left = merges.Remove(gone);
        return left.Where(m => m.TargetId == gone.SourceId).Aggregate(left, (rest, within) => Left(rest, within.Id));
    }

    private static Guid? Parent(Customer target, Customer source, IReadOnlyCollection<string> chosen)
    {
        var parent = source.ParentId is not null && (target.ParentId is null || target.ParentId == source.Id || chosen.Contains("parentId")) ? source.ParentId : target.ParentId;
        return parent == target.Id || parent == source.Id ? null : parent;
    }

    /// <summary>
    /// The contacts of both. Two are one person if they have one name and a number or address in common and do not contradict each other: then the one that
    /// stays is filled up. Otherwise both stay, for nothing may be lost.
    /// </summary>
    private static (ImmutableArray<Contact> Contacts, Dictionary<Guid, Guid> Same) Contacts(Customer target, Customer source)
    {
        var (contacts, same) = (target.Contacts, new Dictionary<Guid, Guid>());
        foreach (var contact in source.Contacts.Where(c => !c.Erased).OrderBy(c => c.Id))
        {
            if (contacts.OrderBy(c => c.Id).FirstOrDefault(c => IsSame(c, contact)) is not { } known)
            {
                contacts = contacts.Add(contact with { IsPrimary = contact.IsPrimary && !contacts.Any(c => c.IsPrimary) });
                continue;
            }
            same.Add(contact.Id, known.Id);
            contacts = contacts.Replace(known, known with
            {
                Position = known.Position ?? contact.Position,
                DecisionRole = known.DecisionRole ?? contact.DecisionRole,
                Phone = known.Phone ?? contact.Phone,
                PhoneInvalid = known.Phone is null ? contact.PhoneInvalid : known.PhoneInvalid,
                Email = known.Email ?? contact.Email,
                EmailInvalid = known.Email is null ? contact.EmailInvalid : known.EmailInvalid,
                Birthday = known.Birthday ?? contact.Birthday,
                IdNumber = known.IdNumber ?? contact.IdNumber,
                Custom = known.Custom is null ? contact.Custom : known.With(contact.Custom?.RemoveRange(known.Custom.Keys)),
            });
        }
        return (contacts, same);
    }

    private static bool IsSame(Contact a, Contact b)
    {
        if (a.Erased || a.LeftAt != b.LeftAt || MatchKey.OfName(a.Name) != MatchKey.OfName(b.Name)) return false;
        var (phones, emails) = ((MatchKey.OfPhone(a.Phone), MatchKey.OfPhone(b.Phone)), (MatchKey.OfEmail(a.Email), MatchKey.OfEmail(b.Email)));
        if (!((phones.Item1 is not null && phones.Item1 == phones.Item2) || (emails.Item1 is not null && emails.Item1 == emails.Item2))) return false;
        return Agree(phones.Item1?.Key ?? a.Phone, phones.Item2?.Key ?? b.Phone) && Agree(emails.Item1?.Key, emails.Item2?.Key) && Agree(a.Position, b.Position) && Agree(a.DecisionRole, b.DecisionRole)
            && Agree(a.IdNumber, b.IdNumber) && (a.Birthday is null || b.Birthday is null || a.Birthday == b.Birthday)
            && a.Custom?.Any(f => b.Custom?.TryGetValue(f.Key, out var other) == true && !JsonElement.DeepEquals(f.Value, other)) != true;
        static bool Agree(string? one, string? other) => one is null || other is null || one == other;
    }

    private static IEnumerable<object> Details(Customer before, Customer after, FieldSettings fields)
    {
        var cleared = new List<string>();
        var own = before.Custom.Keys.Union(after.Custom.Keys)
            .Where(f => !(before.Custom.TryGetValue(f, out var a) && after.Custom.TryGetValue(f, out var b) && JsonElement.DeepEquals(a, b)))
            .ToImmutableDictionary(f => f, f => after.Custom.TryGetValue(f, out var value) ? value : JsonSerializer.SerializeToElement<object?>(null));
        var changed = new CustomerDetailsChanged
        {
            Kind = before.Kind == after.Kind ? null : after.Kind,
            Name = before.Name == after.Name ? null : after.Name,
            ShortName = Text("shortName", before.ShortName, after.ShortName),
            Tier = Text("tier", before.Tier, after.Tier),
            Industry = Text("industry", before.Industry, after.Industry),
            Size = Text("size", before.Size, after.Size),
            Source = Text("source", before.Source, after.Source),
            Phone = Text("phone", before.Phone, after.Phone),
            Email = Text("email", before.Email, after.Email),
            Address = Text("address", before.Address, after.Address),
            Website = Text("website", before.Website, after.Website),
            IdNumber = Text("idNumber", before.IdNumber, after.IdNumber),
            BankCard = Text("bankCard", before.BankCard, after.BankCard),
            Needs = Text("needs", before.Needs, after.Needs),
            ParentId = before.ParentId == after.ParentId ? null : after.ParentId,
            Custom = own.IsEmpty ? null : own,
            Unique = own.IsEmpty ? null : fields.UniqueOf("customers", own.Keys),
            PhoneInvalid = Mark(before.Phone, after.Phone, before.PhoneInvalid, after.PhoneInvalid),
            EmailInvalid = Mark(before.Email, after.Email, before.EmailInvalid, after.EmailInvalid),
        };
        if (before.ParentId is not null && after.ParentId is null) cleared.Add("parentId");
        return changed == new CustomerDetailsChanged() && cleared.Count == 0 ? [] : [changed with { Cleared = cleared.Count == 0 ? null : [.. cleared] }];

        string? Text(string field, string? of, string? other)
        {
            if (of == other) return null;
            if (other is null) cleared.Add(field);
            return other;
        }
    }

    private static IEnumerable<object> Added(Contact c)
    {
        yield return new ContactAdded
        {
            ContactId = c.Id, Name = c.Name, Position = c.Position, DecisionRole = c.DecisionRole, Phone = c.Phone, Email = c.Email, Birthday = c.Birthday, IdNumber = c.IdNumber, IsPrimary = c.IsPrimary, LeftAt = c.LeftAt, Custom = c.Custom,
        };
        if (c.PhoneInvalid || c.EmailInvalid) yield return new ContactChanged { ContactId = c.Id, PhoneInvalid = c.PhoneInvalid ? true : null, EmailInvalid = c.EmailInvalid ? true : null };
    }

    /// <summary>A mark as a change has it: a new value has none, so that it is said only where there is one.</summary>
    private static bool? Mark(string? before, string? after, bool was, bool now) => (before == after ? was : false) == now ? null : now;

    private static object Changed(Contact before, Contact after)
    {
        (string Field, bool Emptied)[] emptied =
        [
            ("position", before.Position is not null && after.Position is null), ("decisionRole", before.DecisionRole is not null && after.DecisionRole is null),
            ("phone", before.Phone is not null && after.Phone is null), ("email", before.Email is not null && after.Email is null),
            ("birthday", before.Birthday is not null && after.Birthday is null), ("idNumber", before.IdNumber is not null && after.IdNumber is null),
            ("leftAt", before.LeftAt is not null && after.LeftAt is null),
        ];
        string[] cleared = [.. emptied.Where(f => f.Emptied).Select(f => f.Field)];
        return new ContactChanged
        {
            ContactId = after.Id,
            Name = before.Name == after.Name ? null : after.Name,
            Position = before.Position == after.Position ? null : after.Position,
            DecisionRole = before.DecisionRole == after.DecisionRole ? null : after.DecisionRole,
            Phone = before.Phone == after.Phone ? null : after.Phone,
            Email = before.Email == after.Email ? null : after.Email,
            Birthday = before.Birthday == after.Birthday ? null : after.Birthday,
            IdNumber = before.IdNumber == after.IdNumber ? null : after.IdNumber,
            IsPrimary = before.IsPrimary == after.IsPrimary ? null : after.IsPrimary,
            LeftAt = before.LeftAt == after.LeftAt ? null : after.LeftAt,
            Custom = before.Changed(after.Custom),
            PhoneInvalid = Mark(before.Phone, after.Phone, before.PhoneInvalid, after.PhoneInvalid),
            EmailInvalid = Mark(before.Email, after.Email, before.EmailInvalid, after.EmailInvalid),
            Cleared = cleared.Length == 0 ? null : cleared,
        };
    }

    private static IEnumerable<object> Given(Consent c) =>
    [
        new ConsentGiven(c.Id, c.ContactId, c.Purpose, c.TextVersion, c.Channel, c.GivenOn),
        .. c.WithdrawnOn is { } day ? (object[])[new ConsentWithdrawn(c.Id, c.ContactId, c.Purpose, c.WithdrawnBy ?? "other", day)] : [],
    ];
}
