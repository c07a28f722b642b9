using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using Dapper;

namespace Crm.Customers;

/// <summary>Puts customers that nobody has followed up into the pool, and warns of those that soon will be (X10); sent every hour, and on to itself for the next part.</summary>
/// <param name="After">The last customer of the part before; null at the beginning.</param>
internal sealed record RecycleCustomers(Guid? After);

/// <summary>
/// Which customers may be due is asked of the lists, in parts of 200; what becomes of each is decided on its newest state and saved at that version, so that a
/// part done twice, on two nodes or late, does nothing twice. Days are those of the organisation's zone.
/// </summary>
internal static class RecycleCustomersHandler
{
    /// <summary>What people read as the source of these events.</summary>
    public const string Source = "pool";

    private const int Part = 200;

    public static void Configure(MessagingOptions messaging)
    {
        messaging.Queue("customer-pool").Handle<RecycleCustomers>(HandleAsync);
        messaging.Recurring("recycle-customers", "0 25 * * * ?", new RecycleCustomers(null));
    }

    /// <summary>What becomes of a customer on a day.</summary>
    /// <param name="customer">The customer.</param>
    /// <param name="settings">The rules in force.</param>
    /// <param name="hasOpenOpportunity">Whether somebody works on an opportunity of it.</param>
    /// <param name="touched">The day of the last follow-up, or on which the owner got it if that was later.</param>
    /// <param name="today">The day.</param>
    public static Decision Decide(Customer customer, PoolSettings settings, bool hasOpenOpportunity, DateOnly touched, DateOnly today)
    {
        if (customer is not { OwnerId: { } owner, Deleted: false, Archived: false, Erased: false }) return Decision.Nothing;
        DateOnly? due = settings.DaysOf(customer.Lifecycle) is { } days && !(settings.ProtectOpenOpportunities && hasOpenOpportunity) ? touched.AddDays(days) : null;
        if (due is null || today < due.Value.AddDays(-settings.WarnDays)) return customer.RecycleOn is null ? Decision.Nothing : [new CustomerRecycleAnnounced(owner, null)];
        // Whoever was not warned gets the days of a warning, also when the rules are new and the customer is long overdue.
        if (settings.WarnDays > 0 && customer.RecycleOn is null) return [new CustomerRecycleAnnounced(owner, Later(due.Value, today.AddDays(settings.WarnDays)))];
        return today < Later(due.Value, customer.RecycleOn ?? due.Value) ? Decision.Nothing : ReleaseCustomerFeature.Pooled(customer, "recycled", today.DayNumber - touched.DayNumber);
    }

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;

    private static async Task<Effects> HandleAsync(RecycleCustomers message, HandlerScope scope, CancellationToken ct)
    {
        var (store, settings) = (scope.Store, await PoolRules.InForceAsync(scope.Store, ct));
        var today = store.DayOf(scope.Context.Now);
        var candidates = await CandidatesAsync(store, settings, today, message.After, ct);
        var streams = (await store.Query.FetchStreamsAsync([.. candidates.Select(c => c.Id)], ct)).ToLookup(e => e.StreamId);
        var effects = new List<object>();
        foreach (var (id, hasOpenOpportunity) in candidates)
        {
            if (Fold.All<Customer>(streams[id]) is not { OwnedSince: { } since } customer) continue;
            var touched = store.DayOf(customer.LastFollowUpAt > since ? customer.LastFollowUpAt.Value : since);
            var events = Decide(customer, settings, hasOpenOpportunity, touched, today).Events;
            if (events.Count > 0) effects.Add(Effects.AppendAs<Customer>(Source, id, customer.Version, events));
        }
        if (candidates.Count == Part) effects.Add(Effects.Send(new RecycleCustomers(candidates[^1].Id)));
        return [.. effects];
    }

    private static async Task<List<(Guid Id, bool HasOpenOpportunity)>> CandidatesAsync(DocumentStore store, PoolSettings settings, DateOnly today, Guid? after, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        return [.. await connection.QueryAsync<(Guid, bool)>(new CommandDefinition("""
            select d.id, exists (select from customer.opportunities o where o.customer_id = d.id and o.kind = 'open' and not o.deleted)
            from customer.customers d
            where d.id > @after and d.owner_id is not null and not d.deleted and d.archived is not true and d.erased is not true
              and (d.doc->>'recycleOn' is not null or greatest(d.doc->>'lastFollowUpAt', d.doc->>'ownedSince')::timestamptz
                < case d.doc->>'lifecycle' when 'potential' then @potential::timestamptz when 'intent' then @intent::timestamptz when 'won' then @won::timestamptz else @lost::timestamptz end)
            order by d.id limit 200
            """, new
        {
            after = after ?? Guid.Empty,
            potential = Until(CustomerLifecycle.Potential),
            intent = Until(CustomerLifecycle.Intent),
            won = Until(CustomerLifecycle.Won),
            lost = Until(CustomerLifecycle.Lost),
        }, cancellationToken: ct))];

        // Touched before this instant, a customer of the class is to be warned of today.
        DateTime? Until(CustomerLifecycle lifecycle) => settings.DaysOf(lifecycle) is { } days ? store.StartOf(today.AddDays(1 - days + settings.WarnDays)).UtcDateTime : null;
    }
}
