using Crm.Http;
using Crm.Imports;
using Dapper;

namespace Crm.Pipeline;

/// <summary>
/// Opportunities from a file. A row means the opportunity with its external key; without such a column, rows that resemble an opportunity on file are left
/// out and shown. A row is opened on its own date and, if it is won or lost, closed on its own date, so that past funnels are right.
/// </summary>
internal sealed class OpportunitiesImport(AccessPictures pictures) : ImportTarget<Opportunity>
{
    public override string Code => "opportunities";

    public override string Name => "商机";

    public override string NameEn => "Opportunities";

    public override bool HasCustomFields => true;

    public override bool HasExternalKeys => true;

    public override IReadOnlyList<string> Projections => [Opportunities.TableName];

    private readonly FieldCatalogue catalogue = new(pictures, settings => [.. BuiltIn, .. ImportField.Own(settings, "opportunities")]);

    public override IReadOnlyList<ImportField> Fields => catalogue.Fields;

    private static readonly ImportField[] BuiltIn =
    [
        new("externalKeys.import", "商机编号", "External key", ImportFieldType.Text) { Synonyms = ["opportunity id", "deal id", "opportunity number", "id", "编号", "外部编号"] },
        new("name", "商机名称", "Name", ImportFieldType.Text) { Synonyms = ["opportunity name", "deal name", "opportunity", "deal", "title", "商机", "项目名称"] },
        new("customerId", "客户", "Customer", ImportFieldType.Reference) { ReferenceTo = "customers", Synonyms = ["account", "account name", "company", "customer name", "客户名称", "公司", "公司名称"] },
        new("ownerId", "负责人", "Owner", ImportFieldType.Reference) { ReferenceTo = "users", Synonyms = ["sales agent", "sales rep", "opportunity owner", "agent", "销售", "销售人员", "业务员", "跟进人"] },
        new("product", "产品", "Product", ImportFieldType.Reference) { ReferenceTo = "products", Synonyms = ["product name", "产品名称"] },
        new("quantity", "数量", "Quantity", ImportFieldType.Number) { Synonyms = ["qty", "units"] },
        new("stage", "阶段", "Stage", ImportFieldType.Choice) { Synonyms = ["deal stage", "sales stage", "opportunity stage", "status", "销售阶段", "商机阶段", "状态"] },
        new("amount", "金额", "Amount", ImportFieldType.Money) { Synonyms = ["close value", "deal value", "value", "deal size", "revenue", "商机金额", "成交金额", "合同金额"] },
        new("openedOn", "建立日期", "Opened on", ImportFieldType.Date) { Synonyms = ["engage date", "open date", "start date", "created date", "created", "开启日期", "创建日期", "立项日期"] },
        new("closedOn", "关闭日期", "Closed on", ImportFieldType.Date) { Synonyms = ["close date", "closed date", "won date", "成交日期", "结束日期"] },
        new("expectedCloseDate", "预计成交日期", "Expected close date", ImportFieldType.Date) { Synonyms = ["expected close", "forecast date", "预计签约日期"] },
        new("probability", "成交概率", "Probability", ImportFieldType.Number) { Synonyms = ["chance", "赢率", "概率"] },
        new("lostReason", "输单原因", "Lost reason", ImportFieldType.Text) { Synonyms = ["loss reason", "reason lost", "失败原因", "丢单原因"] },
        new("nextStep", "下一步", "Next step", ImportFieldType.Text) { Synonyms = ["next action", "下一步计划"] },
        new("competitors", "竞争对手", "Competitors", ImportFieldType.Text) { Synonyms = ["competitor", "竞品"] },
    ];

    protected override IReadOnlyCollection<string> Derived { get; } = ["enteredStageAt", "closedFrom", "stageKind", "closedOn", "lostReason", "amountFromLines", "probabilitySet"];

    public override async Task<ImportRun> PrepareAsync(ImportSetup setup, CancellationToken ct)
    {
        await using var connection = await setup.Store.DataSource.OpenConnectionAsync(ct);
        var customers = (await connection.QueryAsync<(Guid Id, string Name, Guid? Owner)>(new CommandDefinition("select id, name, owner_id from pipeline.customers where not deleted", cancellationToken: ct))).ToList();
        var users = (await connection.QueryAsync<Guid>(new CommandDefinition("select id from pipeline.users where not removed", cancellationToken: ct))).ToList();
        var products = (await connection.QueryAsync<(Guid Id, string Name)>(new CommandDefinition("select id, name from pipeline.catalogue where not deleted", cancellationToken: ct))).ToList();
        var keys = (await connection.QueryAsync<(string, string, Guid, string)>(new CommandDefinition("select system, value, opportunity_id, name from pipeline.opportunity_keys where not deleted", cancellationToken: ct))).ToList();
        var pipelines = new List<SalesPipeline>();
        foreach (var id in await connection.QueryAsync<Guid>(new CommandDefinition("select distinct pipeline_id, is_default from pipeline.stages order by is_default desc, pipeline_id", cancellationToken: ct)))
            if (await setup.Store.Query.AggregateStreamAsync<SalesPipeline>(id, ct: ct) is { } pipeline) pipelines.Add(pipeline);
        // Only rows without a key of their own are compared with what is on file.
        var likes = setup.Columns.Keys.Any(f => f.StartsWith("externalKeys.", StringComparison.Ordinal)) ? [] : (await connection.QueryAsync<(Guid Id, string Name, Guid? Customer, string OpenedOn)>(new CommandDefinition(
            "select id, doc->>'name', customer_id, doc->>'openedOn' from pipeline.opportunities where not deleted", cancellationToken: ct))).ToList();
        var entries = await Catalogue.FindAsync(setup.Store.DataSource, products.Select(p => p.Id), ct);
        var unique = setup.Access.Picture.Fields.UniqueOf(Code, setup.Access.Picture.Fields.Of(Code).Select(f => f.Key)) ?? [];
        var taken = unique.Length == 0 ? [] : await connection.QueryAsync<(string Key, string Value, Guid Id)>(new CommandDefinition(
            $"select key, value, record_id from {OpportunityValues.Table} where live and key = any(@unique)", new { unique }, cancellationToken: ct));
        return new OpportunitiesRun(setup, PipelineChoice.Of(setup, pipelines), customers, users, products, entries, keys, likes, taken);
    }

    protected override bool IsGone(Opportunity current) => current.Deleted;

    protected override Decision Delete(Opportunity current, Now now) => DeleteOpportunityFeature.Decide(new DeleteOpportunity(), current, now);

    protected override Decision Restore(Opportunity current, Opportunity before, IReadOnlyList<string> fields, Now now) => OpportunityUndo.Decide(current, before, fields, pictures.Latest.Fields, now);
}
