using System.Net;
using System.Text;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

/// <summary>How rows find customers by the keys a person chose, what they change in them, and how all of it is undone.</summary>
public sealed class updating_by_import(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task rows_find_their_customers_by_the_keys_that_were_chosen()
    {
        await app.ImportAsync("客户名称,电话,邮箱\n甲一有限公司,13900010001,k1@example.com\n甲二有限公司,13900010002,k2@example.com\n甲三有限公司,13900010003,k3@example.com\n");
        var third = await app.CustomerAsync("甲三有限公司");
        var byMail = await app.ImportAsync("客户名称,邮箱\n甲一（上海）有限公司,K1@example.com\n", """{"options":{"match":["email"]}}""");
        byMail.Totals().ShouldBe((0, 1, 0, 0, 0));
        ((string?)(await app.CustomerAsync("甲一（上海）有限公司"))["phone"]).ShouldBe("13900010001");
        (await app.ImportAsync("电话,行业\n139 0001 0002,物流\n13900019999,物流\n", """{"target":"customers","options":{"match":["phone"],"mode":"updateOnly"}}""")).Totals().ShouldBe((0, 1, 0, 1, 0));
        ((string?)(await app.CustomerAsync("甲二有限公司"))["industry"]).ShouldBe("物流");
        var byId = await app.CheckAsync($"CRM 编号,客户名称\n{third["id"]},甲三改名\n{Guid.NewGuid()},无此客户\n", """{"options":{"match":["crmId"]}}""");
        byId.Totals().ShouldBe((0, 1, 0, 0, 1));
    }

    [Fact]
    public async Task keys_of_a_named_system_are_kept_and_found_and_belong_to_one_customer()
    {
        const string mapping = """{"columns":[{"name":"编号","field":"externalKeys.erp"}],"options":{"match":["externalKeys"]}}""";
        (await app.ImportAsync("编号,客户名称\nE-1,乙一有限公司\nE-2,乙二有限公司\n", mapping)).Totals().ShouldBe((2, 0, 0, 0, 0));
        ((string?)(await app.CustomerAsync("乙一有限公司"))["externalKeys"]!["erp"]).ShouldBe("E-1");
        (await app.ImportAsync("编号,客户名称\nE-1,乙一集团\n", mapping)).Totals().ShouldBe((0, 1, 0, 0, 0));
        // Found by its name, it would take the key of another.
        var taken = await app.CheckAsync("编号,客户名称\nE-2,乙一集团\n", """{"columns":[{"name":"编号","field":"externalKeys.erp"}],"options":{"match":["name"]}}""");
        ((string?)(await app.RowsAsync(taken))[0]!["messages"]!.AsArray().Last()!["code"]).ShouldBe("external_key_taken");
    }

    [Fact]
    public async Task a_row_that_may_mean_several_is_shown_and_not_guessed()
    {
        await app.ImportAsync("客户名称,电话\n丙一有限公司,13900020001\n丙二实业,13900020001\n", """{"options":{"duplicates":"create"}}""");
        var import = await app.ImportAsync("客户名称,电话,行业\n丙三,13900020001,化工\n", """{"options":{"match":["phone"]}}""");
        import.Totals().ShouldBe((0, 0, 0, 1, 0));
        ((string?)(await app.RowsAsync(import, "verdict=skip"))[0]!["messages"]![0]!["code"]).ShouldBe("ambiguous_customer");
    }

    [Fact]
    public async Task what_rows_change_is_shown_field_by_field_before_the_commit()
    {
        await app.ImportAsync("客户名称,电话,行业,标签\n丁一有限公司,13900030001,零售,甲\n");
        var import = await app.CheckAsync("客户名称,电话,行业,标签,负责人\n丁一有限公司,13900030001,软件,\"甲,乙\",sales\n丁二有限公司,,,,\n");
        import.Totals().ShouldBe((1, 1, 0, 0, 0));
        var rows = await app.RowsAsync(import);
        rows[0]!["changes"]!.AsArray().Select(c => System.Text.RegularExpressions.Regex.Unescape($"{c!["field"]}: {c["before"]?.ToJsonString()} > {c["after"]?.ToJsonString()}")).Order(StringComparer.Ordinal)
            .ShouldBe(["industry: \"零售\" > \"软件\"", "ownerId:  > \"李晓燕\"", "tags: [\"甲\"] > [\"甲\",\"乙\"]"]);
        rows[1]!["changes"]!.AsArray().ShouldBeEmpty();
        ((string?)(await app.CustomerAsync("丁一有限公司"))["industry"]).ShouldBe("零售");
    }

    [Fact]
    public async Task blank_cells_keep_or_empty_as_chosen_for_the_file_and_for_a_column()
    {
        await app.ImportAsync("客户名称,电话,邮箱,行业\n戊一有限公司,13900040001,a@example.com,零售\n戊二有限公司,13900040002,b@example.com,零售\n");
        // An address of the row above never fills a blank one.
        (await app.ImportAsync("客户名称,电话,邮箱,行业\n戊一有限公司,13900040001,new@example.com,\n戊二有限公司,,,\n", """{"columns":[{"name":"邮箱","field":"email","blank":"clear"}]}""")).Totals().ShouldBe((0, 2, 0, 0, 0));
        var (one, two) = (await app.CustomerAsync("戊一有限公司"), await app.CustomerAsync("戊二有限公司"));
        ((string?)one["email"], (string?)one["industry"]).ShouldBe(("new@example.com", "零售"));
        ((string?)two["email"], (string?)two["phone"], (string?)two["industry"]).ShouldBe((null, "13900040002", "零售"));
        await app.ImportAsync("客户名称,行业,电话\n戊一有限公司,,13900040001\n", """{"options":{"blank":"clear"},"columns":[{"name":"电话","field":"phone","blank":"keep"}]}""");
        ((string?)(await app.CustomerAsync("戊一有限公司"))["industry"]).ShouldBeNull();
    }

    [Fact]
    public async Task an_unknown_key_or_one_without_a_column_is_refused()
    {
        var admin = await app.As("admin");
        var import = await app.CheckAsync("客户名称\n己一有限公司\n");
        (await admin.Patch($"imports/{import["id"]}", """{"options":{"match":["birthday"]}}""")).IsProblem(400, "unknown_match_key");
        (await admin.Patch($"imports/{import["id"]}", """{"options":{"match":["email"]}}""")).Is(HttpStatusCode.OK);
        await app.UntilAsync(import, "checked");
        (await admin.Post($"imports/{import["id"]}/commit")).IsProblem(409, "match_key_not_mapped");
    }

    [Fact]
    public async Task contacts_come_with_their_customer_and_go_with_the_revert()
    {
        await app.ImportAsync("客户名称,联系人,联系人职务,联系人手机,联系人2\n庚一有限公司,王芳,采购,13900050001,赵强\n");
        var contacts = (await app.CustomerAsync("庚一有限公司"))["contacts"]!.AsArray();
        contacts.Select(c => ((string?)c!["name"], (string?)c["position"], (string?)c["phone"], (bool?)c["isPrimary"])).ShouldBe([("王芳", "采购", "13900050001", true), ("赵强", null, null, false)]);
        var import = await app.ImportAsync("客户名称,联系人,联系人职务\n庚一有限公司,王芳,采购总监\n", null);
        var more = await app.ImportAsync("客户名称,联系人\n庚一有限公司,孙丽\n", null);
        (import.Totals(), more.Totals()).ShouldBe(((0, 1, 0, 0, 0), (0, 1, 0, 0, 0)));
        await app.RevertAsync(import);
        await app.RevertAsync(more);
        (await app.CustomerAsync("庚一有限公司"))["contacts"]!.AsArray().Select(c => ((string?)c!["name"], (string?)c["position"])).ShouldBe([("王芳", "采购"), ("赵强", null)]);
    }

    [Fact]
    public async Task a_revert_of_hundreds_puts_back_every_field_but_those_changed_since()
    {
        var admin = await app.As("admin");
        const int old = 600, created = 400;
        static string Row(int i, string industry, string size) => $"辛{i:00000}有限公司,K{i},{industry},{size}\n";
        var before = new StringBuilder("客户名称,客户编号,行业,规模\n");
        for (var i = 0; i < old; i++) before.Append(Row(i, $"旧{i % 7}", $"{i % 5}人"));
        await app.ImportAsync(before.ToString());
        var file = new StringBuilder("客户名称,客户编号,行业,规模\n");
        for (var i = 0; i < old + created; i++) file.Append(Row(i, "新行业", "新规模"));
        var import = await app.ImportAsync(file.ToString());
        import.Totals().ShouldBe((created, old, 0, 0, 0));
        // Since then: one field of every hundredth updated customer, and every hundredth created one.
        var changed = new List<int>();
        for (var i = 0; i < old + created; i += 100)
        {
            changed.Add(i);
            (await admin.Patch($"customers/{(await app.CustomerAsync($"辛{i:00000}有限公司"))["id"]}", """{"industry":"后来"}""")).Is(HttpStatusCode.OK);
        }
        var reverted = await app.RevertAsync(import);
        var keptOld = changed.Count(i => i < old);
        ((int?)reverted["revert"]!["deleted"], (int?)reverted["revert"]!["restored"], (int?)reverted["revert"]!["kept"]).ShouldBe((created - (changed.Count - keptOld), old, changed.Count));
        foreach (var i in new[] { 0, 1, 99, 100, old - 1 })
        {
            var customer = await app.CustomerAsync($"辛{i:00000}有限公司");
            ((string?)customer["industry"], (string?)customer["size"]).ShouldBe((changed.Contains(i) ? "后来" : $"旧{i % 7}", $"{i % 5}人"));
        }
        var kept = await app.RowsAsync(import, "verdict=kept");
        kept.Count.ShouldBe(changed.Count);
        var conflict = kept[0]!["conflicts"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)conflict["field"], (string?)conflict["imported"], (string?)conflict["current"], (string?)conflict["changedByName"]).ShouldBe(("industry", "新行业", "后来", "陈立"));
        ((string?)kept[^1]!["kept"]![0], (string?)kept[^1]!["conflicts"]![0]!["field"]).ShouldBe(("*", "industry"));
        // Once more changes nothing.
        var list = (await admin.Get("customers?q=辛0&limit=500&sort=name"))["data"]!.ToJsonString();
        await app.RevertAsync(import);
        (await admin.Get("customers?q=辛0&limit=500&sort=name"))["data"]!.ToJsonString().ShouldBe(list);
        // What is undone is in no list and no search, and takes no key.
        (await admin.Get("customers?q=辛02499"))["data"]!.AsArray().ShouldBeEmpty();
        (await admin.Get("customers/duplicates?name=辛02499有限公司")).Json.ToJsonString().ShouldNotContain("辛02499");
        (await app.ImportAsync($"客户名称,客户编号\n辛02499有限公司,K2499\n")).Totals().ShouldBe((1, 0, 0, 0, 0));
    }

    [Fact]
    public async Task a_saved_mapping_is_used_for_the_same_headers_until_it_is_removed()
    {
        var admin = await app.As("admin");
        var import = await app.CheckAsync("编码甲,公司,说明甲\nV-1,壬一有限公司,第一\n",
            """{"columns":[{"name":"编码甲","field":"externalKeys.legacy"},{"name":"说明甲","field":"needs","blank":"clear"}],"options":{"mode":"createOnly","match":["externalKeys"]}}""");
        var saved = (await admin.Post("imports/mappings", $$"""{"name":"老系统","importId":"{{import["id"]}}"}""")).Is(HttpStatusCode.Created).Json;
        (await admin.Post("imports/mappings", $$"""{"name":"老系统","importId":"{{import["id"]}}"}""")).IsProblem(409, "import_mapping_name_taken");
        var again = await app.CheckAsync("说明甲,编码甲,公司\n第二,V-2,壬二有限公司\n");
        ((string?)again["mappedBy"], (string?)again["options"]!["mode"], (string?)again["options"]!["match"]![0]).ShouldBe(("老系统", "createOnly", "externalKeys"));
        again["columns"]!.AsArray().Select(c => ((string?)c!["field"], (string?)c["blank"])).ShouldBe([("needs", "clear"), ("externalKeys.legacy", null), ("name", null)]);
        (await admin.Patch($"imports/mappings/{saved["id"]}", """{"name":"旧系统"}""")).Is(HttpStatusCode.OK);
        (await admin.Get("imports/mappings"))["data"]!.AsArray().Select(m => (string?)m!["name"]).ShouldBe(["旧系统"]);
        (await admin.Delete($"imports/mappings/{saved["id"]}")).Is(HttpStatusCode.NoContent);
        ((string?)(await app.CheckAsync("编码甲,公司,说明甲\nV-3,壬三有限公司,第三\n"))["mappedBy"]).ShouldBeNull();
    }
}
