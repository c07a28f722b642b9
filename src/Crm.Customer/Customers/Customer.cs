using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>A company or person the organisation does business with or wants to; state of decisions and document of the lists.</summary>
[Person]
internal sealed record Customer : Document, IAggregate<Customer>
{
    public CustomerKind Kind { get; init; }

    public string Name { get; init; } = "";

    public string? ShortName { get; init; }

    public CustomerLifecycle Lifecycle { get; init; }

    public string? Tier { get; init; }

    public string? Industry { get; init; }

    public string? Size { get; init; }

    public string? Source { get; init; }

    [Personal(PersonalKind.Phone)]
    public string? Phone { get; init; }

    /// <summary>Whether the number turned out not to be in use.</summary>
    public bool PhoneInvalid { get; init; }

    [Personal(PersonalKind.Email)]
    public string? Email { get; init; }

    /// <summary>Whether mail to the address came back.</summary>
    public bool EmailInvalid { get; init; }

    [Personal(PersonalKind.Address)]
    public string? Address { get; init; }

    [Personal(PersonalKind.Address)]
    public string? Website { get; init; }

    [Personal(PersonalKind.IdNumber)]
    public string? IdNumber { get; init; }

    [Personal(PersonalKind.BankCard)]
    public string? BankCard { get; init; }

