using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Relations between customers, groups of companies and the graph around a customer (S026), over HTTP.</summary>
[Collection(nameof(customers_around_others))]
public sealed class relations_over_http(CrmApp app)
{
    private static async Task<Guid> New(Api api, string name, string kind = "company", Guid? parentId = null, Guid? ownerId = null) =>
        (await api.Post("customers", new { kind, name, parentId, ownerId }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    private async Task<JsonArray> Told(Api api, Guid customer, string query = "")
    {
        await app.Settled();
        return (await api.Get($"customers/{customer}/relations{query}")).Is(HttpStatusCode.OK)["data"]!.AsArray();
    }

    [Fact]
    public async Task are_told_by_both_each_from_its_side()
    {
        var admin = await app.As("admin");
        var (company, person) = (await New(admin, "关系公司"), await New(admin, "关系人", "person"));
        var added = (await admin.Post($"customers/{company}/relations", new { otherId = person, kind = "employee", label = "采购经理", from = "2024-03-01", note = "说了算" })).Is(HttpStatusCode.Created);
        added.Headers.Location!.ToString().ShouldBe($"/api/v1/customers/{company}/relations/{added.Id}");
        (added["otherName"]!.ToString(), added["isOtherHidden"]!.GetValue<bool>(), added["createdByName"]).ShouldSatisfyAllConditions(a => a.Item1.ShouldBe("关系人"), a => a.Item2.ShouldBeFalse(), a => a.Item3.ShouldNotBeNull());

        var here = (await Told(admin, company)).ShouldHaveSingleItem()!;
        (here["kind"]!.ToString(), here["otherId"]!.GetValue<Guid>(), here["otherKind"]!.ToString(), here["note"]!.ToString(), here["from"]!.ToString()).ShouldBe(("employee", person, "person", "说了算", "2024-03-01"));
        here.AsObject().ContainsKey("other").ShouldBeFalse();
        var there = (await Told(admin, person)).ShouldHaveSingleItem()!;
        (there["id"]!.GetValue<Guid>(), there["kind"]!.ToString(), there["otherName"]!.ToString(), there["label"]!.ToString()).ShouldBe((added.Id, "employer", "关系公司", "采购经理"));

        // Whoever may change one of the two changes it, from that side; two that knew the same state do not both.
        var changed = (await admin.Patch($"customers/{person}/relations/{added.Id}", """{"to":"2026-01-31","note":null}""")).Is(HttpStatusCode.OK);
        (changed["kind"]!.ToString(), changed["to"]!.ToString(), changed["note"]).ShouldBe(("employer", "2026-01-31", null));
        (await admin.Get($"customers/{company}/relations/{added.Id}")).Is(HttpStatusCode.OK)["to"]!.ToString().ShouldBe("2026-01-31");
        (await Told(admin, company)).Single()!["note"].ShouldBeNull();
        (await admin.Get($"customers/{company}/relations?fields=kind,secret")).IsProblem(400, "unknown_field");
        (await admin.Get($"customers/{company}/relations?fields=kind"))["data"]![0]!.ToJsonString().ShouldBe("""{"kind":"employee"}""");

        (await admin.Post($"customers/{company}/relations", new { otherId = company, kind = "partner" })).IsProblem(409, "same_customer").Naming("body.otherId");
        (await admin.Post($"customers/{company}/relations", new { otherId = Guid.CreateVersion7(), kind = "partner" })).IsProblem(404, "unknown_customer");
        (await admin.Post($"customers/{company}/relations", new { otherId = person, kind = "boss" })).IsProblem(400, "invalid_value").Naming("body.kind");
        (await admin.Post($"customers/{person}/relations", new { otherId = company, kind = "employer", from = "2025-01-01" })).IsProblem(409, "relation_exists")["relationId"]!.GetValue<Guid>().ShouldBe(added.Id);
        (await admin.Delete($"customers/{person}/relations/{added.Id}")).Is(HttpStatusCode.NoContent);
        (await Told(admin, company)).ShouldBeEmpty();
        (await admin.Get($"customers/{company}/relations/{added.Id}")).IsProblem(404, "not_found");
        foreach (var id in new[] { company, person })
            (await admin.Get($"customers/{id}/timeline?kind=relation")).Column("type").ShouldBe(["relation_removed", "relation_changed", "relation_added"]);
        (await admin.Get($"customers/{company}/history"))["data"]!.AsArray().Select(e => e!["type"]!.ToString()).ShouldContain("relation_added");
    }

    [Fact]
    public async Task are_as_they_were_at_a_past_instant()
    {
        var admin = await app.As("admin");
        var (one, two, sub) = (await New(admin, "从前一"), await New(admin, "从前二"), await New(admin, "从前子公司"));
        (await admin.Patch($"customers/{sub}", new { parentId = one })).Is(HttpStatusCode.OK);
        var relation = (await admin.Post($"customers/{one}/relations", new { otherId = two, kind = "supplier", label = "甲" })).Is(HttpStatusCode.Created).Id;
        var first = Uri.EscapeDataString(app.Store.Now.ToString("O"));
        (await admin.Patch($"customers/{one}/relations/{relation}", new { label = "乙" })).Is(HttpStatusCode.OK);
        var second = Uri.EscapeDataString(app.Store.Now.ToString("O"));
        (await admin.Delete($"customers/{one}/relations/{relation}")).Is(HttpStatusCode.NoContent);
        (await admin.Patch($"customers/{sub}", """{"parentId":null}""")).Is(HttpStatusCode.OK);
        (await Told(admin, two, "?asOf=" + first)).Single()!["label"]!.ToString().ShouldBe("甲");
        (await Told(admin, two, "?asOf=" + second)).Single()!["label"]!.ToString().ShouldBe("乙");
        (await Told(admin, two)).ShouldBeEmpty();
        (await admin.Get($"customers/{one}/relations?asOf={first}"))["subsidiaries"]!.AsArray().Select(s => s!["name"]!.ToString()).ShouldBe(["从前子公司"]);
        (await admin.Get($"customers/{one}/relations"))["subsidiaryCount"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task the_graph_names_who_decides_on_open_opportunities_that_the_caller_may_see()
    {
        var (admin, anna) = (await app.As("admin"), await app.Hire("graph-anna", "sales"));
        var annaId = await app.UserId("graph-anna");
        var customer = await New(admin, "决策公司", ownerId: annaId);
        var contact = (await admin.Post($"customers/{customer}/contacts", new { name = "赵敏", position = "采购" })).Is(HttpStatusCode.Created).Id;
        async Task<Guid> Deal(string name, params string[] decisionMakers) => (await admin.Post("opportunities", new { name, customerId = customer, decisionMakers })).Is(HttpStatusCode.Created).Id;
        var (first, second) = (await Deal("设备更新", "赵敏", "周芷若"), await Deal("维保", "周芷若 "));
        (await admin.Post($"opportunities/{await Deal("丢掉的", "张无忌")}/lose", new { reason = "价格" })).Is(HttpStatusCode.OK);
        await app.Settled();
        var graph = (await anna.Get($"customers/{customer}/graph")).Is(HttpStatusCode.OK);
        var nodes = graph["nodes"]!.AsArray().Where(n => n!["type"]!.ToString() != "customer").ToDictionary(n => n!["name"]!.ToString(), n => n!);
        nodes.Keys.ShouldBe(["赵敏", "周芷若"], ignoreOrder: true);
        (nodes["赵敏"]["id"]!.GetValue<Guid>(), nodes["赵敏"]["type"]!.ToString()).ShouldBe((contact, "contact"));
        nodes["赵敏"]["decides"]!.AsArray().Select(d => (d!["opportunityId"]!.GetValue<Guid>(), d["name"]!.ToString())).ShouldBe([(first, "设备更新")]);
        nodes["周芷若"]["type"]!.ToString().ShouldBe("decider");
        nodes["周芷若"]["decides"]!.AsArray().Select(d => d!["opportunityId"]!.GetValue<Guid>()).ShouldBe([first, second], ignoreOrder: true);
        graph["edges"]!.AsArray().Single(e => e!["type"]!.ToString() == "decider")!["to"]!.GetValue<Guid>().ShouldBe(nodes["周芷若"]["id"]!.GetValue<Guid>());
        // Whoever sees the customer and not its opportunities learns nothing of them.
        (await admin.Post("roles", new { code = "graph-only", name = "只看客户", grants = new object[] { new { right = "customers.view", scope = "all" } } })).Is(HttpStatusCode.Created);
        var shown = (await (await app.Hire("graph-other", "graph-only")).Get($"customers/{customer}/graph")).Is(HttpStatusCode.OK).Json["nodes"]!.AsArray();
        shown.Select(n => n!["type"]!.ToString()).ShouldBe(["customer", "contact"]);
        shown[1]!["decides"].ShouldBeNull();
    }

    [Fact]
    public async Task show_nothing_of_a_customer_that_may_not_be_seen()
    {
        var (admin, anna) = (await app.As("admin"), await app.Hire("relations-anna", "sales"));
        var annaId = await app.UserId("relations-anna");
        var (mine, theirs, parent) = (await New(admin, "安娜的客户", ownerId: annaId), await New(admin, "保密公司"), await New(admin, "保密集团"));
        (await admin.Patch($"customers/{mine}", new { parentId = parent })).Is(HttpStatusCode.OK);
        var relation = (await admin.Post($"customers/{mine}/relations", new { otherId = theirs, kind = "investee" })).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        var answer = (await anna.Get($"customers/{mine}/relations")).Is(HttpStatusCode.OK);
        var told = answer["data"]!.AsArray().Single()!;
        (told["isOtherHidden"]!.GetValue<bool>(), told["kind"]!.ToString(), told["otherName"], told["otherKind"]).ShouldBe((true, "investee", null, null));
        answer["parent"]!["isHidden"]!.GetValue<bool>().ShouldBeTrue();
        foreach (var path in new[] { $"customers/{mine}/relations", $"customers/{mine}/relations/{relation}", $"customers/{mine}/relations?fields=otherName,otherId", $"customers/{mine}/hierarchy", $"customers/{mine}/graph?depth=2" })
            (await anna.Get(path)).Is(HttpStatusCode.OK).Text.ShouldNotContain("保密");
        (await anna.Get($"customers/{theirs}/relations")).IsProblem(404, "not_found");
        (await anna.Post($"customers/{mine}/relations", new { otherId = theirs, kind = "partner" })).IsProblem(404, "unknown_customer");
        (await anna.Patch($"customers/{theirs}/relations/{relation}", new { label = "x" })).IsProblem(404, "not_found");
        // Shared with her it is one she may see, and what she may not change she does not change.
        (await admin.Post($"customers/{theirs}/share", new { userId = annaId, level = "read" })).Is(HttpStatusCode.OK);
        (await Told(anna, mine)).Single()!["otherName"]!.ToString().ShouldBe("保密公司");
        (await anna.Delete($"customers/{theirs}/relations/{relation}")).IsProblem(403, "forbidden");
        (await anna.Delete($"customers/{mine}/relations/{relation}")).Is(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task of_a_customer_that_was_merged_are_those_of_the_one_that_stayed()
    {
        var admin = await app.As("admin");
        var (target, source, third) = (await New(admin, "留下的"), await New(admin, "并入的"), await New(admin, "第三家"));
        var outer = (await admin.Post($"customers/{third}/relations", new { otherId = source, kind = "supplier" })).Is(HttpStatusCode.Created).Id;
        var inner = (await admin.Post($"customers/{target}/relations", new { otherId = source, kind = "partner" })).Is(HttpStatusCode.Created).Id;
        var below = await New(admin, "并入的子公司", parentId: source);
        var merge = (await admin.Post($"customers/{target}/merge", new { sourceId = source })).Is(HttpStatusCode.OK)["mergeId"]!.GetValue<Guid>();

        (await Told(admin, target)).Single()!["id"]!.GetValue<Guid>().ShouldBe(outer, "the two are one now");
        (await Told(admin, third)).Single()!["otherId"]!.GetValue<Guid>().ShouldBe(target);
        (await admin.Get($"customers/{target}/hierarchy"))["members"]!.AsArray().Select(m => m!["name"]!.ToString()).ShouldBe(["留下的", "并入的子公司"]);
        (await admin.Get($"customers/{below}/hierarchy"))["ancestors"]!.AsArray().Select(m => m!["name"]!.ToString()).ShouldBe(["留下的"]);
        (await admin.Get($"customers/{target}/graph"))["edges"]!.AsArray().Count.ShouldBe(2);
        (await admin.Post($"customers/{target}/relations", new { otherId = third, kind = "client" })).IsProblem(409, "relation_exists");
        (await admin.Patch($"customers/{target}/relations/{outer}", new { label = "合并后改的" })).Is(HttpStatusCode.OK)["kind"]!.ToString().ShouldBe("client");
        (await admin.Patch($"customers/{target}", new { parentId = below })).IsProblem(409, "parent_cycle");

        (await admin.Post($"customers/{target}/unmerge", new { mergeId = merge })).Is(HttpStatusCode.OK);
        (await Told(admin, target)).Single()!["id"]!.GetValue<Guid>().ShouldBe(inner);
        var back = await Told(admin, source);
        back.Select(r => (r!["id"]!.GetValue<Guid>(), r["otherId"]!.GetValue<Guid>())).ShouldBe([(outer, third), (inner, target)], ignoreOrder: true);
        back.Single(r => r!["id"]!.GetValue<Guid>() == outer)!["label"]!.ToString().ShouldBe("合并后改的");
    }

    [Fact]
    public async Task lose_their_words_with_either_of_the_two()
    {
        var admin = await app.As("admin");
        var (kept, gone) = (await New(admin, "留着的公司"), await New(admin, "要忘记的人", "person"));
        var relation = (await admin.Post($"customers/{kept}/relations", new { otherId = gone, kind = "employee", label = "司机小王", note = "住在东城" })).Is(HttpStatusCode.Created).Id;
        (await admin.Get($"customers/{gone}/data-subject-report")).Is(HttpStatusCode.OK).Text.ShouldContain("住在东城");
        (await admin.Post($"customers/{gone}/erase", new { reason = "request" })).Is(HttpStatusCode.OK);
        await app.Settled();
        var told = (await Told(admin, kept)).Single()!;
        (told["erased"]!.GetValue<bool>(), told["kind"]!.ToString(), told["label"], told["note"]).ShouldBe((true, "employee", null, null));
        foreach (var path in new[] { $"customers/{kept}/history", $"customers/{kept}/timeline", $"customers/{kept}/relations?asOf={Uri.EscapeDataString(app.Store.Now.ToString("O"))}" })
        {
            var text = (await admin.Get(path)).Is(HttpStatusCode.OK).Text;
            text.ShouldNotContain("司机小王");
            text.ShouldNotContain("住在东城");
        }
        (await admin.Patch($"customers/{kept}/relations/{relation}", new { note = "又写一遍" })).IsProblem(410, "erased");
        (await admin.Patch($"customers/{kept}/relations/{relation}", new { to = "2026-02-01" })).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{kept}/relations", new { otherId = gone, kind = "partner" })).IsProblem(410, "erased");
        // A deleted end is not told until it is back.
        (await admin.Delete($"customers/{gone}")).Is(HttpStatusCode.NoContent);
        (await Told(admin, kept)).ShouldBeEmpty();
    }

    [Fact]
    public async Task said_on_both_at_once_are_told_once()
    {
        var admin = await app.As("admin");
        var (one, two) = (await New(admin, "同时一"), await New(admin, "同时二"));
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => admin.Post($"customers/{(n % 2 == 0 ? one : two)}/relations", new { otherId = n % 2 == 0 ? two : one, kind = "partner" })));
        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        foreach (var refused in replies.Where(r => r.Status != HttpStatusCode.Created)) refused.IsProblem(409, "relation_exists");
        var relation = replies.Single(r => r.Status == HttpStatusCode.Created).Id;
        // Changed on both at once: whoever was told that it was saved is in the numbered states, and no number is there twice.
        var changes = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => admin.Patch($"customers/{(n % 2 == 0 ? one : two)}/relations/{relation}", new { label = "第" + n })));
        foreach (var lost in changes.Where(r => r.Status != HttpStatusCode.OK)) lost.IsProblem(409, "relation_changed");
        await using var db = new NpgsqlConnection(app.ConnectionString);
        await db.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select max(number), count(*) from customer.relations where customer_id = $1", db) { Parameters = { new() { Value = two } } };
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        await reader.ReadAsync(TestContext.Current.CancellationToken);
        (reader.GetInt32(0), reader.GetInt64(1)).ShouldBe((1 + changes.Count(r => r.Status == HttpStatusCode.OK), 1L + changes.Count(r => r.Status == HttpStatusCode.OK)));
    }

    [Fact]
    public async Task groups_are_told_with_their_figures()
    {
        var admin = await app.As("admin");
        var top = await New(admin, "集团总部");
        var (east, west) = (await New(admin, "A 东区", parentId: top), await New(admin, "B 西区", parentId: top));
        var shop = await New(admin, "东区门店", parentId: east);
        foreach (var (id, amount, currency) in new[] { (top, 5m, "USD"), (east, 100m, "CNY"), (shop, 20m, "CNY"), (shop, 3m, "CNY") })
            (await admin.Post("opportunities", new { name = "商机", customerId = id, amount = new { amount, currency } })).Is(HttpStatusCode.Created);
        var won = (await admin.Post("opportunities", new { name = "赢的", customerId = west, amount = new { amount = 7m, currency = "CNY" } })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"opportunities/{won}/win")).Is(HttpStatusCode.OK);
        await app.Settled();
        var members = (await admin.Get($"customers/{top}/hierarchy")).Is(HttpStatusCode.OK)["members"]!.AsArray();
        members.Select(m => (m!["name"]!.ToString(), m["depth"]!.GetValue<int>(), m["descendants"]!.GetValue<int>(), Sums(m["own"]), Sums(m["total"]))).ShouldBe(
        [
            ("集团总部", 0, 3, "USD 5/0", "CNY 123/7 USD 5/0"), ("A 东区", 1, 1, "CNY 100/0", "CNY 123/0"), ("东区门店", 2, 0, "CNY 23/0", "CNY 23/0"), ("B 西区", 1, 0, "CNY 0/7", "CNY 0/7"),
        ]);
        var inside = (await admin.Get($"customers/{shop}/hierarchy")).Is(HttpStatusCode.OK);
        inside["ancestors"]!.AsArray().Select(m => m!["name"]!.ToString()).ShouldBe(["集团总部", "A 东区"]);
        inside["members"]!.AsArray().Count.ShouldBe(1);
        inside["isCut"]!.GetValue<bool>().ShouldBeFalse();
        (await admin.Patch($"customers/{top}", new { parentId = shop })).IsProblem(409, "parent_cycle");

        static string Sums(JsonNode? sums) => string.Join(' ', sums!.AsArray().Select(a => $"{a!["currency"]} {a["open"]!.GetValue<decimal>():0.##}/{a["won"]!.GetValue<decimal>():0.##}"));
    }

    [Fact]
    public async Task two_changes_at_once_make_no_circle_of_parents()
    {
        var admin = await app.As("admin");
        for (var round = 0; round < 5; round++)
        {
            var ring = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => New(admin, $"圈 {round}-{n}")));
            var replies = await Task.WhenAll(ring.Select((id, n) => admin.Patch($"customers/{id}", new { parentId = ring[(n + 1) % ring.Length] })));
            replies.Where(r => r.Status != HttpStatusCode.OK).ShouldHaveSingleItem("each alone is right, and all of them never").IsProblem(409, "parent_cycle");
            // Through a merge as well: what is below the one that goes would be above the one that stays.
            var (stays, goes) = (await New(admin, $"留下 {round}"), await New(admin, $"并走 {round}"));
            var below = await New(admin, $"其下 {round}", parentId: goes);
            var two = await Task.WhenAll(admin.Patch($"customers/{stays}", new { parentId = below }), admin.Post($"customers/{stays}/merge", new { sourceId = goes }));
            two.Where(r => r.Status != HttpStatusCode.OK).ShouldHaveSingleItem().IsProblem(409, "parent_cycle");
        }
        // One after the other: a company between the two.
        var (top, bottom) = (await New(admin, "最上"), await New(admin, "最下"));
        var between = await New(admin, "中间", parentId: bottom);
        (await admin.Patch($"customers/{top}", new { parentId = between })).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{top}/merge/preview", new { sourceId = bottom })).IsProblem(409, "parent_cycle");
        (await admin.Post($"customers/{top}/merge", new { sourceId = bottom })).IsProblem(409, "parent_cycle");

