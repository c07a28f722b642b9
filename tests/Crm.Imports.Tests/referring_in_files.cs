using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

/// <summary>Whom and what rows of files refer to: by id, number, address or name, and never by a guess.</summary>
public sealed class referring_in_files(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task an_owner_is_known_by_user_name_address_id_or_the_name_of_one_active_user()
    {
        var admin = await app.As("admin");
        var lee = await UserAsync("lee.one", "李同名", "Lee.One@example.com");
        await UserAsync("lee.two", "李同名", null);
        var single = await UserAsync("single", "独一人", null);
        // Somebody who left and had the same name does not make it ambiguous; his user name still means him.
        var gone = await UserAsync("single.old", "独一人", null);
        (await admin.Patch($"users/{gone}", new { active = false })).Is(HttpStatusCode.OK);
        await app.Settled();
        var import = await app.ImportAsync($"客户名称,负责人\n甲归属,LEE.ONE\n乙归属,lee.one@EXAMPLE.com\n丙归属,{lee}\n丁归属,独一人\n戊归属,single.old\n己归属,李同名\n庚归属,查无此人\n");
        import.Totals().ShouldBe((5, 0, 0, 0, 2));
        (await OwnersAsync("甲归属", "乙归属", "丙归属", "丁归属", "戊归属")).ShouldBe([lee, lee, lee, single, gone]);
        var errors = (await app.RowsAsync(import, "verdict=error")).Select(r => r!["messages"]!.AsArray().ShouldHaveSingleItem()!).ToList();
        errors.Select(m => ((string?)m["code"], (string?)m["field"])).ShouldBe([("ambiguous_user", "ownerId"), ("unknown_user", "ownerId")]);
        errors.ShouldAllBe(m => m["message"]!.ToString().Contains("用户名或邮箱") || m["message"]!.ToString().Contains("the user name or the e-mail address"));
        // What is good as it stands is not called unknown.
        import["values"]!.AsArray().Where(v => (string?)v!["field"] == "ownerId").Select(v => (string?)v!["from"]).ShouldBe(["查无此人"]);
    }

    [Fact]
    public async Task a_parent_is_known_by_id_number_or_exact_name_on_file_or_in_the_file()
    {
        var admin = await app.As("admin");
        var head = (await admin.Post("customers", new { kind = "company", name = "总部 集团", externalKeys = new { import = "H-1" } })).Is(HttpStatusCode.Created).Id;
        foreach (var number in new[] { "T-1", "T-2" })
            (await admin.Post("customers", new { kind = "company", name = "双胞胎公司", externalKeys = new { import = number } }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        await app.Settled();
        var csv = $"客户编号,客户名称,上级公司\nS-1,子一,{head}\nS-2,子二,H-1\nS-3,子三,总部集团\nS-4,子四,S-1\nS-5,子五,双胞胎公司\nS-6,子六,没有的公司\nS-7,子七,T-2\n";
        var check = await app.CheckAsync(csv);
        (await WarningsAsync(check)).ShouldBe([(6, "ambiguous_parent"), (7, "unknown_parent")]);
        var import = await app.ImportAsync(csv);
        import.Totals().ShouldBe((7, 0, 0, 0, 0));
        (await WarningsAsync(import)).ShouldBe([(6, "ambiguous_parent"), (7, "unknown_parent")]);
        await app.Settled();
        async Task<string?> ParentAsync(string name) => (string?)(await app.CustomerAsync(name))["parentId"];
        (await ParentAsync("子一"), await ParentAsync("子二"), await ParentAsync("子三")).ShouldBe((head.ToString(), head.ToString(), head.ToString()));
        (await ParentAsync("子四")).ShouldBe((string?)(await app.CustomerAsync("子一"))["id"]);
        (await ParentAsync("子五"), await ParentAsync("子六")).ShouldBe((null, null));
        (await ParentAsync("子七")).ShouldNotBeNull();

        async Task<List<(int?, string?)>> WarningsAsync(JsonNode of) =>
            [.. (await app.RowsAsync(of)).SelectMany(r => r!["messages"]!.AsArray().Where(m => ((string?)m!["code"])!.EndsWith("_parent", StringComparison.Ordinal)).Select(m => ((int?)r["row"], (string?)m!["code"])))];
    }

    [Fact]
    public async Task own_fields_refer_to_records_of_every_module()
    {
        var admin = await app.As("admin");
        foreach (var (target, key, to, name) in new[]
        {
            ("customers", "agent", "customers", "代理商"), ("customers", "adviser", "users", "顾问"), ("customers", "product", "products", "主打产品"), ("customers", "deal", "opportunities", "首单"),
            ("contacts", "backup", "users", "备用人"), ("opportunities", "bearer", "customers", "最终用户"),
        })
            (await admin.Post("custom-fields", new { target, key, type = "reference", referenceTo = to, zh = name, en = key })).Is(HttpStatusCode.Created);
        var agent = (await admin.Post("customers", new { kind = "company", name = "华南代理", externalKeys = new { import = "A-9" } })).Is(HttpStatusCode.Created).Id;
        var product = (await admin.Post("products", new { code = "P-77", name = "旗舰机" })).Is(HttpStatusCode.Created).Id;
        var deal = (await admin.Post("opportunities", new { name = "首单项目", customerId = agent })).Is(HttpStatusCode.Created).Id;
        var adviser = await UserAsync("adviser", "顾问甲", "adviser@example.com");
        await app.Settled();
        var import = await app.ImportAsync("客户名称,代理商,顾问,主打产品,首单,联系人姓名,联系人备用人\n引用一,A-9,adviser@example.com,P-77,首单项目,王一,顾问甲\n引用二,华南代理,adviser,旗舰机,首单项目,,\n引用三,没有的代理,adviser,P-77,,,\n");
        import["columns"]!.AsArray().Select(c => (string?)c!["field"]).ShouldBe(["name", "custom.agent", "custom.adviser", "custom.product", "custom.deal", "contact.name", "contact.custom.backup"]);
        (await app.RowsAsync(import, "verdict=error")).SelectMany(r => r!["messages"]!.AsArray().Select(m => $"{r["row"]} {m!["field"]} {m["code"]}")).ShouldBe(["4 custom.agent unknown_reference"]);
        import.Totals().ShouldBe((2, 0, 0, 0, 1));
        await app.Settled();
        foreach (var name in new[] { "引用一", "引用二" })
        {
            var custom = (await app.CustomerAsync(name))["custom"]!;
            ((string?)custom["agent"], (string?)custom["adviser"], (string?)custom["product"], (string?)custom["deal"]).ShouldBe((agent.ToString(), adviser.ToString(), product.ToString(), deal.ToString()));
        }
        ((string?)(await app.CustomerAsync("引用一"))["contacts"]![0]!["custom"]!["backup"]).ShouldBe(adviser.ToString());

        // Opportunities: the customer by number, the product by code, the owner by address, an own field by name.
        var deals = await app.ImportAsync("deal id,商机名称,客户,产品,负责人,最终用户\nN-1,引用商机,A-9,P-77,adviser@example.com,华南代理\n");
        deals.Totals().ShouldBe((1, 0, 0, 0, 0));
        await app.Settled();
        var made = (await admin.Get("opportunities?q=引用商机"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)made["customerId"], (string?)made["ownerId"], (string?)made["custom"]!["bearer"], (string?)made["lines"]![0]!["productId"]).ShouldBe((agent.ToString(), adviser.ToString(), agent.ToString(), product.ToString()));
    }

    [Fact]
    public async Task whom_a_caller_may_not_see_no_row_can_mean()
    {
        var admin = await app.As("admin");
        (await admin.Post("custom-fields", new { target = "customers", key = "broker", type = "reference", referenceTo = "customers", zh = "经纪人", en = "Broker" })).Is(HttpStatusCode.Created);
        var hidden = (await admin.Post("customers", new { kind = "company", name = "看不见的公司", ownerId = await app.UserId("admin") })).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        var seller = await app.Hire("refers-little", "sales");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes($"客户名称,经纪人\n瞎猜一,看不见的公司\n瞎猜二,{hidden}\n")), "file", "导入.csv" } };
        using var answer = await seller.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var import = await app.UntilAsync(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!, "checked");
        import.Totals().ShouldBe((0, 0, 0, 0, 2));
        (await app.RowsAsync(import)).Select(r => (string?)r!["messages"]![0]!["code"]).ShouldBe(["unknown_reference", "unknown_reference"]);
    }

    private async Task<Guid> UserAsync(string userName, string displayName, string? email) =>
        (await (await app.As("admin")).Post("users", new { userName, displayName, roles = new[] { "sales" }, email })).Is(HttpStatusCode.Created).Id;

    private async Task<List<Guid>> OwnersAsync(params string[] names)
    {
        await app.Settled();
        var owners = new List<Guid>();
        foreach (var name in names) owners.Add((await app.CustomerAsync(name))["ownerId"]!.GetValue<Guid>());
        return owners;
    }
}
