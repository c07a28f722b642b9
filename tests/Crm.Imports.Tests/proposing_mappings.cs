using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

public sealed class proposing_mappings
{
    private static readonly ImportField[] Opportunity =
    [
        new("externalKey", "商机编号", "Opportunity number", ImportFieldType.Text) { Synonyms = ["opportunity id", "deal id"] },
        new("customerId", "客户", "Customer", ImportFieldType.Reference) { Synonyms = ["account", "company"] },
        new("ownerId", "负责人", "Owner", ImportFieldType.Reference) { Synonyms = ["sales agent", "sales rep"] },
        new("product", "产品", "Product", ImportFieldType.Reference),
        new("stage", "阶段", "Stage", ImportFieldType.Choice) { Synonyms = ["deal stage"] },
        new("openedOn", "开启日期", "Opened on", ImportFieldType.Date) { Synonyms = ["engage date"] },
        new("closedOn", "关闭日期", "Closed on", ImportFieldType.Date) { Synonyms = ["close date"] },
        new("amount", "金额", "Amount", ImportFieldType.Money) { Synonyms = ["close value", "deal value"] },
    ];

    private static readonly ImportField[] Customer =
    [
        new("name", "客户名称", "Name", ImportFieldType.Text, Required: true) { Synonyms = ["account", "company", "公司名称"] },
        new("phone", "电话", "Phone", ImportFieldType.Phone) { Synonyms = ["手机", "mobile", "联系电话"] },
        new("email", "邮箱", "Email", ImportFieldType.Email),
        new("industry", "行业", "Industry", ImportFieldType.Text) { Synonyms = ["sector", "所属行业"] },
        new("size", "规模", "Size", ImportFieldType.Text) { Synonyms = ["employees"] },
        new("parentId", "上级客户", "Parent", ImportFieldType.Reference) { Synonyms = ["subsidiary of"] },
    ];

    [Fact]
    public void of_the_sales_pipeline()
    {
        using var stream = Files.Sales("sales_pipeline.csv");
        var columns = Files.Profile(SourceFile.Open(stream, "x"));
        var proposal = MappingProposal.Propose(columns, Opportunity, custom: true);
        proposal.ToDictionary(p => p.Column, p => p.Field).ShouldBe(new Dictionary<string, string?>
        {
            ["opportunity_id"] = "externalKey", ["sales_agent"] = "ownerId", ["product"] = "product", ["account"] = "customerId",
            ["deal_stage"] = "stage", ["engage_date"] = "openedOn", ["close_date"] = "closedOn", ["close_value"] = "amount",
        });
        proposal.ShouldAllBe(p => p.Confidence >= 0.9);
        MappingProposal.Fit(proposal, Opportunity).ShouldBeGreaterThan(0.9);
        MappingProposal.Fit(MappingProposal.Propose(columns, Customer, custom: true), Customer).ShouldBeLessThan(0.3);
    }

    [Fact]
    public void of_the_accounts_with_custom_fields_for_the_rest()
    {
        using var stream = Files.Sales("accounts.csv");
        var proposal = MappingProposal.Propose(Files.Profile(SourceFile.Open(stream, "x")), Customer, custom: true);
        proposal.Select(p => p.Field).ShouldBe(["name", "industry", "custom.year_established", "custom.revenue", "size", "custom.office_location", "parentId"]);
    }

    [Fact]
    public void of_chinese_headers()
    {
        var file = Files.OpenText("公司名称,手机,邮箱,所属行业,备注\n阿里,13800138000,a@b.cn,互联网,x\n");
        MappingProposal.Propose(Files.Profile(file), Customer, custom: true).Select(p => p.Field)
            .ShouldBe(["name", "phone", "email", "industry", "custom.备注"]);
    }

    [Fact]
    public void by_near_names_and_words()
    {
        var file = Files.OpenText("Compnay,Primary Phone,E-Mail\nAcme,+1 555 123 4567,a@b.com\n");
        MappingProposal.Propose(Files.Profile(file), Customer, custom: false).Select(p => p.Field).ShouldBe(["name", "phone", "email"]);
    }

    [Fact]
    public void a_value_written_differently_is_certain()
    {
        var match = new ValueMatcher(["GTX Pro", "GTX Plus Pro", "GTX Basic", "GTK 500"]);
        var suggestion = match.Suggest(new Dictionary<string, int> { ["GTXPro"] = 1480, ["GTX Basic"] = 9 }).Single();
        suggestion.ShouldBe(new ValueSuggestion("GTXPro", "GTX Pro", 1480, 0.99, ValueReason.Spelling));
        suggestion.IsCertain.ShouldBeTrue();
    }

    [Fact]
    public void a_misspelt_value_is_suggested_and_not_certain()
    {
        var match = new ValueMatcher(Industries.Names).Suggest(new Dictionary<string, int> { ["technolgy"] = 12, ["retail"] = 17 }).Single();
        match.To.ShouldBe("technology");
        match.IsCertain.ShouldBeFalse();
        match.Rows.ShouldBe(12);
    }

    [Fact]
    public void other_numbers_are_other_things() => new ValueMatcher(["GTX 500", "GTX Pro"]).Match("GTX 600").ShouldBeNull();

    [Fact]
    public void two_equally_near_values_give_no_suggestion() => new ValueMatcher(["Scottech A", "Scottech B"]).Match("Scottech C").ShouldBeNull();
}
