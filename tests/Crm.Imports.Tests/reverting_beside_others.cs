using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

/// <summary>Reverts of what others have built on meanwhile: unique values that went to somebody else, parents that would close a circle.</summary>
public sealed class reverting_beside_others(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task a_unique_value_is_taken_again_and_one_that_went_to_another_stays_there_with_the_reason()
    {
        var admin = await app.As("admin");
        (await admin.Post("custom-fields", new { target = "customers", key = "licence", type = "text", zh = "执照号", en = "Licence", unique = true })).Is(HttpStatusCode.Created);
        var file = "客户名称,执照号,行业\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"唯一{i:00},L-{i},零售\n"));
        (await app.ImportAsync(file)).Totals().ShouldBe((40, 0, 0, 0, 0));
        var import = await app.ImportAsync(file.Replace("L-", "M-", StringComparison.Ordinal).Replace("零售", "软件", StringComparison.Ordinal));
        import.Totals().ShouldBe((0, 40, 0, 0, 0));
        // Another customer has taken one of the old values.
        (await admin.Post("customers", new { kind = "company", name = "新主人", custom = new { licence = "L-7" } })).Is(HttpStatusCode.Created);
        var reverted = await app.RevertAsync(import);
        ((int?)reverted["revert"]!["restored"], (int?)reverted["revert"]!["kept"]).ShouldBe((39, 1));
        var kept = (await app.RowsAsync(import, "verdict=kept")).ShouldHaveSingleItem()!;
        ((int?)kept["row"], (string?)kept["kept"]![0], (string?)kept["messages"]!.AsArray().Last()!["code"]).ShouldBe((9, "*", "custom_value_taken"));
        await app.Settled();
        ((string?)(await app.CustomerAsync("唯一07"))["custom"]!["licence"], (string?)(await app.CustomerAsync("唯一08"))["custom"]!["licence"]).ShouldBe(("M-7", "L-8"));
        // The value that came back is held again: nobody else gets it. The one that was given up is free.
        (await admin.Post("customers", new { kind = "company", name = "想要八号", custom = new { licence = "l-8" } })).IsProblem(409, "custom_value_taken");
        (await admin.Post("customers", new { kind = "company", name = "拿走八号", custom = new { licence = "M-8" } })).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task the_same_holds_for_opportunities()
    {
        var admin = await app.As("admin");
        (await admin.Post("custom-fields", new { target = "opportunities", key = "tender", type = "text", zh = "标书号", en = "Tender", unique = true })).Is(HttpStatusCode.Created);
        await app.ImportAsync("deal id,商机名称,标书号\nQ-1,投标一,T-1\nQ-2,投标二,T-2\n");
        var import = await app.ImportAsync("deal id,商机名称,标书号\nQ-1,投标一,U-1\nQ-2,投标二,U-2\n");
        var customer = (await admin.Post("customers", new { kind = "company", name = "招标方" })).Is(HttpStatusCode.Created).Id;
        (await admin.Post("opportunities", new { name = "截胡", customerId = customer, custom = new { tender = "T-1" } })).Is(HttpStatusCode.Created);
        var reverted = await app.RevertAsync(import);
        ((int?)reverted["revert"]!["restored"], (int?)reverted["revert"]!["kept"]).ShouldBe((1, 1));
        ((string?)(await app.RowsAsync(import, "verdict=kept"))[0]!["messages"]!.AsArray().Last()!["code"]).ShouldBe("custom_value_taken");
        (await admin.Post("opportunities", new { name = "想要", customerId = customer, custom = new { tender = "t-2" } })).IsProblem(409, "custom_value_taken");
    }

    [Fact]
    public async Task a_parent_that_would_close_a_circle_is_left_out_and_the_rest_is_put_back()
    {
        var admin = await app.As("admin");
        await app.ImportAsync("客户名称,行业,上级公司\n环上,零售,\n环下,零售,环上\n环外,零售,\n旁观,零售,环上\n");
        var import = await app.ImportAsync("客户名称,行业,上级公司\n环下,软件,环外\n旁观,软件,环外\n");
        import.Totals().ShouldBe((0, 2, 0, 0, 0));
        var (top, below) = (await IdAsync("环上"), await IdAsync("环下"));
        // Meanwhile the former parent came below its child.
        (await admin.Patch($"customers/{top}", new { parentId = below })).Is(HttpStatusCode.OK);
        var reverted = await app.RevertAsync(import);
        ((int?)reverted["revert"]!["restored"], (int?)reverted["revert"]!["kept"]).ShouldBe((2, 1));
        var kept = (await app.RowsAsync(import, "verdict=kept")).ShouldHaveSingleItem()!;
        (kept["kept"]!.AsArray().Select(k => (string?)k).ShouldHaveSingleItem(), (string?)kept["messages"]!.AsArray().Last()!["code"]).ShouldBe(("parentId", "parent_cycle"));
        ((string?)kept["conflicts"]![0]!["field"], (string?)kept["conflicts"]![0]!["current"]).ShouldBe(("parentId", (await IdAsync("环外")).ToString()));
        await app.Settled();
        var (left, other) = (await app.CustomerAsync("环下"), await app.CustomerAsync("旁观"));
        ((string?)left["industry"], (string?)left["parentName"]).ShouldBe(("零售", "环外"));
        ((string?)other["industry"], (string?)other["parentName"]).ShouldBe(("零售", "环上"));

        async Task<Guid> IdAsync(string name) => (await app.CustomerAsync(name))["id"]!.GetValue<Guid>();
    }
}
