using Crm.Http;

namespace Crm.Pipeline;

/// <summary>What the list of opportunities can be exported with.</summary>
internal static class OpportunityColumns
{
    public static readonly ListExport Export = new(
    [
        new("name", "商机名称", "Name"),
        new("customerName", "客户", "Customer") { NamesPerson = true },
        new("pipelineName", "销售流程", "Pipeline"),
        new("stageName", "阶段", "Stage"),
        new("stageKind", "结果", "Outcome") { Words = [new("open", "进行中", "Open"), new("won", "成交", "Won"), new("lost", "输单", "Lost")] },
        new("amount", "金额", "Amount"),
        new("amount.currency", "币种", "Currency"),
        new("probability", "成交概率（%）", "Probability (%)"),
        new("expectedCloseDate", "预计成交日期", "Expected close"),
        new("ownerName", "负责人", "Owner"),
        new("openedOn", "开始日期", "Opened on"),
        new("closedOn", "结束日期", "Closed on"),
        new("daysInStage", "阶段停留天数", "Days in stage"),
        new("lostReason", "输单原因", "Reason lost"),
        new("competitors", "竞争对手", "Competitors"),
        new("decisionMakers", "决策人", "Decision makers") { NamesPerson = true },
        new("nextStep", "下一步", "Next step"),
        new("createdAt", "创建时间", "Created"),
        new("updatedAt", "更新时间", "Changed"),
        new("id", "系统编号", "ID"),
    ], "customerId");
}
