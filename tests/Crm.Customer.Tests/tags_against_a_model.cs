using System.Globalization;
using System.Net;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>
/// Histories by chance, dated back and out of order, and rules by chance, some made before and some after (E13): at any instant a customer has exactly the tags
/// and the tier that looking through its whole history at that instant says.
/// </summary>
[Trait("Category", "Long")]
public sealed class tags_against_a_model(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly string[] Lifecycles = ["potential", "intent", "won", "lost"];
    private static readonly string[] Types = ["consultation", "complaint", "fault"];

    [Theory]
    [InlineData(1)]
    public async Task are_what_looking_at_every_instant_says(int seed)
    {
        var random = new Random(seed);
        var admin = await app.As("admin");
        var rules = new Dictionary<string, Condition[]>();
        for (var i = 0; i < 4; i++) await Define(i);
        var people = new List<Person>();
        for (var i = 0; i < 12; i++)
        {
            var day = Day(random.Next(300, 600));
            var person = new Person(await Created("customers", new { kind = "company", name = $"模型客户 {seed}-{i}", businessDate = Text(day) }), app.Store.StartOf(day));
            people.Add(person);
            for (var step = random.Next(4, 14); step > 0; step--) await Happen(person);
        }
        for (var i = 4; i < 8; i++) await Define(i);
        await Happen(people[0]);
        var (tags, tiers) = await Periods(people);

        foreach (var person in people)
            for (var look = 0; look < 150; look++)
            {
                var t = app.Store.StartOf(Day(700).AddDays(random.Next(1100))).AddHours(random.Next(1, 24)).AddMinutes(17);
                var held = tags.Where(p => p.Customer == person.Id && p.From <= t && p.To > t && rules.ContainsKey(p.Tag)).Select(p => p.Tag).Order().ToArray();
                held.ShouldBe(rules.Where(r => r.Value.All(c => person.Meets(c, t))).Select(r => r.Key).Order().ToArray(), customMessage: $"seed {seed}, {person.Id} at {t:O}: {string.Join("; ", person.Log)}");
                if (t >= person.Registered)
                    tiers.Where(p => p.Customer == person.Id && p.From <= t && p.To > t).Select(p => p.Tag).ShouldBe([person.Tier(t)], customMessage: $"seed {seed}, {person.Id} at {t:O}: {string.Join("; ", person.Log)}");
            }
        tags.Count.ShouldBeGreaterThan(20);

        async Task Define(int i)
        {
            var conditions = Enumerable.Range(0, random.Next(1, 3)).Select(_ => Condition.ByChance(random)).ToArray();
            var name = $"规则 {seed}-{i}";
            rules.Add(name, conditions);
            await Created("tags", new { name, dimension = "模型", conditions = conditions.Select(c => new { kind = c.Kind, atLeast = c.AtLeast, days = c.Days, times = c.Times, values = c.Values }) });
        }
        async Task Happen(Person person)
        {
            var day = Day(random.Next(2, 500));
            var at = app.Store.StartOf(day);
            switch (random.Next(9))
            {
                case 0 or 1:
                    var (amount, opened) = ((decimal)random.Next(1, 14) * 10_000, day.AddDays(-random.Next(30)));
                    var won = await Created("opportunities", new { name = "商机", customerId = person.Id, amount = new { amount, currency = "CNY" }, businessDate = Text(opened) });
                    await Done($"opportunities/{won}/win", new { businessDate = Text(day) });
                    person.Open.Add(new(won, app.Store.StartOf(opened), at, null));
                    person.Won.Add(new(won, at, DateTimeOffset.MaxValue, amount));
                    person.Log.Add($"won {amount} on {day}");
                    break;
                case 2 when person.Won.FindIndex(w => w.To == DateTimeOffset.MaxValue) is >= 0 and var w:
                    if (at < person.Won[w].From) (at, day) = (person.Won[w].From, app.Store.DayOf(person.Won[w].From));
                    await Done($"opportunities/{person.Won[w].Id}/reopen", new { businessDate = Text(day) });
                    person.Won[w] = person.Won[w].Until(at);
                    person.Open.Add(new(person.Won[w].Id, at, DateTimeOffset.MaxValue, null));
                    person.Log.Add($"reopened on {day}");
                    break;
                case 2 or 3:
                    person.Open.Add(new(await Created("opportunities", new { name = "商机", customerId = person.Id, businessDate = Text(day) }), at, DateTimeOffset.MaxValue, null));
                    person.Log.Add($"opened on {day}");
                    break;
                case 4 when person.Open.FindIndex(o => o.To == DateTimeOffset.MaxValue) is >= 0 and var o:
                    if (at < person.Open[o].From) (at, day) = (person.Open[o].From, app.Store.DayOf(person.Open[o].From));
                    await Done($"opportunities/{person.Open[o].Id}/lose", new { reason = "价格", businessDate = Text(day) });
                    person.Open[o] = person.Open[o].Until(at);
                    person.Log.Add($"lost on {day}");
                    break;
                case 4 or 5:
                    var type = Types[random.Next(Types.Length)];
                    var ticket = await Created("tickets", new { subject = "工单", customerId = person.Id, type, businessDate = Text(day) });
                    person.Tickets.Add(new(ticket, at, DateTimeOffset.MaxValue, null, type));
                    person.Log.Add($"ticket {type} on {day}");
                    if (random.Next(2) == 0) break;
                    var solved = day.AddDays(random.Next(20));
                    if (solved > Day(1)) break;
                    await Done($"tickets/{ticket}/resolve", new { text = "好了", businessDate = Text(solved) });
                    person.Tickets[^1] = person.Tickets[^1].Until(app.Store.StartOf(solved));
                    person.Log.Add($"solved on {solved}");
                    break;
                case 6:
                    var touched = at.AddMinutes(random.Next(1400));
                    (await admin.Post($"customers/{person.Id}/follow-ups", new { at = touched, method = "phone", summary = "x" })).Is(HttpStatusCode.Created);
                    person.Touched.Add(touched);
                    person.Log.Add($"followed up at {touched:O}");
                    break;
                case 7:
                    var lifecycle = Lifecycles[random.Next(4)];
                    await Done($"customers/{person.Id}/lifecycle", new { to = lifecycle, businessDate = Text(day) });
                    person.Lifecycle.Follow(lifecycle, at);
                    person.Log.Add($"{lifecycle} on {day}");
                    break;
                default:
                    var tier = random.Next(3) == 0 ? null : ((string[])["A", "B", "D"])[random.Next(3)];
                    (await admin.Patch($"customers/{person.Id}", $$"""{"tier":{{(tier is null ? "null" : $"\"{tier}\"")}},"businessDate":"{{Text(day)}}"}""")).Is(HttpStatusCode.OK);
                    person.Manual.Follow(tier, at);
                    person.Log.Add($"tier {tier} on {day}");
                    break;
            }
        }
        async Task<Guid> Created(string path, object body) => (await admin.Post(path, body)).Is(HttpStatusCode.Created).Id;
        async Task Done(string path, object body) => (await admin.Post(path, body)).Is(HttpStatusCode.OK);
    }

    private DateOnly Day(int ago) => app.Store.DayOf(app.Store.Now).AddDays(-ago);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private async Task<(List<Period> Tags, List<Period> Tiers)> Periods(List<Person> people)
    {
        await app.Settled();
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        var read = new List<List<Period>>();
        foreach (var sql in (string[])["select customer_id, tag, valid_from, valid_to from customer.tag_periods where customer_id = any($1) and tag like '规则%'",
            "select customer_id, tier, valid_from, valid_to from customer.tier_periods where customer_id = any($1)"])
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. people.Select(p => p.Id)] });
            await using var reader = await command.ExecuteReaderAsync();
            read.Add([]);
            while (await reader.ReadAsync()) read[^1].Add(new(reader.GetGuid(0), reader.GetString(1), Instant(reader.GetDateTime(2)), Instant(reader.GetDateTime(3))));
        }
        return (read[0], read[1]);
        static DateTimeOffset Instant(DateTime at) => at == DateTime.MaxValue ? DateTimeOffset.MaxValue : new(at, TimeSpan.Zero);
    }

    private sealed record Period(Guid Customer, string Tag, DateTimeOffset From, DateTimeOffset To);

    private sealed record Condition(string Kind, decimal? AtLeast, int? Days, decimal? Times, string[]? Values)
    {
        public static Condition ByChance(Random random) => random.Next(6) switch
        {
            0 => new("wonAmount", random.Next(1, 25) * 10_000, random.Next(20, 400), null, null),
            1 => new("ticketsOpened", random.Next(1, 3), random.Next(20, 200), null, random.Next(2) == 0 ? null : [Types[random.Next(3)], "别的"]),
            2 => new("openTickets", 1, null, null, random.Next(2) == 0 ? null : [Types[random.Next(3)]]),
            3 => new("openOpportunities", random.Next(1, 3), null, null, null),
            4 => new("followUpOverdue", null, null, random.Next(1, 5) * 0.5m, null),
            _ => new("lifecycle", null, null, null, [Lifecycles[random.Next(4)], Lifecycles[random.Next(4)]]),
        };
    }

    private sealed record Fact(Guid Id, DateTimeOffset From, DateTimeOffset To, decimal? Amount, string? Value = null)
    {
        public Fact Until(DateTimeOffset at) => this with { To = at < From ? From : at };

        public bool Holds(DateTimeOffset t) => From <= t && t < To;
    }

    private sealed class Course(string? value, DateTimeOffset from)
    {
        private readonly List<(string? Value, DateTimeOffset From)> values = [(value, from)];

        public void Follow(string? next, DateTimeOffset at)
        {
            if (next == values[^1].Value) return;
            values.Add((next, at < values[^1].From ? values[^1].From : at));
        }

        public string? At(DateTimeOffset t) => values.FindLast(v => v.From <= t).Value;
    }

    private sealed class Person(Guid id, DateTimeOffset registered)
    {
        public Guid Id => id;

        public DateTimeOffset Registered => registered;

        public List<Fact> Won { get; } = [];

        public List<Fact> Open { get; } = [];

        public List<Fact> Tickets { get; } = [];

        public List<DateTimeOffset> Touched { get; } = [];

        public Course Lifecycle { get; } = new("potential", registered);

        public Course Manual { get; } = new(null, DateTimeOffset.MinValue);

        public List<string> Log { get; } = [$"registered {registered:O}"];

        public string Tier(DateTimeOffset t) => Manual.At(t) ?? Sum(t, 365) switch { >= 100_000 => "A", >= 30_000 => "B", > 0 => "C", _ => "D" };

        public bool Meets(Condition c, DateTimeOffset t) => c.Kind switch
        {
            "wonAmount" => Sum(t, c.Days!.Value) >= c.AtLeast,
            "ticketsOpened" => Tickets.Count(k => Is(c, k.Value) && k.From <= t && t < k.From.AddDays(c.Days!.Value)) >= c.AtLeast,
            "openTickets" => Tickets.Count(k => Is(c, k.Value) && k.Holds(t)) >= c.AtLeast,
            "openOpportunities" => Open.Count(o => o.Holds(t)) >= c.AtLeast,
            "lifecycle" => t >= registered && c.Values!.Contains(Lifecycle.At(t)),
            _ => t >= registered && t >= Touched.Where(x => x <= t).Append(registered).Max() + Cadence(t) * (double)c.Times!.Value,
        };

        private TimeSpan Cadence(DateTimeOffset t)
        {
            var days = Lifecycle.At(t) switch { "intent" => 3, "won" => 30, "lost" => 90, _ => 7 };
            return TimeSpan.FromDays(Tier(t) == "A" ? Math.Min(days, 7) : days);
        }

        private decimal Sum(DateTimeOffset t, int days) => Won.Where(w => w.Holds(t) && t < w.From.AddDays(days)).Sum(w => w.Amount!.Value);

        private static bool Is(Condition c, string? type) => c.Values is null || c.Values.Contains(type);
    }
}
