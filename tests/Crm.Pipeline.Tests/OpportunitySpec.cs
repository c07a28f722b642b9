using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Testing;

namespace Crm.Pipeline.Tests;

/// <summary>What the decision specs of opportunities have in common: the default pipeline, a customer, an owner, two products.</summary>
public abstract class OpportunitySpec : Spec
{
    private protected static readonly Guid Customer = Guid.Parse("01900000-0000-7000-8000-00000000c001");
    private protected static readonly Guid Owner = Guid.Parse("01900000-0000-7000-8000-00000000a001");
    private protected static readonly Guid Server = Guid.Parse("01900000-0000-7000-8000-00000000b001");
    private protected static readonly Guid Retired = Guid.Parse("01900000-0000-7000-8000-00000000b002");
    private protected static readonly Guid Priceless = Guid.Parse("01900000-0000-7000-8000-00000000b003");

    private protected static SalesPipeline Pipeline { get; } = Fold.All<SalesPipeline>(DefinePipelineFeature.Decide(DefaultPipelines.StandardPipeline, true, Now).Events.Select(e => new Event
    {
        Id = DefaultPipelines.Standard, StreamId = DefaultPipelines.Standard, Version = 1, Timestamp = Now.At, EffectiveAt = Now.At, Data = e, Type = "pipeline_defined",
        Context = new EventContext("system", "test"),
    }))!;

    private protected static OpportunityFacts Facts { get; } = new()
    {
        Pipeline = Pipeline,
        Customers = new HashSet<Guid> { Customer },
        Users = new HashSet<Guid> { Owner },
        Products = new Dictionary<Guid, CatalogueEntry>
        {
            [Server] = new(Server, "服务器", true, new Money(199.99m, "CNY")), [Retired] = new(Retired, "旧款", false, new Money(10, "CNY")),
            [Priceless] = new(Priceless, "定制开发", true, null),
        },
    };

    private protected static Situation<Opportunity> Given(params object[] events) => Given<Opportunity>(events);

    private protected static OpportunityOpened Opened(string stage = "lead", Money? amount = null, OpportunityLine[]? lines = null, int probability = 10, bool probabilitySet = false) => new(
        "一期项目", Customer, DefaultPipelines.Standard, stage, StageKind.Open, probability, probabilitySet, amount ?? (lines is null ? null : Amounts.Sum(lines)), amount is null, null,
        Owner, new DateOnly(2026, 3, 1), lines, null, null, null, null, null);

    private protected static OpportunityWon Won(Money? amount = null) =>
        new("一期项目", Customer, DefaultPipelines.Standard, "negotiation", "won", 100, amount, false, Owner, new DateOnly(2026, 3, 10));
}
