using System.Collections.Immutable;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>How often customers are followed up, in days from one follow-up to the next; one stream for the organisation. Nobody having decided anything, the rules of S040–S043 and X4 hold.</summary>
internal sealed record CadenceSettings : Document, IAggregate<CadenceSettings>
{
    /// <summary>The stream.</summary>
    public static readonly Guid Stream = new("63616465-6e63-4000-8000-000000000001");

    /// <summary>What holds until somebody decides otherwise.</summary>
    public static readonly CadenceSettings Default = new();

    /// <summary>潜在客户: once a week (S040).</summary>
    public int Potential { get; init; } = 7;

    /// <summary>意向客户: every two or three days (S041).</summary>
    public int Intent { get; init; } = 3;

    /// <summary>成交客户: once a month (S042).</summary>
    public int Won { get; init; } = 30;

    /// <summary>流失客户: once a quarter (S043).</summary>
    public int Lost { get; init; } = 90;

    /// <summary>Value tiers with a rule of their own (X4).</summary>
    public ImmutableSortedDictionary<string, int> Tiers { get; init; } = ImmutableSortedDictionary<string, int>.Empty.Add("A", 7);

    public static CadenceSettings? Evolve(CadenceSettings? state, Event e) => e.Data switch
    {
        CadenceChanged x => Of(x, state),
        _ => state,
    };

    /// <summary>The rules that an event puts in force.</summary>
    public static CadenceSettings Of(CadenceChanged x, CadenceSettings? before = null) =>
        (before ?? Default) with { Potential = x.Potential, Intent = x.Intent, Won = x.Won, Lost = x.Lost, Tiers = x.Tiers.ToImmutableSortedDictionary(StringComparer.Ordinal) };

    /// <summary>The rules in force.</summary>
    public static async Task<CadenceSettings> ReadAsync(DocumentStore store, CancellationToken ct) =>
        await store.Query.AggregateStreamAsync<CadenceSettings>(Stream, ct: ct) ?? Default;
}

/// <summary>The rules in force as this node knows them: read again after some seconds, as nodes do not tell each other.</summary>
internal sealed class KnownCadence(DocumentStore store)
{
    private sealed record Known(CadenceSettings Settings, DateTimeOffset Until);

    private Known? known;

    public async ValueTask<CadenceSettings> ReadAsync(CancellationToken ct)
    {
        if (known is { } read && store.Now < read.Until) return read.Settings;
        var settings = await CadenceSettings.ReadAsync(store, ct);
        known = new(settings, store.Now.AddSeconds(5));
        return settings;
    }

    /// <summary>This node has changed them.</summary>
    public void Forget() => known = null;
}

/// <summary>The rule for one customer.</summary>
internal static class Cadence
{
    /// <summary>
    /// When a customer of a tier is due for a follow-up: the earlier of what is planned and what the cadence demands, and which of them it is (<c>plan cadence</c>); of the cadence
    /// whose rule it is (<c>tier lifecycle</c>) and the days of it.
    /// </summary>
    public static (DateTimeOffset At, string Reason, string? Rule, int? Days) Due(Customer customer, string tier, CadenceSettings settings)
    {
        var days = Of(customer.Lifecycle, tier, settings);
        var byCadence = (customer.LastFollowUpAt ?? customer.CreatedAt).AddDays(days);
        return customer.NextFollowUpAt is { } planned && planned <= byCadence ? (planned, "plan", null, null)
            : (byCadence, "cadence", days < Of(customer.Lifecycle, null, settings) ? "tier" : "lifecycle", days);
    }

    /// <summary>Days from one follow-up to the next: the stricter of what its class and what its tier demands (X4).</summary>
    public static int Of(CustomerLifecycle lifecycle, string? tier, CadenceSettings settings)
    {
        var days = lifecycle switch
        {
            CustomerLifecycle.Potential => settings.Potential,
            CustomerLifecycle.Intent => settings.Intent,
            CustomerLifecycle.Won => settings.Won,
            _ => settings.Lost,
        };
        return tier is not null && settings.Tiers.TryGetValue(tier, out var own) ? Math.Min(days, own) : days;
    }
}