    [Personal(PersonalKind.Text)]
    public string? Needs { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    public Guid? OwnerId { get; init; }

    public Guid? ParentId { get; init; }

    public ImmutableDictionary<string, string> ExternalKeys { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableArray<Contact> Contacts { get; init; } = [];

    public ImmutableArray<Consent> Consents { get; init; } = [];

    /// <summary>When somebody was last in touch.</summary>
    public DateTimeOffset? LastFollowUpAt { get; init; }

    /// <summary>When the next follow-up is planned.</summary>
    public DateTimeOffset? NextFollowUpAt { get; init; }

    /// <summary>What the planned follow-up is for.</summary>
    [Personal(PersonalKind.Text)]
    public string? NextFollowUpGoal { get; init; }

    /// <summary>Who does the planned follow-up; null is the owner.</summary>
    public Guid? NextFollowUpOwnerId { get; init; }

    public int FollowUpCount { get; init; }

    /// <summary>Share of the core fields that are filled, 0 to 1; see <see cref="Customers.Completeness"/>.</summary>
    public decimal Completeness => Customers.Completeness.Of(this);

    /// <summary>To whom it is open beyond its owner.</summary>
    public ImmutableArray<Share> Shares { get; init; } = [];

    public bool Archived { get; init; }

    public bool Deleted { get; init; }

    /// <summary>The merges by which other customers are within this one.</summary>
    public ImmutableArray<CustomerMerge> Merges { get; init; } = [];

    /// <summary>The customer this one was merged into; it is deleted then.</summary>
    public Guid? MergedInto { get; init; }

    /// <summary>The customers of which somebody said that they are others than this one.</summary>
    public ImmutableArray<Guid> NotDuplicates { get; init; } = [];

    /// <summary>Whether what was known of the person is gone for good; the name is then a placeholder.</summary>
    public bool Erased { get; init; }

    public ImmutableDictionary<string, JsonElement> Custom { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;

    /// <summary>Since when the owner has it.</summary>
    public DateTimeOffset? OwnedSince { get; init; }

    /// <summary>Whether it is in the pool (公海), from which whoever may can claim it.</summary>
    public bool InPool => PooledAt is not null;

    /// <summary>Since when it is in the pool; null while it is not.</summary>
    public DateTimeOffset? PooledAt { get; init; }

    /// <summary>How it came into the pool the last time: <c>released</c> or <c>recycled</c>.</summary>
    public string? PoolCause { get; init; }

    /// <summary>Who had it when it went into the pool the last time.</summary>
    public Guid? FormerOwnerId { get; init; }

    /// <summary>When the owner claimed it; null if it came to the owner in another way.</summary>
    public DateTimeOffset? ClaimedAt { get; init; }

    /// <summary>The day on which it goes into the pool unless somebody follows up, of which the owner was warned.</summary>
    public DateOnly? RecycleOn { get; init; }

    public static Customer? Evolve(Customer? state, Event e) => Next(state, e.Data, e.StreamId, e.Timestamp);

    /// <summary>The state after what an event says, without its circumstances: what decisions look ahead with.</summary>
    public static Customer? Next(Customer? state, object data) => Next(state, data, state?.Id ?? Guid.Empty, default);

    private static Customer? Next(Customer? state, object data, Guid id, DateTimeOffset at) => (state, data) switch
    {
        (null, CustomerRegistered x) => Registered(x) with { OwnedSince = x.OwnerId is null ? null : at },
        (null, _) => null,
        ({ } c, CustomerDetailsChanged x) => c.With(x),
        ({ } c, CustomerTagged x) => c with { Tags = c.Tags.Add(x.Tag) },
        ({ } c, CustomerUntagged x) => c with { Tags = c.Tags.Remove(x.Tag) },
        ({ } c, CustomerOwnerChanged x) => c with { OwnerId = x.To, OwnedSince = x.To is null ? null : at, PooledAt = x.To is null ? c.PooledAt : null, ClaimedAt = null, RecycleOn = null },
        ({ } c, CustomerLifecycleChanged x) => c with { Lifecycle = x.To },
        ({ } c, CustomerExternalKeySet x) => c with { ExternalKeys = c.ExternalKeys.SetItem(x.System, x.Value) },
        ({ } c, CustomerExternalKeyRemoved x) => c with { ExternalKeys = c.ExternalKeys.Remove(x.System) },
        ({ } c, CustomerArchived) => c with { Archived = true },
        ({ } c, CustomerRestored) => c with { Archived = false },
        ({ } c, CustomerDeleted) => c with { Deleted = true },
        ({ } c, CustomerUndeleted) => c with { Deleted = false },
        ({ } c, ContactAdded x) => c.With(new Contact(x.ContactId, x.Name, x.Position, x.DecisionRole, x.Phone, x.Email, x.Birthday, x.IdNumber, x.IsPrimary, x.LeftAt, Custom: x.Custom?.ToImmutableDictionary())),
        ({ } c, ContactChanged x) => c.Contacts.FirstOrDefault(k => k.Id == x.ContactId) is { } contact ? c.With(After(contact, x)) : c,
        ({ } c, ContactRemoved x) => c with { Contacts = c.Contacts.RemoveAll(k => k.Id == x.ContactId) },
        ({ } c, FollowUpLogged x) => c.With(x),
        ({ } c, FollowUpCorrected x) => c with { LastFollowUpAt = x.LastAt },
        ({ } c, FollowUpRemoved x) => c with { LastFollowUpAt = x.LastAt, FollowUpCount = c.FollowUpCount - 1 },
        ({ } c, FollowUpPlanned x) => c with { NextFollowUpAt = x.At, NextFollowUpGoal = x.Goal, NextFollowUpOwnerId = x.OwnerId },
        ({ } c, FollowUpPlanDropped) => c with { NextFollowUpAt = null, NextFollowUpGoal = null, NextFollowUpOwnerId = null },
        ({ } c, RecordShared or RecordUnshared) => c with { Shares = Share.After(c.Shares, data) },
        ({ } c, ConsentGiven x) => c with { Consents = c.Consents.Add(new Consent(x.ConsentId, x.ContactId, x.Purpose, x.TextVersion, x.Channel, x.GivenOn)) },
        ({ } c, ConsentWithdrawn x) => c with { Consents = [.. c.Consents.Select(k => k.Id == x.ConsentId ? k with { WithdrawnOn = x.WithdrawnOn, WithdrawnBy = x.Channel } : k)] },
        ({ } c, CustomerErased x) => c.Without(x.Placeholder),
        ({ } c, CustomerMerged x) => c.Planned(x.FollowUps, x.LastFollowUpAt, x.Next) with { Merges = [.. c.Merges, new CustomerMerge(x.MergeId, x.SourceId, id, at), .. x.Within ?? []] },
        ({ } c, CustomerUnmerged x) => c.Planned(x.FollowUps, x.LastFollowUpAt, x.Next) with
        {
            Merges = MergedCustomer.Left(c.Merges, x.MergeId),
            Contacts = c.Contacts.RemoveAll(k => x.Contacts?.Contains(k.Id) == true),
            Consents = c.Consents.RemoveAll(k => x.Consents?.Contains(k.Id) == true),
        },
        ({ } c, DuplicateDismissed x) => c with { NotDuplicates = c.NotDuplicates.Contains(x.OtherId) ? c.NotDuplicates : c.NotDuplicates.Add(x.OtherId) },
        ({ } c, DuplicateReopened x) => c with { NotDuplicates = c.NotDuplicates.Remove(x.OtherId) },
        ({ } c, CustomerMergedInto x) => c with { MergedInto = x.TargetId },
        ({ } c, CustomerUnmergedFrom) => c with { MergedInto = null },
        ({ } c, ContactErased x) => c with { Contacts = [.. c.Contacts.Select(k => k.Id == x.ContactId ? new Contact(k.Id, x.Placeholder, null, null, null, null, null, null, k.IsPrimary, k.LeftAt, Erased: true) : k)] },
        ({ } c, CustomerPooled x) => c with { PooledAt = at, PoolCause = x.Cause, FormerOwnerId = x.From },
        ({ } c, CustomerClaimed) => c with { ClaimedAt = at },
        ({ } c, CustomerReturned) => c with { PooledAt = null },
        ({ } c, CustomerRecycleAnnounced x) => c with { RecycleOn = x.On },
        _ => state,
    };

    private static Customer Registered(CustomerRegistered x) => new()
    {
        Kind = x.Kind,
        Name = x.Name,
        ShortName = x.ShortName,
        Lifecycle = x.Lifecycle,
        Tier = x.Tier,
        Industry = x.Industry,
        Size = x.Size,
        Source = x.Source,
        Phone = x.Phone,
        Email = x.Email,
        Address = x.Address,
        Website = x.Website,
        IdNumber = x.IdNumber,
        BankCard = x.BankCard,
        Needs = x.Needs,
        Tags = [.. x.Tags ?? []],
        OwnerId = x.OwnerId,
        ParentId = x.ParentId,
        ExternalKeys = (x.ExternalKeys ?? ImmutableDictionary<string, string>.Empty).ToImmutableDictionary(),
        Custom = (x.Custom ?? ImmutableDictionary<string, JsonElement>.Empty).ToImmutableDictionary(),
    };

    private Customer With(CustomerDetailsChanged x)
    {
        var custom = Custom;
        foreach (var (key, value) in x.Custom ?? ImmutableDictionary<string, JsonElement>.Empty)
            custom = value.ValueKind == JsonValueKind.Null ? custom.Remove(key) : custom.SetItem(key, value);
        var cleared = x.Cleared ?? [];
        return this with
        {
            Kind = x.Kind ?? Kind,
            Name = x.Name ?? Name,
            ShortName = Next(x.ShortName, ShortName, "shortName"),
            Tier = Next(x.Tier, Tier, "tier"),
            Industry = Next(x.Industry, Industry, "industry"),
            Size = Next(x.Size, Size, "size"),
            Source = Next(x.Source, Source, "source"),
            Phone = Next(x.Phone, Phone, "phone"),
            PhoneInvalid = x.PhoneInvalid ?? (x.Phone is null && !cleared.Contains("phone") && PhoneInvalid),
            Email = Next(x.Email, Email, "email"),
            EmailInvalid = x.EmailInvalid ?? (x.Email is null && !cleared.Contains("email") && EmailInvalid),
            Address = Next(x.Address, Address, "address"),
            Website = Next(x.Website, Website, "website"),
            IdNumber = Next(x.IdNumber, IdNumber, "idNumber"),
            BankCard = Next(x.BankCard, BankCard, "bankCard"),
            Needs = Next(x.Needs, Needs, "needs"),
            ParentId = x.ParentId ?? (cleared.Contains("parentId") ? null : ParentId),
            Custom = custom,
        };
        string? Next(string? now, string? before, string field) => now ?? (cleared.Contains(field) ? null : before);
    }

    /// <summary>Follow-ups as a merge or what undoes it leaves them.</summary>
    private Customer Planned(int count, DateTimeOffset? last, FollowUpPlan? next) =>
        this with { FollowUpCount = count, LastFollowUpAt = last, NextFollowUpAt = next?.At, NextFollowUpGoal = next?.Goal, NextFollowUpOwnerId = next?.OwnerId };

    /// <summary>What is left of an erased customer: what counts and figures need, and nothing of the person.</summary>
    private Customer Without(string placeholder) => this with
    {
        Name = placeholder,
        ShortName = null,
        Phone = null,
        PhoneInvalid = false,
        Email = null,
        EmailInvalid = false,
        Address = null,
        Website = null,
        IdNumber = null,
        BankCard = null,
        Needs = null,
        NextFollowUpAt = null,
        NextFollowUpGoal = null,
        NextFollowUpOwnerId = null,
        Contacts = [],
        Custom = ImmutableDictionary<string, JsonElement>.Empty,
        Erased = true,
    };

    private static Contact After(Contact contact, ContactChanged x)
    {
        var cleared = x.Cleared ?? [];
        return contact with
        {
            Name = x.Name ?? contact.Name,
            Position = x.Position ?? (cleared.Contains("position") ? null : contact.Position),
            DecisionRole = x.DecisionRole ?? (cleared.Contains("decisionRole") ? null : contact.DecisionRole),
            Phone = x.Phone ?? (cleared.Contains("phone") ? null : contact.Phone),
            PhoneInvalid = x.PhoneInvalid ?? (x.Phone is null && !cleared.Contains("phone") && contact.PhoneInvalid),
            Email = x.Email ?? (cleared.Contains("email") ? null : contact.Email),
            EmailInvalid = x.EmailInvalid ?? (x.Email is null && !cleared.Contains("email") && contact.EmailInvalid),
            Birthday = x.Birthday ?? (cleared.Contains("birthday") ? null : contact.Birthday),
            IdNumber = x.IdNumber ?? (cleared.Contains("idNumber") ? null : contact.IdNumber),
            IsPrimary = x.IsPrimary ?? contact.IsPrimary,
            LeftAt = x.LeftAt ?? (cleared.Contains("leftAt") ? null : contact.LeftAt),
            Custom = contact.With(x.Custom),
        };
    }

    /// <summary>Puts a contact in; there is one primary contact at most.</summary>
    private Customer With(Contact contact)
    {
        var others = contact.IsPrimary ? [.. Contacts.Select(k => k.IsPrimary && k.Id != contact.Id ? k with { IsPrimary = false } : k)] : Contacts;
        var index = others.ToList().FindIndex(k => k.Id == contact.Id);
        return this with { Contacts = index < 0 ? others.Add(contact) : others.SetItem(index, contact) };
    }

    /// <summary>
    /// A follow-up that states what is next replaces the plan; one that does not fulfils a plan that was due by then. One that is
    /// logged late, after newer ones, leaves the plan alone.
    /// </summary>
    private Customer With(FollowUpLogged x)
    {
        var counted = this with { FollowUpCount = FollowUpCount + 1 };
        if (LastFollowUpAt > x.At) return counted;
        var latest = counted with { LastFollowUpAt = x.At, RecycleOn = null };
        return x.Next is { } next ? latest with { NextFollowUpAt = next.At, NextFollowUpGoal = next.Goal, NextFollowUpOwnerId = next.OwnerId }
            : NextFollowUpAt <= x.At ? latest with { NextFollowUpAt = null, NextFollowUpGoal = null, NextFollowUpOwnerId = null }
            : latest;
    }
}
