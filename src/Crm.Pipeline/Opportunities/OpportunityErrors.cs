using Crm.Http;

namespace Crm.Pipeline;

internal static class OpportunityErrors
{
    public static readonly Rejection Closed = new("opportunity_closed", "商机已成交或输单，请先重新打开。", "The opportunity is won or lost; reopen it first.");
    public static readonly Rejection NotClosed = new("opportunity_open", "商机仍在进行中。", "The opportunity is still open.");
    public static readonly Rejection UseWin = new("use_win", "成交请使用“赢单”操作。", "To win it, use the command win.", Field: "to");
    public static readonly Rejection UseLose = new("use_lose", "输单请使用“输单”操作，并填写原因。", "To lose it, use the command lose and state the reason.", Field: "to");
    public static readonly Rejection CustomerRequired = new("customer_required", "商机必须有客户。", "An opportunity has a customer.", 400, "customerId");
    public static readonly Rejection UnknownCustomer = new("unknown_customer", "没有这个客户。", "There is no such customer.", 400, "customerId");
    public static readonly Rejection UnknownOwner = new("unknown_owner", "没有这个用户。", "There is no such user.", 400, "ownerId");
    public static readonly Rejection UnknownPipeline = new("unknown_pipeline", "没有这个销售流程。", "There is no such pipeline.", 400, "pipelineId");
    public static readonly Rejection CurrencyMismatch = new(
        "currency_mismatch", "产品明细之间以及与金额的币种必须一致。", "The lines and the amount must be in one currency.", 400, "lines");

    public static Rejection UnknownStage(string stage, string field) => new(
        "unknown_stage", $"该销售流程没有阶段 {stage}。", $"This pipeline has no stage '{stage}'.", 400, field);

    public static Rejection NotALostStage(string stage) => new("not_a_lost_stage", $"{stage} 不是输单阶段。", $"'{stage}' is not a lost stage.", 400, "stage");

    public static Rejection UnknownProduct(Guid id) => new("unknown_product", $"没有产品 {id}。", $"There is no product {id}.", 400, "lines");

    public static Rejection InactiveProduct(string name) => new("inactive_product", $"产品“{name}”已停售。", $"The product {name} is not sold any more.", Field: "lines");

    public static Rejection PriceRequired(string name) => new("unit_price_required", $"产品“{name}”没有标价，请填写单价。", $"The product {name} has no list price; state a unit price.", 400, "lines");

    public static Rejection ClosedBeforeOpened(DateOnly opened) => new(
        "closed_before_opened", $"关闭日期不能早于建立日期 {opened:yyyy-MM-dd}。", $"It cannot close before it was opened on {opened:yyyy-MM-dd}.", 400, "businessDate");

    public static Rejection ExternalKeyTaken(string system, string value, Guid id, string name) => new(
        "external_key_taken", $"{system} 编号 {value} 已属于商机“{name}”。", $"The {system} key {value} belongs to the opportunity {name}.", Field: "externalKeys",
        Extensions: new Dictionary<string, object?> { ["candidates"] = new[] { new { id, name, reasons = new[] { "externalKey" }, score = 1.0 } } });
}
