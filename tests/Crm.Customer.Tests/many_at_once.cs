using System.Net;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Host;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Versions (C7) and idempotency (C6).</summary>
public sealed class many_at_once(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task a_stale_version_is_refused_with_what_happened_since()
    {
        var (sales, manager) = (await app.As("sales"), await app.As("manager"));
        var created = await sales.Post("customers", new { kind = "company", name = "版本公司", phone = "13844440001" });
        await manager.Patch($"customers/{created.Id}", new { phone = "13844440002", reason = "更正" });
        var stale = (await sales.Patch($"customers/{created.Id}", new { phone = "13844440003" }, ("If-Match", created.ETag))).IsProblem(412, "stale_version");
        var conflict = stale["conflicts"]!.AsArray().Single()!;
        conflict["type"]!.ToString().ShouldBe("customer_details_changed");
        conflict["reason"]!.ToString().ShouldBe("更正");
        conflict["changes"]![0]!["after"]!.ToString().ShouldBe("138****0002", "masked for a salesperson");
        stale["currentVersion"]!.GetValue<long>().ShouldBe(2);
        (await sales.Post($"customers/{created.Id}/archive", null, ("If-Match", created.ETag))).IsProblem(412, "stale_version");
        (await sales.Patch($"customers/{created.Id}", new { phone = "13844440003" }, ("If-Match", "\"99\""))).IsProblem(412, "stale_version");
        (await sales.Patch($"customers/{created.Id}", new { phone = "13844440003" }, ("If-Match", "\"abc\""))).IsProblem(400, "invalid_value");
        (await sales.Patch($"customers/{created.Id}", new { phone = "13844440003" }, ("If-Match", "\"2\""))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task patches_of_different_fields_do_not_conflict()
    {
        var sales = await app.As("sales");
        var created = await sales.Post("customers", new { kind = "company", name = "字段公司", custom = new { a = 1, b = 1 } });
        (await sales.Patch($"customers/{created.Id}", new { industry = "软件", custom = new { a = 2 } }, ("If-Match", created.ETag))).Is(HttpStatusCode.OK);
        var second = (await sales.Patch($"customers/{created.Id}", new { address = "上海", custom = new { b = 2 } }, ("If-Match", created.ETag))).Is(HttpStatusCode.OK);
        (second["industry"]!.ToString(), second["address"]!.ToString(), second["custom"]!["a"]!.ToString(), second["custom"]!["b"]!.ToString()).ShouldBe(("软件", "上海", "2", "2"));
        (await sales.Patch($"customers/{created.Id}", new { custom = new { a = 3 } }, ("If-Match", created.ETag))).IsProblem(412, "stale_version");
        (await sales.Patch($"customers/{created.Id}", new { industry = "物流" }, ("If-Match", created.ETag))).IsProblem(412, "stale_version");
    }

    [Fact]
    public async Task a_contact_conflicts_with_itself_only()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "同事公司", phone = "13844440011" })).Id;
        var one = await sales.Post($"customers/{id}/contacts", new { name = "甲" });
        var two = await sales.Post($"customers/{id}/contacts", new { name = "乙" });
        (await sales.Patch($"customers/{id}/contacts/{one.Id}", new { phone = "13844440012" })).Is(HttpStatusCode.OK);
        (await sales.Patch($"customers/{id}/contacts/{two.Id}", new { phone = "13844440013" }, ("If-Match", two.ETag))).Is(HttpStatusCode.OK);
        (await sales.Patch($"customers/{id}/contacts/{one.Id}", new { phone = "13844440014" }, ("If-Match", two.ETag))).IsProblem(412, "stale_version");
    }

    [Fact]
    public async Task what_another_node_wrote_counts_although_this_one_remembers_the_record()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "两地公司" })).Id;
        (await sales.Post($"customers/{id}/tags", new { tag = "一" })).Is(HttpStatusCode.OK);
        await Elsewhere(id, new CustomerArchived());
        // Remembered as not archived there would be nothing to restore.
        (await sales.Post($"customers/{id}/restore")).Is(HttpStatusCode.OK).ETag.ShouldBe("\"4\"");
        await Elsewhere(id, new CustomerTagged("二"));
        var tagged = (await sales.Post($"customers/{id}/tags", new { tag = "三" })).Is(HttpStatusCode.OK);
        tagged["tags"]!.AsArray().Select(t => t!.ToString()).ShouldBe(["一", "二", "三"]);
        await Elsewhere(id, new CustomerDeleted());
        (await sales.Patch($"customers/{id}", new { industry = "软件" })).Is(HttpStatusCode.NotFound);

        async Task Elsewhere(Guid stream, object e)
        {
            await using var source = NpgsqlDataSource.Create(app.ConnectionString);
            await using var session = CrmHost.OpenStore(source, app.Store.TimeZone, TimeProvider.System).OpenSession(new EventContext("somebody", "test"));
            (await session.FetchForWriting<Customer>(stream)).AppendMany([e]);
            await session.SaveChangesAsync();
        }
    }

    [Fact]
    public async Task commands_without_a_version_all_take_effect()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "热闹公司" })).Id;
        var replies = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => sales.Post($"customers/{id}/tags", new { tag = $"标签{i}" })));
        foreach (var reply in replies) reply.Is(HttpStatusCode.OK);
        (await sales.Get($"customers/{id}"))["tags"]!.AsArray().Count.ShouldBe(24);
    }

    [Fact]
    public async Task the_same_request_sent_many_times_at_once_takes_effect_once()
    {
        var sales = await app.As("sales");
        var key = ("Idempotency-Key", Guid.CreateVersion7().ToString());
        var before = await app.Store.Daemon.HighestSequenceAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => sales.Post("customers", new { kind = "company", name = "一次公司" }, key)));
        foreach (var reply in replies) reply.Is(HttpStatusCode.Created);
        replies.Select(r => (r.Text, r.ETag, r.Sequence, r.Headers.Location)).Distinct().Count().ShouldBe(1);
        replies.Count(r => r.Headers.Contains("Idempotency-Replayed")).ShouldBe(7);
        (await app.Store.Query.FetchStreamAsync(replies[0].Id)).Count.ShouldBe(1);
        (await sales.Get("customers?q=一次公司&count=exact"))["count"]!.GetValue<long>().ShouldBe(1);
        (await sales.Post("customers", new { kind = "company", name = "另一次公司" }, key)).IsProblem(422, "idempotency_key_reused");
        before.ShouldBeLessThan(replies[0].Sequence);
    }

    [Fact]
    public async Task a_refused_request_may_be_sent_again_with_its_key()
    {
        var sales = await app.As("sales");
        var key = ("Idempotency-Key", Guid.CreateVersion7().ToString());
        var first = (await sales.Post("customers", new { kind = "company", name = "重试公司" })).Id;
        (await sales.Post("customers", new { kind = "company", name = "重试公司" }, key)).IsProblem(409, "duplicate");
        await (await app.As("manager")).Delete($"customers/{first}");
        (await sales.Post("customers", new { kind = "company", name = "重试公司" }, key)).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task a_list_shows_what_its_caller_just_wrote()
    {
        var sales = await app.As("sales");
        for (var i = 0; i < 10; i++)
        {
            var created = await sales.Post("customers", new { kind = "company", name = $"刚写{i}号" });
            var listed = await sales.Get($"customers?filter=name%20%3D%20%22刚写{i}号%22");
            listed.Column("id").ShouldBe([created.Id.ToString()]);
            listed.Headers.Contains("Crm-Stale").ShouldBeFalse();
        }
    }

    [Fact]
    public async Task a_walk_through_pages_meets_each_once_while_others_write()
    {
        var sales = await app.As("sales");
        var ids = new HashSet<string>();
        foreach (var i in Enumerable.Range(0, 25)) ids.Add((await sales.Post("customers", new { kind = "company", name = $"翻页{i:00}公司", industry = "翻页" })).Id.ToString());
        var seen = new List<string?>();
        string? cursor = null;
        do
        {
            var page = (await sales.Post("customers/search", new JsonObject { ["filter"] = "industry = \"翻页\"", ["sort"] = "name", ["limit"] = 4, ["cursor"] = cursor })).Is(HttpStatusCode.OK);
            seen.AddRange(page.Column("id"));
            cursor = page["page"]!["next"]?.ToString();
            await sales.Post("customers", new { kind = "company", name = $"新来{seen.Count}公司", industry = "别的" });
        }
        while (cursor is not null);
        seen.Count.ShouldBe(25);
        seen.ShouldBe(ids, ignoreOrder: true);
    }
}
