using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.Extensions.Hosting;

namespace Crm.Pipeline;

/// <summary>
/// Gives a new installation its pipelines by the same decision as <c>POST /pipelines</c>: S055 as the default, S054 as a second one (X1).
/// Their identities are fixed, so that nodes that start together make them once.
/// </summary>
internal sealed class DefaultPipelines(DocumentStore store) : IHostedService
{
    public static readonly Guid Standard = Guid.Parse("0190a000-0000-7000-8000-000000000001");
    public static readonly Guid LeadToDeal = Guid.Parse("0190a000-0000-7000-8000-000000000002");

    public static readonly DefinePipeline StandardPipeline = new("标准销售流程",
    [
        new("lead", "线索", "Lead", StageKind.Open, 10, ["客户主动咨询或初步接触"]),
        new("requirement", "需求", "Requirement", StageKind.Open, 20, ["明确需求细节", "确认预算范围"]),
        new("proposal", "方案", "Proposal", StageKind.Open, 40, ["提交定制化方案", "客户表示认可"]),
        new("negotiation", "谈判", "Negotiation", StageKind.Open, 60, ["就价格、交付细节达成一致"]),
        new("won", "成交", "Won", StageKind.Won, 100, ["签订合同", "收到首付款"]),
        new("lost", "输单", "Lost", StageKind.Lost, 0, ["填写输单原因"]),
    ]);

    // 回款 comes after 成交 and is a payment schedule on the contract, so it is no stage (X1).
    public static readonly DefinePipeline LeadToDealPipeline = new("线索–商机–报价–成交",
    [
        new("lead", "线索", "Lead", StageKind.Open, 10, ["客户主动咨询或初步接触"]),
        new("opportunity", "商机", "Opportunity", StageKind.Open, 30, ["明确需求细节", "确认预算范围"]),
        new("quote", "报价", "Quote", StageKind.Open, 50, ["已提交报价"]),
        new("won", "成交", "Won", StageKind.Won, 100, ["签订合同", "收到首付款"]),
        new("lost", "输单", "Lost", StageKind.Lost, 0, ["填写输单原因"]),
    ]);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Define(Standard, StandardPipeline, isFirst: true, cancellationToken);
        await Define(LeadToDeal, LeadToDealPipeline, isFirst: false, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Define(Guid id, DefinePipeline command, bool isFirst, CancellationToken ct)
    {
        if (await store.Query.FetchStreamStateAsync(id, ct) is not null) return;
        await using var session = store.OpenSession(new EventContext("system", "setup"));
        var now = new Now(session.Now, store.DayOf(session.Now), "system", id);
        session.StartStream<SalesPipeline>(id, DefinePipelineFeature.Decide(command, isFirst, now).Events);
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (ExistingStreamIdCollisionException)
        {
            // Another node started at the same time and was first.
        }
    }
}
