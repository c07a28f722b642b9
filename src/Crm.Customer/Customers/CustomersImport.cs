using Crm.Http;
using Crm.Imports;
using Dapper;

namespace Crm.Customers;

/// <summary>
/// Customers from a file. Unless the person chose keys (<see cref="ImportOptions.Match"/>), a row means the customer with its id here or its external key, else
/// the only one of its kind with its name; of persons of one name the one that shares telephone or e-mail. A row that merely resembles a customer on file is left out and shown, unless the option <c>duplicates: create</c> is set.
/// </summary>
internal sealed class CustomersImport(AccessPictures pictures) : ImportTarget<Customer>
{
    public override string Code => "customers";

    public override string Name => "客户";

    public override string NameEn => "Customers";

    public override bool HasCustomFields => true;

    public override bool HasExternalKeys => true;

    public override IReadOnlyList<string> MatchKeys { get; } = ["crmId", "externalKeys", "name", "phone", "email"];

    public override string RecordField(string code) => ContactsOfRow.RecordField(code) ?? code;

    public override IReadOnlyList<string> Projections => ["customer.customers"];

    private readonly FieldCatalogue catalogue = new(pictures, settings => [.. BuiltIn, .. ContactsOfRow.Fields(settings), .. ImportField.Own(settings, "customers")]);

    public override IReadOnlyList<ImportField> Fields => catalogue.Fields;

    private static readonly ImportField[] BuiltIn =
    [
        new("name", "客户名称", "Name", ImportFieldType.Text, Required: true)
        {
            Synonyms = ["account", "account name", "company", "company name", "customer", "customer name", "organisation", "organization", "公司名称", "公司", "客户", "企业名称", "单位名称", "姓名", "客户姓名", "名称"],
        },
        new("kind", "客户类型", "Kind", ImportFieldType.Choice)
        {
            Synonyms = ["type", "customer type", "类型"],
            Choices = new Dictionary<string, IReadOnlyList<string>> { ["company"] = ["企业", "公司", "business", "b2b", "organisation", "organization"], ["person"] = ["个人", "consumer", "individual", "b2c"] },
        },
        new("shortName", "简称", "Short name", ImportFieldType.Text) { Synonyms = ["客户简称", "abbreviation"] },
        new("lifecycle", "客户分类", "Lifecycle", ImportFieldType.Choice)
        {
            Synonyms = ["生命周期", "客户状态", "customer status"],
            Choices = new Dictionary<string, IReadOnlyList<string>>
            {
                ["potential"] = ["潜在", "潜在客户", "lead", "prospect"], ["intent"] = ["意向", "意向客户", "qualified"], ["won"] = ["成交", "成交客户", "customer"], ["lost"] = ["流失", "流失客户", "churned"],
            },
        },
        new("tier", "客户等级", "Tier", ImportFieldType.Choice)
        {
            Synonyms = ["等级", "级别", "grade"],
            Choices = new Dictionary<string, IReadOnlyList<string>> { ["A"] = ["A级"], ["B"] = ["B级"], ["C"] = ["C级"], ["D"] = ["D级"] },
        },
        new("industry", "行业", "Industry", ImportFieldType.Text) { Synonyms = ["sector", "所属行业", "行业类别"] },
        new("size", "规模", "Size", ImportFieldType.Text) { Synonyms = ["employees", "headcount", "number of employees", "company size", "企业规模", "人数", "员工人数"] },
        new("source", "来源", "Source", ImportFieldType.Text) { Synonyms = ["lead source", "客户来源", "渠道"] },
        new("phone", "电话", "Phone", ImportFieldType.Phone) { Synonyms = ["mobile", "telephone", "tel", "phone number", "手机", "手机号", "联系电话", "电话号码"] },
        new("email", "邮箱", "E-mail", ImportFieldType.Email) { Synonyms = ["email address", "mail", "电子邮箱", "电子邮件", "邮件"] },
        new("address", "地址", "Address", ImportFieldType.Text) { Synonyms = ["street address", "联系地址", "公司地址", "通讯地址"] },
        new("website", "网址", "Website", ImportFieldType.Text) { Synonyms = ["url", "homepage", "官网", "网站"] },
        new("idNumber", "身份证号", "Identity card", ImportFieldType.Text) { Synonyms = ["id card", "identity number", "身份证", "身份证号码"] },
        new("bankCard", "银行卡号", "Bank card", ImportFieldType.Text) { Synonyms = ["bank account", "card number", "银行卡", "银行账号"] },
        new("needs", "需求", "Needs", ImportFieldType.Text) { Synonyms = ["requirements", "客户需求", "需求描述"] },
        new("tags", "标签", "Tags", ImportFieldType.Text) { Synonyms = ["labels", "客户标签"] },
        new("ownerId", "负责人", "Owner", ImportFieldType.Reference) { ReferenceTo = "users", Synonyms = ["account manager", "account owner", "sales agent", "sales rep", "owner name", "销售", "业务员", "客户经理", "跟进人"] },
        new("parentId", "上级客户", "Parent", ImportFieldType.Reference) { ReferenceTo = "customers", IsLink = true, Synonyms = ["subsidiary of", "parent company", "parent account", "母公司", "上级公司", "所属集团"] },
        new("externalKeys.import", "外部编号", "External key", ImportFieldType.Text) { Synonyms = ["id", "customer id", "account id", "external id", "客户编号", "编号", "客户代码"] },
        new("crmId", "CRM 编号", "CRM id", ImportFieldType.Text) { Synonyms = ["crm record id", "系统编号"] },
    ];

