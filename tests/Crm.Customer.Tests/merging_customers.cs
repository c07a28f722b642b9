using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Merging and unmerging over HTTP (S031, E3), with all that belongs to customers.</summary>
public sealed class merging_customers(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private static int numbers;

    [Fact]
    public async Task taking_a_merge_back_leaves_out_a_parent_that_came_below_its_customer()
    {
        var admin = await app.As("admin");
        async Task<Guid> Made(string name, Guid? parentId = null) => (await admin.Post("customers", new { kind = "company", name, parentId })).Is(HttpStatusCode.Created).Id;
        async Task<string?> Parent(Guid id) => (await Shown(admin, id))["parentId"]?.ToString();
        var (above, own) = (await Made("圆弧上级"), await Made("圆外上级"));
        var (target, source) = (await Made("圆心留下者", own), await Made("圆心来源", above));
        var child = await Made("来源的下级", source);
        var merge = (await admin.Post($"customers/{target}/merge", new { sourceId = source })).Is(HttpStatusCode.OK)["mergeId"]!.GetValue<Guid>();
        // Fine while the two are one; apart, the former parent is below its child.
        (await admin.Patch($"customers/{above}", new { parentId = child })).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{target}/unmerge/preview", new { mergeId = merge })).Is(HttpStatusCode.OK)["leftOut"]!.AsArray().ShouldHaveSingleItem()!["customerId"]!.GetValue<Guid>().ShouldBe(source);
        var note = (await admin.Post($"customers/{target}/unmerge", new { mergeId = merge }, ("Accept-Language", "en"))).Is(HttpStatusCode.OK)["leftOut"]!.AsArray().ShouldHaveSingleItem()!;
        (note["customerId"]!.GetValue<Guid>(), (string?)note["field"], (string?)note["code"]).ShouldBe((source, "parentId", "parent_cycle"));
        await app.Settled();
        (await Parent(source), await Parent(above), await Parent(child), await Parent(target)).ShouldBe((null, child.ToString(), source.ToString(), own.ToString()));

        // The one that stays had given up its own parent for the other's, and that one came below it.
        var second = (await admin.Post($"customers/{target}/merge", new { sourceId = above, fields = new { parentId = "source" } })).Is(HttpStatusCode.OK)["mergeId"]!.GetValue<Guid>();
        (await admin.Patch($"customers/{own}", new { parentId = target })).Is(HttpStatusCode.OK);
        var other = (await admin.Post($"customers/{target}/unmerge", new { mergeId = second })).Is(HttpStatusCode.OK);
        other["leftOut"]!.AsArray().ShouldHaveSingleItem()!["customerId"]!.GetValue<Guid>().ShouldBe(target);
        await app.Settled();
        (await Parent(target), await Parent(own), await Parent(above)).ShouldBe((child.ToString(), target.ToString(), child.ToString()));
    }

    [Fact]
    public async Task brings_everything_to_one_and_back()
    {
        var manager = await app.As("admin");
        var (target, source) = await Two(manager, "东方");
        var kept = (await manager.Post("opportunities", new { name = "自己的商机", customerId = target })).Is(HttpStatusCode.Created).Id;
        var opportunity = (await manager.Post("opportunities", new { name = "一起走的商机", customerId = source })).Is(HttpStatusCode.Created).Id;
        var ticket = (await manager.Post("tickets", new { subject = "一起走的工单", customerId = source })).Is(HttpStatusCode.Created).Id;
        var contact = (await manager.Post($"customers/{source}/contacts", new { name = "钱七", phone = Number() })).Is(HttpStatusCode.Created).Id;
        await manager.Post($"customers/{source}/follow-ups", new { at = app.Store.Now.AddMinutes(-5), method = "phone", summary = "来源的跟进" });
        await app.Settled();
        var (before, other) = (await Shown(manager, target), await Shown(manager, source));

        var preview = (await manager.Post($"customers/{target}/merge/preview", new { sourceId = source, fields = new { industry = "source" } })).Is(HttpStatusCode.OK);
        preview["moves"]!["opportunities"]!.GetValue<int>().ShouldBe(1);
        preview["moves"]!["tickets"]!.GetValue<int>().ShouldBe(1);
        preview["moves"]!["followUps"]!.GetValue<int>().ShouldBe(1);
        preview["fields"]!.AsArray().Single(f => f!["field"]!.ToString() == "industry")!["wins"]!.ToString().ShouldBe("source");
        preview["fields"]!.AsArray().Single(f => f!["field"]!.ToString() == "name")!["isConflict"]!.GetValue<bool>().ShouldBeTrue();
        Same(await Shown(manager, target), before);

        var merged = (await manager.Post($"customers/{target}/merge", new { sourceId = source, fields = new { industry = "source" } })).Is(HttpStatusCode.OK);
        var merge = merged["mergeId"]!.GetValue<Guid>();
        merged["industry"]!.ToString().ShouldBe(other["industry"]!.ToString());
        merged["needs"]!.ToString().ShouldBe(other["needs"]!.ToString());
        merged["name"]!.ToString().ShouldBe(before["name"]!.ToString());
        merged["contacts"]!.AsArray().Select(c => c!["id"]!.GetValue<Guid>()).ShouldContain(contact);
        merged["followUpCount"]!.GetValue<int>().ShouldBe(1);
        merged["externalKeys"]!["erp"]!.ToString().ShouldBe(other["externalKeys"]!["erp"]!.ToString());

        await app.Settled();
        (await manager.Get($"opportunities?filter={Uri.EscapeDataString($"customerId = \"{target}\"")}")).Is(HttpStatusCode.OK).Column("id").ShouldBe([opportunity.ToString(), kept.ToString()], ignoreOrder: true);
        (await manager.Get($"tickets?filter={Uri.EscapeDataString($"customerId = \"{target}\"")}")).Is(HttpStatusCode.OK).Column("id").ShouldBe([ticket.ToString()]);
        (await manager.Get($"customers/{target}/follow-ups")).Column("summary").ShouldBe(["来源的跟进"]);
        var timeline = (await manager.Get($"customers/{target}/timeline?limit=100"))["data"]!.AsArray();
        timeline.Select(i => i!["id"]!.ToString()).ShouldBeUnique();
        foreach (var type in (string[])["customer_merged", "customer_merged_into", "follow_up_logged", "ticket_opened", "opportunity_opened"]) timeline.Select(i => i!["type"]!.ToString()).ShouldContain(type);
        (await manager.Get($"customers?filter={Uri.EscapeDataString($"id = \"{source}\"")}")).Column("id").ShouldBeEmpty();
        (await manager.Patch($"customers/{source}", new { tier = "A" })).IsProblem(409, "merged")["mergedInto"]!.GetValue<Guid>().ShouldBe(target);
        (await manager.Post($"customers/{source}/restore")).IsProblem(409, "merged");
        (await manager.Post($"customers/{target}/merge", new { sourceId = source })).IsProblem(409, "merged");
        var redirected = await Raw(manager, $"customers/{source}");
        ((int)redirected.StatusCode).ShouldBe(308);
        redirected.Headers.Location!.ToString().ShouldEndWith($"/api/v1/customers/{target}");
        (await JsonNode.ParseAsync(await redirected.Content.ReadAsStreamAsync(Ct), cancellationToken: Ct))!["mergedInto"]!.GetValue<Guid>().ShouldBe(target);

        // What is done to the contact since is the contact's; what is done to the customer stays.
        (await manager.Patch($"customers/{target}/contacts/{contact}", new { position = "采购" })).Is(HttpStatusCode.OK);
        (await manager.Patch($"customers/{target}", new { industry = "零售" })).Is(HttpStatusCode.OK);
        (await manager.Post($"customers/{target}/follow-ups", new { at = app.Store.Now.AddMinutes(-1), method = "phone", summary = "合并后的跟进" })).Is(HttpStatusCode.Created);
        var look = (await manager.Post($"customers/{target}/unmerge/preview", new { mergeId = merge })).Is(HttpStatusCode.OK);
        look["kept"]!.AsArray().Select(f => f!.ToString()).ShouldBe(["industry"]);
        var activity = look["activities"]!.AsArray().Single(a => a!["type"]!.ToString() == "follow_up_logged")!;
        activity["to"]!.ToString().ShouldBe("target");
        look["activities"]!.AsArray().Single(a => a!["type"]!.ToString() == "contact_changed")!["to"]!.ToString().ShouldBe("source");

        (await manager.Post($"customers/{target}/unmerge", new { mergeId = merge, assign = new[] { new { eventId = activity["eventId"]!.ToString(), to = "source" } } })).Is(HttpStatusCode.OK);
        await app.Settled();
        var expected = before.DeepClone().AsObject();
        expected["industry"] = "零售";
        Same(await Shown(manager, target), expected);
        var back = other.DeepClone().AsObject();
        back["contacts"]!.AsArray().Single(c => c!["id"]!.GetValue<Guid>() == contact)!["position"] = "采购";
        var now = await Shown(manager, source);
        now["followUpCount"]!.GetValue<int>().ShouldBe(2);
        foreach (var field in (string[])["followUpCount", "lastFollowUpAt", "dueAt", "dueReason", "completeness", "missing"]) back[field] = now[field]?.DeepClone();
        Same(now, back);
        (await manager.Get($"opportunities?filter={Uri.EscapeDataString($"customerId = \"{source}\"")}")).Column("id").ShouldBe([opportunity.ToString()]);
        (await manager.Get($"opportunities?filter={Uri.EscapeDataString($"customerId = \"{target}\"")}")).Column("id").ShouldBe([kept.ToString()]);
        (await manager.Get($"tickets?filter={Uri.EscapeDataString($"customerId = \"{source}\"")}")).Column("id").ShouldBe([ticket.ToString()]);
        (await manager.Get($"customers/{source}/follow-ups")).Column("summary").ShouldBe(["合并后的跟进", "来源的跟进"]);
        (await manager.Get($"customers/{target}/follow-ups")).Column("summary").ShouldBeEmpty();
        (await manager.Get($"customers?filter={Uri.EscapeDataString($"id = \"{source}\"")}")).Column("id").ShouldBe([source.ToString()]);
        (await manager.Get($"customers?filter={Uri.EscapeDataString($"externalKeys.erp = \"{other["externalKeys"]!["erp"]}\"")}")).Column("id").ShouldBe([source.ToString()]);
        (await manager.Post($"customers/{target}/unmerge", new { mergeId = merge })).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task a_chain_comes_apart_from_the_middle()
    {
        var manager = await app.As("admin");
        var (a, b) = await Two(manager, "南山");
        var c = (await manager.Post("customers", new { kind = "company", name = $"南山丙{Number()}", address = "丙路 1 号" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
        var opportunity = (await manager.Post("opportunities", new { name = "丙的商机", customerId = c })).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        var (first, second, third) = (await Shown(manager, a), await Shown(manager, b), await Shown(manager, c));
        var inner = (await manager.Post($"customers/{b}/merge", new { sourceId = c })).Is(HttpStatusCode.OK)["mergeId"]!.GetValue<Guid>();
        await app.Settled();
        var outer = (await manager.Post($"customers/{a}/merge", new { sourceId = b })).Is(HttpStatusCode.OK)["mergeId"]!.GetValue<Guid>();
        await app.Settled();
        (await manager.Get($"opportunities?filter={Uri.EscapeDataString($"customerId = \"{a}\"")}")).Column("id").ShouldBe([opportunity.ToString()]);
        (await manager.Get($"customers/{a}"))["address"]!.ToString().ShouldBe("丙路 1 号");

        (await manager.Post($"customers/{a}/unmerge", new { mergeId = inner })).Is(HttpStatusCode.OK);
        await app.Settled();
        Same(await Shown(manager, c), third);
        (await manager.Get($"opportunities?filter={Uri.EscapeDataString($"customerId = \"{c}\"")}")).Column("id").ShouldBe([opportunity.ToString()]);
        (await manager.Get($"customers/{a}"))["address"].ShouldBeNull();

        (await manager.Post($"customers/{a}/unmerge", new { mergeId = outer })).Is(HttpStatusCode.OK);
        await app.Settled();
        Same(await Shown(manager, a), first);
        Same(await Shown(manager, b), second);
    }

    [Fact]
    public async Task the_past_shows_both_as_they_were()
    {
        var manager = await app.As("admin");
        var (target, source) = await Two(manager, "西湖");
        var then = app.Store.Now;
        (await manager.Post($"customers/{target}/merge", new { sourceId = source })).Is(HttpStatusCode.OK);
        var asOf = Uri.EscapeDataString(then.ToString("O"));
        (await manager.Get($"customers/{source}?asOf={asOf}&basis=recorded")).Is(HttpStatusCode.OK)["id"]!.GetValue<Guid>().ShouldBe(source);
        (await manager.Get($"customers/{target}?asOf={asOf}&basis=recorded")).Is(HttpStatusCode.OK)["needs"].ShouldBeNull();
    }

    [Fact]
    public async Task is_found_by_what_the_other_one_was_known_by()
    {
        var admin = await app.As("admin");
        var (target, source) = await Two(admin, "旧名");
        var other = await Shown(admin, source);
        (await admin.Patch($"customers/{target}", new { externalKeys = new { erp = Number() } })).Is(HttpStatusCode.OK);
        var merge = (await admin.Post($"customers/{target}/merge", new { sourceId = source })).Is(HttpStatusCode.OK)["mergeId"]!.GetValue<Guid>();
        (await admin.Post("customers", new { kind = "company", name = other["name"]!.ToString() })).IsProblem(409, "duplicate")["candidates"]![0]!["id"]!.GetValue<Guid>().ShouldBe(target);
        (await admin.Put($"customers/by/erp/{other["externalKeys"]!["erp"]}", new { tier = "B" })).Is(HttpStatusCode.OK).Id.ShouldBe(target);
        (await admin.Post($"customers/{target}/unmerge", new { mergeId = merge })).Is(HttpStatusCode.OK);
        (await admin.Put($"customers/by/erp/{other["externalKeys"]!["erp"]}", new { tier = "A" })).Is(HttpStatusCode.OK).Id.ShouldBe(source);
    }

    [Fact]
    public async Task whoever_may_not_delete_may_not_merge()
    {
        var (admin, sales) = (await app.As("admin"), await app.Hire("merging-sales", "sales"));
        var (target, source) = await Two(sales, "北辰");
        (await sales.Post($"customers/{target}/merge", new { sourceId = source })).IsProblem(403, "forbidden");
        (await sales.Post($"customers/{target}/merge/preview", new { sourceId = source })).IsProblem(403, "forbidden");
        var hidden = (await admin.Post("customers", new { kind = "company", name = $"看不见{Number()}" })).Id;
        (await sales.Post($"customers/{target}/merge", new { sourceId = hidden })).IsProblem(404, "not_found");
        (await admin.Post($"customers/{target}/merge", new { sourceId = target })).IsProblem(409, "same_customer");
        (await admin.Post($"customers/{target}/merge", new { sourceId = source, fields = new { version = "source" } })).IsProblem(400, "invalid");
        (await admin.Post($"customers/{target}/archive")).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{target}/merge", new { sourceId = source })).IsProblem(409, "archived");
    }

    [Fact]
    public async Task erasing_the_one_that_stayed_erases_the_other_too()
    {
        var admin = await app.As("admin");
        var (target, source) = await Two(admin, "忘川");
        (await admin.Post($"customers/{source}/contacts", new { name = "被忘者", phone = Number() })).Is(HttpStatusCode.Created);
        (await admin.Post($"customers/{target}/merge", new { sourceId = source })).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{target}/erase", new { reason = "request" })).Is(HttpStatusCode.OK);
        await app.Settled();
        var merge = (await admin.Get($"customers/{target}"))["merges"]![0]!["id"]!;
        (await admin.Post($"customers/{target}/unmerge", new { mergeId = merge })).IsProblem(410, "erased");
        (await admin.Get($"customers/{source}/history")).Text.ShouldNotContain("被忘者");
        (await admin.Get($"customers/{target}/timeline?limit=100")).Text.ShouldNotContain("被忘者");
    }

    [Fact]
    public async Task two_at_once_merge_it_once()
    {
        var admin = await app.As("admin");
        var (target, source) = await Two(admin, "同时");
        var third = (await admin.Post("customers", new { kind = "company", name = $"同时丙{Number()}" })).Id;
        var answers = await Task.WhenAll(admin.Post($"customers/{target}/merge", new { sourceId = source }), admin.Post($"customers/{third}/merge", new { sourceId = source }));
        answers.Count(r => r.Status == HttpStatusCode.OK).ShouldBe(1);
        answers.Single(r => r.Status != HttpStatusCode.OK).IsProblem(409, "merged");
    }

    private static string Number() => $"1367777{Interlocked.Increment(ref numbers):0000}";

    private static async Task<(Guid Target, Guid Source)> Two(Api api, string name) => (
        (await api.Post("customers", new { kind = "company", name = $"{name}甲{Number()}", industry = "软件", phone = Number(), tags = new[] { "甲" } })).Is(HttpStatusCode.Created).Id,
        (await api.Post("customers", new { kind = "company", name = $"{name}乙{Number()}", industry = "制造", needs = "要货", phone = Number(), email = $"{Number()}@x.example", tags = new[] { "乙" }, externalKeys = new { erp = Number() } })).Is(HttpStatusCode.Created).Id);

    /// <summary>The record without what every event changes.</summary>
    private static async Task<JsonObject> Shown(Api api, Guid id)
    {
        var json = (await api.Get($"customers/{id}")).Is(HttpStatusCode.OK).Json.AsObject();
        foreach (var member in (string[])["version", "updatedAt"]) json.Remove(member);
        return json;
    }

    private static void Same(JsonObject one, JsonObject other) => one.ToJsonString().ShouldBe(other.ToJsonString());

    private async Task<HttpResponseMessage> Raw(Api api, string path)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false };
        using var http = new HttpClient(handler) { BaseAddress = app.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/" + path);
        request.Headers.Authorization = (await app.AsIntegrator()).Http.DefaultRequestHeaders.Authorization;
        return await http.SendAsync(request, Ct);
    }
}
