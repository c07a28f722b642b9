using Crm.EventStore;

namespace Crm.Benchmarks;

// Events of the size a CRM writes: as stored 332, 304, 268 and 249 bytes.
internal sealed record CustomerRegistered(string Name, string Company, string Email, string Phone, string City, string Owner, string Source, string Stage, DateTimeOffset At, string Note);

internal sealed record FollowUpLogged(string Channel, string Subject, string Body, string By, DateTimeOffset At, DateTimeOffset Next, int Minutes);

internal sealed record TagAdded(string Tag, string By, DateTimeOffset At, string Note);

internal sealed record StageChanged(string From, string To, string By, decimal Amount, DateTimeOffset At, string Reason);

/// <summary>What a list and a record page show of a customer.</summary>
internal sealed record Profile(
    string Name, string Company, string Email, string Phone, string City, string Owner, string Source, string Stage, decimal Amount, IReadOnlyList<string> Tags,
    int FollowUps, string? LastChannel, string? LastSubject, DateTimeOffset? LastAt, DateTimeOffset? NextAt) : Document, IAggregate<Profile>
{
    public static Profile? Evolve(Profile? state, Event e) => (state, e.Data) switch
    {
        (null, CustomerRegistered x) => new(x.Name, x.Company, x.Email, x.Phone, x.City, x.Owner, x.Source, x.Stage, 0, [], 0, null, null, null, null),
        (not null, FollowUpLogged x) => state with { FollowUps = state.FollowUps + 1, LastChannel = x.Channel, LastSubject = x.Subject, LastAt = x.At, NextAt = x.Next },
        (not null, TagAdded x) => state with { Tags = [.. state.Tags, x.Tag] },
        (not null, StageChanged x) => state with { Stage = x.To, Amount = x.Amount },
        _ => state,
    };
}

/// <summary>The newest profile of every customer and every past one.</summary>
internal sealed class Profiles(bool states = true) : DocumentProjection<Profile>
{
    public override bool KeepsStates => states;

    public override string Table => "bench.profiles";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomerRegistered), typeof(FollowUpLogged), typeof(TagAdded), typeof(StageChanged)];
}

/// <summary>How many entered each stage, and with how much: ten rows.</summary>
internal sealed class Funnel : Projection
{
    public override string Name => "bench.funnel";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomerRegistered), typeof(StageChanged)];

    /// <summary>However many events a page has, one statement with a row a stage.</summary>
    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var stages = new SortedDictionary<string, (long Entered, decimal Amount)>(StringComparer.Ordinal);
        foreach (var e in page)
        {
            var (stage, amount) = e.Data is StageChanged x ? (x.To, x.Amount) : (((CustomerRegistered)e.Data).Stage, 0);
            var (entered, sum) = stages.GetValueOrDefault(stage);
            stages[stage] = (entered + 1, sum + amount);
        }
        if (stages.Count == 0) return ValueTask.CompletedTask;
        sql.Add($"""
            insert into {sql.Table("bench.funnel")} as f (stage, entered, amount)
            select * from unnest({stages.Keys.ToArray()}, {stages.Values.Select(v => v.Entered).ToArray()}, {stages.Values.Select(v => v.Amount).ToArray()})
            on conflict (stage) do update set entered = f.entered + excluded.entered, amount = f.amount + excluded.amount
            """);
        return ValueTask.CompletedTask;
    }
}

internal static class Sales
{
    public static readonly EventContext Somebody = new("user-1", "bench");

    private static readonly DateTimeOffset Begin = new(2026, 1, 5, 8, 30, 0, TimeSpan.Zero);
    private static readonly string[] Cities = ["Shanghai", "Beijing", "Shenzhen", "Hangzhou", "Chengdu", "Wuhan", "Nanjing", "Suzhou", "Xiamen", "Qingdao"];
    private static readonly string[] Stages = ["lead", "qualified", "demo", "offer", "negotiation", "contract", "won", "lost", "paused", "renewal"];

    public static string Schema => "create schema bench;" + DocumentProjection<Profile>.TableSql("bench.profiles") + "create table bench.funnel (stage text primary key, entered bigint not null, amount numeric not null);";

    /// <summary>The event at a place of a customer's history: a registration, then in turn tags, follow-ups and changes of stage.</summary>
    public static object Event(int customer, int index) => index == 0 ? Registered(customer) : (index % 10) switch
    {
        1 or 4 or 7 => new TagAdded($"tag-{index:00}", $"agent-{customer % 40:00}", Begin.AddMinutes(customer + index),
            "Asked for by the account team after the last review of the segment; valid until the next quarterly check of all tags, then to be confirmed again or taken off; see also the campaign list."),
        3 or 9 => new StageChanged(Stages[index % 10 / 3], Stages[(customer + index) % 10], $"agent-{customer % 40:00}", 1_000 + customer % 9_000, Begin.AddMinutes(customer + index),
            "The buyer named a budget and a date, and the technical questions are answered; next comes a written offer for both of the sites."),
        _ => new FollowUpLogged("phone", "Questions about delivery and service", "Spoke about delivery dates, the service contract and training for two sites; they want to see it with their figures.",
            $"agent-{customer % 40:00}", Begin.AddMinutes(customer + index), Begin.AddDays(7).AddMinutes(customer), 15 + customer % 30),
    };

    public static CustomerRegistered Registered(int customer) => new(
        $"Customer {customer:000000}", $"Example Trading {customer % 5_000:0000} Ltd", $"customer{customer:000000}@example.com", $"+86138{customer:00000000}", Cities[customer % 10],
        $"agent-{customer % 40:00}", "exhibition", Stages[0], Begin.AddMinutes(customer), "Met at the spring fair; wants a first call next week about volumes, trial.");
}