    protected override IReadOnlyCollection<string> Derived { get; } = ["completeness", "ownedSince", "inPool", "pooledAt", "poolCause", "formerOwnerId", "claimedAt", "recycleOn"];

    public override async Task<ImportRun> PrepareAsync(ImportSetup setup, CancellationToken ct)
    {
        await using var connection = await setup.Store.DataSource.OpenConnectionAsync(ct);
        var parents = await connection.QueryAsync<(Guid Id, Guid Parent)>(new CommandDefinition(
            "select id, (doc->>'parentId')::uuid from customer.customers where doc->>'parentId' is not null and not deleted", cancellationToken: ct));
        var unique = setup.Access.Picture.Fields.UniqueOf(Code, setup.Access.Picture.Fields.Of(Code).Select(f => f.Key)) ?? [];
        var taken = unique.Length == 0 ? [] : await connection.QueryAsync<(string Key, string Value, Guid Id)>(new CommandDefinition(
            "select key, value, customer_id from customer.unique_values where live and key = any(@unique)", new { unique }, cancellationToken: ct));
        return new CustomersRun(setup, parents, taken);
    }

    protected override IReadOnlyCollection<string> Parts { get; } = ["contacts"];

    protected override bool IsGone(Customer current) => current.Deleted || current.Erased;

    protected override Rejection? Contested(string constraint) => constraint == CustomerErrors.ParentCycle.Code ? CustomerErrors.ParentCycle : null;

    protected override Decision Delete(Customer current, Now now) => DeleteCustomerFeature.Decide(new DeleteCustomer(), current, now);

    protected override Decision Restore(Customer current, Customer before, IReadOnlyList<string> fields, Now now)
    {
        bool Has(string field) => fields.Contains(field);
        var custom = fields.Where(f => f.StartsWith("custom.", StringComparison.Ordinal)).Select(f => f["custom.".Length..])
            .ToDictionary(f => f, f => before.Custom.TryGetValue(f, out var value) ? value : System.Text.Json.JsonSerializer.SerializeToElement<object?>(null));
        var keys = fields.Where(f => f.StartsWith("externalKeys.", StringComparison.Ordinal)).Select(f => f["externalKeys.".Length..])
            .ToDictionary(f => f, f => before.ExternalKeys.GetValueOrDefault(f));
        var command = new ChangeCustomer
        {
            Kind = Has("kind") ? before.Kind : null,
            Name = Has("name") ? before.Name : null,
            ShortName = Has("shortName") ? before.ShortName : null,
            Lifecycle = Has("lifecycle") ? before.Lifecycle : null,
            Tier = Has("tier") ? before.Tier : null,
            Industry = Has("industry") ? before.Industry : null,
            Size = Has("size") ? before.Size : null,
            Source = Has("source") ? before.Source : null,
            Phone = Has("phone") ? before.Phone : null,
            Email = Has("email") ? before.Email : null,
            Address = Has("address") ? before.Address : null,
            Website = Has("website") ? before.Website : null,
            IdNumber = Has("idNumber") ? before.IdNumber : null,
            BankCard = Has("bankCard") ? before.BankCard : null,
            Needs = Has("needs") ? before.Needs : null,
            Tags = Has("tags") ? [.. before.Tags] : null,
            OwnerId = Has("ownerId") ? before.OwnerId : null,
            ParentId = Has("parentId") ? before.ParentId : null,
            Custom = custom.Count == 0 ? null : custom,
            ExternalKeys = keys.Count == 0 ? null : keys,
            // A field that had no value is emptied; for the others the value in the command counts.
            Cleared = [.. fields.Where(f => f is not ("kind" or "name" or "lifecycle" or "tags") && !f.Contains('.', StringComparison.Ordinal) && !(f == "parentId" && before.ParentId is not null))],
        };
        var decision = ChangeCustomerFeature.Decide(command, current, new ReferenceFacts(null) { Unique = pictures.Latest.Fields }, now);
        var contacts = fields.Where(f => f.StartsWith("contacts.", StringComparison.Ordinal)).Select(f => Guid.Parse(f["contacts.".Length..])).Select(id => ContactsOfRow.Restore(current, before, id, now)).ToList();
        if (decision.Rejection is not null || contacts.Count == 0) return decision;
        return contacts.Find(c => c.Rejection is not null) ?? [.. decision.Events, .. contacts.SelectMany(c => c.Events)];
    }
}