        // Built anew they are the same.
        var rows = await Parents();
        await app.Store.Daemon.RebuildAsync("customer.parents", "test", "equal rows", TestContext.Current.CancellationToken).WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
        (await Parents()).ShouldBe(rows);

        async Task<string?> Parents()
        {
            await using var command = app.Store.DataSource.CreateCommand("select string_agg(customer_id || ' ' || parent_id, ',' order by customer_id) from customer.parents");
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) as string;
        }
    }

    [Fact]
    public async Task the_graph_is_whom_one_reaches()
    {
        var admin = await app.As("admin");
        var (centre, near, far, farther) = (await New(admin, "中心"), await New(admin, "近邻"), await New(admin, "远邻"), await New(admin, "更远"));
        var child = await New(admin, "中心子公司", parentId: centre);
        var contact = (await admin.Post($"customers/{centre}/contacts", new { name = "王总", position = "总经理", decisionRole = "决策人" })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"customers/{near}/relations", new { otherId = centre, kind = "client", to = "2020-01-01" })).Is(HttpStatusCode.Created);
        (await admin.Post($"customers/{near}/relations", new { otherId = far, kind = "partner" })).Is(HttpStatusCode.Created);
        (await admin.Post($"customers/{far}/relations", new { otherId = farther, kind = "partner" })).Is(HttpStatusCode.Created);
        await app.Settled();
        var one = (await admin.Get($"customers/{centre}/graph")).Is(HttpStatusCode.OK);
        one["nodes"]!.AsArray().Select(n => n!["id"]!.GetValue<Guid>()).ShouldBe([centre, near, child, contact], ignoreOrder: true);
        one["nodes"]![0]!["id"]!.GetValue<Guid>().ShouldBe(centre);
        one["edges"]!.AsArray().Select(e => (e!["from"]!.GetValue<Guid>(), e["to"]!.GetValue<Guid>(), e["type"]!.ToString(), e["kind"]?.ToString(), e["isOver"]!.GetValue<bool>()))
            .ShouldBe([(centre, near, "relation", "supplier", true), (centre, child, "parent", null, false), (centre, contact, "contact", null, false)], ignoreOrder: true);
        var two = (await admin.Get($"customers/{centre}/graph?depth=2")).Is(HttpStatusCode.OK);
        two["nodes"]!.AsArray().Select(n => (n!["id"]!.GetValue<Guid>(), n["depth"]!.GetValue<int>())).ShouldBe([(centre, 0), (near, 1), (child, 1), (contact, 1), (far, 2)], ignoreOrder: true);
        two["edges"]!.AsArray().Count.ShouldBe(4);
        (await admin.Get($"customers/{centre}/graph?depth=3")).IsProblem(400, "out_of_range");
        (await admin.Get($"customers/{centre}/graph?asOf=2026-01-01T00:00:00Z")).IsProblem(400, "as_of_not_supported");
    }

    /// <summary>Said, changed, taken back, merged and unmerged at random: what is told now and of any past instant is what a small model tells.</summary>
    [Fact]
    public async Task are_told_like_the_model_tells_them()
    {
        var admin = await app.As("admin");
        var random = new Random(20260316);
        var ids = await Task.WhenAll(Enumerable.Range(0, 5).Select(n => New(admin, $"模型 {n}")));
        var (told, into, merges, instants) = (new List<Said>(), new Dictionary<Guid, Guid>(), new Dictionary<Guid, Guid>(), new List<DateTimeOffset>());
        for (var step = 0; step < 60; step++)
        {
            var (here, there) = (Staying(), Staying());
            var shown = Rows(here, null);
            switch (random.Next(10))
            {
                case < 5 when here != there:
                    var (kind, from, label) = (random.Next(2) == 0 ? "supplier" : "partner", random.Next(2) == 0 ? null : "2024-01-01", random.Next(3) == 0 ? "甲" : null);
                    var added = await admin.Post($"customers/{here}/relations", new { otherId = there, kind, from, label });
                    if (Between(here, there).Any(r => r.Kind == kind && Overlap(r.From, r.To, from, null))) added.IsProblem(409, "relation_exists");
                    else told.Add(new Said(added.Is(HttpStatusCode.Created).Id, here, there, [(app.Store.Now, new(kind, from, null, label))]));
                    break;
                case 5 or 6 when shown.Count > 0:
                    var (changed, kept) = shown[random.Next(shown.Count)];
                    var to = kept.To is null ? "2025-06-30" : null;
                    var patched = await admin.Patch($"customers/{here}/relations/{changed.Id}", to is null ? """{"to":null}""" : """{"to":"2025-06-30"}""");
                    if (Between(here, kept.Other).Any(r => r.Id != changed.Id && r.Kind == kept.Kind && Overlap(r.From, r.To, kept.From, to) && !Overlap(r.From, r.To, kept.From, kept.To))) patched.IsProblem(409, "relation_exists");
                    else
                    {
                        patched.Is(HttpStatusCode.OK);
                        changed.States.Add((app.Store.Now, changed.States[^1].State! with { To = to }));
                    }
                    break;
                case 7 when shown.Count > 0:
                    var (removed, gone) = shown[random.Next(shown.Count)];
                    (await admin.Delete($"customers/{here}/relations/{removed.Id}")).Is(HttpStatusCode.NoContent);
                    foreach (var twin in Between(here, gone.Other).Where(r => r.Id == removed.Id || (r.Label is null && (r.Kind, r.From, r.To) == (gone.Kind, gone.From, gone.To))).ToList())
                        told.Single(t => t.Id == twin.Id).States.Add((app.Store.Now, null));
                    break;
                case 8 when here != there && !into.ContainsValue(there):
                    merges[there] = (await admin.Post($"customers/{here}/merge", new { sourceId = there })).Is(HttpStatusCode.OK)["mergeId"]!.GetValue<Guid>();
                    into[there] = here;
                    break;
                case 9 when into.Count > 0:
                    var (source, target) = into.ElementAt(random.Next(into.Count));
                    (await admin.Post($"customers/{target}/unmerge", new { mergeId = merges[source] })).Is(HttpStatusCode.OK);
                    into.Remove(source);
                    break;
            }
            if (step % 12 == 5) instants.Add(app.Store.Now);
            if (step % 12 == 11 || step == 59) await Compare(null);
        }
        foreach (var at in instants) await Compare(at);
        told.Count.ShouldBeGreaterThan(8);

        Guid Staying() => ids.Where(id => !into.ContainsKey(id)).ElementAt(random.Next(5 - into.Count));
        Guid Now(Guid id) => into.GetValueOrDefault(id, id);
        static bool Overlap(string? from, string? to, string? otherFrom, string? otherTo) => !(to is not null && otherFrom is not null && string.CompareOrdinal(to, otherFrom) < 0) && !(otherTo is not null && from is not null && string.CompareOrdinal(otherTo, from) < 0);

        // What the customer tells of everybody, or of one other; seen from it.
        IEnumerable<Row> All(Guid customer, DateTimeOffset? at) =>
            from t in told
            let state = t.States.LastOrDefault(s => at is null || s.At <= at).State
            where state is not null && Now(t.A) != Now(t.B) && (Now(t.A) == customer || Now(t.B) == customer)
            select Now(t.A) == customer ? new Row(t.Id, state.Kind, Now(t.B), state.From, state.To, state.Label) : new Row(t.Id, state.Kind == "supplier" ? "client" : state.Kind, Now(t.A), state.From, state.To, state.Label);
        List<Row> Between(Guid customer, Guid other) => [.. All(customer, null).Where(r => r.Other == other)];
        List<(Said Said, Row Row)> Rows(Guid customer, DateTimeOffset? at)
        {
            var all = All(customer, at).ToList();
            bool IsTwin(Row r) => r.Label is null && all.Any(s => s.Id != r.Id && (s.Kind, s.Other, s.From, s.To) == (r.Kind, r.Other, r.From, r.To) && (s.Label is not null || s.Id.CompareTo(r.Id) < 0));
            return [.. all.Where(r => !IsTwin(r)).Select(r => (told.Single(t => t.Id == r.Id), r))];
        }
        async Task Compare(DateTimeOffset? at)
        {
            await app.Settled();
            foreach (var id in ids.Where(i => !into.ContainsKey(i)))
            {
                var answer = (await admin.Get($"customers/{id}/relations{(at is { } instant ? "?asOf=" + Uri.EscapeDataString(instant.ToString("O")) : "")}")).Is(HttpStatusCode.OK)["data"]!.AsArray();
                answer.Select(r => new Row(r!["id"]!.GetValue<Guid>(), r["kind"]!.ToString(), r["otherId"]!.GetValue<Guid>(), r["from"]?.ToString(), r["to"]?.ToString(), r["label"]?.ToString()))
                    .ShouldBe(Rows(id, at).Select(r => r.Row), ignoreOrder: true, $"{id} at {at}");
            }
        }
    }

    private sealed record State(string Kind, string? From, string? To, string? Label);

    private sealed record Said(Guid Id, Guid A, Guid B, List<(DateTimeOffset At, State? State)> States);

    private sealed record Row(Guid Id, string Kind, Guid Other, string? From, string? To, string? Label);
}
