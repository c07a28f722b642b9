using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Analytics.Tests;

/// <summary>A record of any kind, as far as the log cares.</summary>
internal sealed record Anything : Document, IAggregate<Anything>
{
    public static Anything? Evolve(Anything? state, Event e) => state ?? new Anything();
}

/// <summary>One event of a generated history.</summary>
internal sealed record Told(Guid Stream, object Data, DateTimeOffset Known, DateOnly? BusinessDate)
{
    public DateTimeOffset Effective(TimeZoneInfo zone) =>
        BusinessDate is { } day ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), zone.GetUtcOffset(day.ToDateTime(TimeOnly.MinValue))).ToUniversalTime() : Known;
}

/// <summary>Half a year of a sales team that makes everything happen that may: moves back and forth, wins that are reopened, back-dating, deletions, new departments, a reordered pipeline.</summary>
internal sealed class History
{
    public static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");
    public static readonly DateTimeOffset Begin = new(2026, 1, 5, 1, 0, 0, TimeSpan.Zero);
    public static readonly Guid Pipeline = Guid.Parse("0190a000-0000-7000-8000-0000000000f1");

    private static readonly string[] Departments = ["华东", "华北"];
    private readonly Random random;
    private readonly List<Told> events = [];
    private readonly DateTimeOffset now = Begin;
    private readonly string[] order = ["lead", "proposal", "quote", "talk"];

    public History(int seed, int opportunities = 40, int steps = 400)
    {
        random = new Random(seed);
        Users = [.. Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7())];
        Customers = [.. Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7())];
        Tell(Pipeline, new PipelineDefined("流程", true, Stages()), dated: false);
        foreach (var user in Users) Tell(user, new UserRegistered("u" + user, "用户" + user.ToString()[^4..], "sales", random.Next(4) == 0 ? null : Departments[random.Next(2)], null, true), dated: false);
        var open = new List<Opportunity>();
        for (var step = 0; step < steps; step++)
        {
            now = now.AddMinutes(random.Next(1, 60 * 24));
            if (open.Count < opportunities && random.Next(4) == 0) open.Add(Open());
            else if (open.Count > 0) Act(open[random.Next(open.Count)]);
            if (random.Next(60) == 0) Tell(Users[random.Next(3)], new UserChanged(null, null, Departments[random.Next(2)], null, null, null), dated: true);
            if (random.Next(120) == 0)
            {
                (order[1], order[2]) = (order[2], order[1]);
                Tell(Pipeline, new PipelineStagesChanged(Stages()), dated: false);
            }
        }
    }

    public IReadOnlyList<Told> Events => events;

    public Guid[] Users { get; }

    public Guid[] Customers { get; }

    public DateTimeOffset End => now;

    private PipelineStage[] Stages() =>
    [
        .. order.Select(c => new PipelineStage(c, c, c, StageKind.Open, 10, [])), new PipelineStage("won", "成交", "Won", StageKind.Won, 100, []), new PipelineStage("lost", "输单", "Lost", StageKind.Lost, 0, []),
    ];

    private void Tell(Guid stream, object data, bool dated)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, Zone).DateTime);
        events.Add(new Told(stream, data, now, dated && random.Next(3) == 0 ? today.AddDays(-random.Next(1, 40)) : null));
    }

    private Money? Amount() => random.Next(6) switch { 0 => null, 1 => new Money(random.Next(1, 100), "USD"), _ => new Money(random.Next(1, 1000) * 10.5m, "CNY") };

    private Guid? User() => random.Next(5) == 0 ? null : Users[random.Next(3)];

    private Guid? Customer() => random.Next(5) == 0 ? null : Customers[random.Next(6)];

    private Opportunity Open()
    {
        var o = new Opportunity { Stage = order[random.Next(2)], Customer = Customer() };
        Tell(o.Id, new OpportunityOpened("商机", o.Customer, Pipeline, o.Stage, StageKind.Open, 10, false, Amount(), false, null, User(), DateOnly.FromDateTime(now.DateTime), null, null, null, null, null, null), dated: true);
        return o;
    }

    private void Act(Opportunity o)
    {
        if (o.Deleted)
        {
            if (random.Next(2) != 0) return;
            Tell(o.Id, new OpportunityUndeleted("商机", o.Customer), dated: true);
            o.Deleted = false;
            return;
        }
        switch (random.Next(o.Closed ? 3 : 10))
        {
            case 0:
                o.Customer = Customer();
                var amount = Amount();
                Tell(o.Id, new OpportunityDetailsChanged("商机", o.Customer, Amount: amount, Cleared: amount is null && random.Next(2) == 0 ? ["amount"] : null), dated: true);
                break;
            case 1 when random.Next(3) == 0:
                Tell(o.Id, new OpportunityDeleted("商机", o.Customer), dated: true);
                o.Deleted = true;
                break;
            case 1:
                Tell(o.Id, new OpportunityOwnerChanged("商机", o.Customer, User(), null), dated: true);
                break;
            case 2 when o.Closed:
                var back = order[random.Next(4)];
                Tell(o.Id, new OpportunityReopened("商机", o.Customer, Pipeline, o.Stage, back, 10), dated: true);
                (o.Stage, o.Closed) = (back, false);
                break;
            case 2:
                Tell(o.Id, new OpportunityWon("商机", o.Customer, Pipeline, o.Stage, "won", 100, Amount(), false, User(), DateOnly.FromDateTime(now.DateTime)), dated: true);
                (o.Stage, o.Closed) = ("won", true);
                break;
            case 3:
                Tell(o.Id, new OpportunityLost("商机", o.Customer, Pipeline, o.Stage, "lost", 0, "价格", Amount(), User(), DateOnly.FromDateTime(now.DateTime)), dated: true);
                (o.Stage, o.Closed) = ("lost", true);
                break;
            default:
                var to = order.Where(s => s != o.Stage).ElementAt(random.Next(3));
                Tell(o.Id, new OpportunityMoved("商机", o.Customer, Pipeline, o.Stage, to, 10), dated: true);
                o.Stage = to;
                break;
        }
    }

    private sealed class Opportunity
    {
        public Guid Id { get; } = Guid.CreateVersion7();

        public string Stage { get; set; } = "";

        public Guid? Customer { get; set; }

        public bool Closed { get; set; }

        public bool Deleted { get; set; }
    }
}
