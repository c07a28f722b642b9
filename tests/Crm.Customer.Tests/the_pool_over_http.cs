using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Host;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>公海 (X10) on a real database, with two hosts and a clock of the test.</summary>
[Trait("Category", "Long")]
public sealed class the_pool_over_http(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly object NoRules = new { recycleAfterDays = new { }, warnDays = 3, protectWon = true, protectOpenOpportunities = true, reclaimAfterDays = 0 };
    private readonly MovedClock clock = new();
    private CrmApp app = null!;
    private Api admin = null!;

    public async ValueTask InitializeAsync()
    {
        app = new CrmApp(postgres)
        {
            Settings = ["--Crm:Session:IdleMinutes=1000000", "--Crm:Session:Hours=20000"],
            Configure = builder => builder.Services.AddSingleton<TimeProvider>(clock),
        };
        await app.InitializeAsync();
        admin = await app.As("admin");
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private string Today(int days = 0) => app.Store.DayOf(app.Store.Now).AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private async Task<(Api Api, Guid Id)> Person(string name, params string[] roles)
    {
        var api = await app.Hire(name, roles);
        return (api, await app.UserId(name));
    }

    private async Task<Guid> Register(string name, Guid? owner = null, string? phone = null, string lifecycle = "potential") =>
        (await admin.Post("customers", new { kind = "company", name, ownerId = owner, phone, lifecycle }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    private async Task<Guid> Pooled(string name, string? phone = null)
    {
        var id = await Register(name, null, phone);
        (await admin.Post($"customers/{id}/release", new { reason = "线索分配" })).Is(HttpStatusCode.OK)["inPool"]!.GetValue<bool>().ShouldBeTrue();
        return id;
    }

    /// <summary>The worker's round, as its hour would begin it, until every part of it is done.</summary>
    private async Task Recycle()
    {
        await app.Settled();
        (await admin.Post("operations/recurring/recycle-customers/run")).Is(HttpStatusCode.NoContent);
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        using var patience = new CancellationTokenSource(Patience.Limit);
        await using var waiting = source.CreateCommand("select count(*) from messaging.wolverine_incoming_envelopes where message_type = 'recycle_customers' and status <> 'Handled'");
        while ((long)(await waiting.ExecuteScalarAsync(patience.Token))! > 0) await Task.Delay(20, patience.Token);
        await app.Settled();
    }

    [Fact]
    public async Task a_customer_goes_to_one_of_those_who_claim_it_at_once_on_two_hosts()
    {
        var people = new List<(Api Api, Guid Id)>();
        for (var i = 0; i < 4; i++) people.Add(await Person($"racer{i}", "sales"));
        await using var second = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={app.ConnectionString}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=Warning"],
            builder => builder.Services.AddSingleton<TimeProvider>(clock));
        await second.App.StartAsync(TestContext.Current.CancellationToken);
        var there = new List<Api>();
        for (var i = 0; i < 4; i++) there.Add(await SignIn(new Uri(second.App.Urls.First()), $"racer{i}"));

        for (var round = 0; round < 5; round++)
        {
            var id = await Pooled($"抢手客户{round}");
            var replies = await Task.WhenAll(people.Select((p, i) => (i % 2 == 0 ? p.Api : there[i]).Post($"customers/{id}/claim")));
            var winner = replies.Single(r => r.Status == HttpStatusCode.OK);
            var owner = winner["ownerId"]!.GetValue<Guid>();
            people[Array.IndexOf(replies, winner)].Id.ShouldBe(owner);
            foreach (var loser in replies.Where(r => r != winner))
            {
                loser.IsProblem(409, "already_claimed")["ownerId"]!.GetValue<Guid>().ShouldBe(owner);
                loser["ownerName"]!.ToString().ShouldStartWith("racer");
            }
        }
        await second.App.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task fifty_claims_of_one_person_at_once_keep_to_both_caps()
    {
        var (anna, annaId) = await Person("anna", "sales");
        var ids = new List<Guid>();
        for (var i = 0; i < 50; i++) ids.Add(await Pooled($"批量客户{i}"));
        await Register("已有客户", annaId);
        (await admin.Put("pool/settings", new { holdingCap = 4, recycleAfterDays = new { }, warnDays = 3, protectWon = true, protectOpenOpportunities = true })).Is(HttpStatusCode.OK);
        var replies = await Task.WhenAll(ids.Select(id => anna.Post($"customers/{id}/claim")));
        replies.Count(r => r.Status == HttpStatusCode.OK).ShouldBe(3);
        foreach (var refused in replies.Where(r => r.Status != HttpStatusCode.OK)) refused.IsProblem(409, "holding_cap")["cap"]!.GetValue<int>().ShouldBe(4);
        await app.Settled();
        (await anna.Get("customers?count=exact"))["count"]!.GetValue<int>().ShouldBe(4);
        var mine = await anna.Get("pool/mine");
        (mine["held"]!.GetValue<int>(), mine["holdingCap"]!.GetValue<int>(), mine["claimedToday"]!.GetValue<int>(), mine["dailyClaimCap"]).ShouldBe((4, 4, 3, null));

        // Five a day; three were claimed today already.
        (await admin.Put("pool/settings", new { dailyClaimCap = 5, recycleAfterDays = new { }, warnDays = 3, protectWon = true, protectOpenOpportunities = true })).Is(HttpStatusCode.OK);
        Guid[] left = [.. ids.Zip(replies).Where(r => r.Second.Status != HttpStatusCode.OK).Select(r => r.First)];
        replies = await Task.WhenAll(left.Take(20).Select(id => anna.Post($"customers/{id}/claim")));
        replies.Count(r => r.Status == HttpStatusCode.OK).ShouldBe(2);
        foreach (var refused in replies.Where(r => r.Status != HttpStatusCode.OK)) refused.IsProblem(409, "daily_claim_cap");
        // The day is the organisation's.
        clock.To(app.Store.StartOf(DateOnly.Parse(Today(1), null)).AddSeconds(5));
        (await anna.Post($"customers/{left[^1]}/claim")).Is(HttpStatusCode.OK);
        (await anna.Get("pool/mine"))["claimedToday"]!.GetValue<int>().ShouldBe(1);

        // Many in one command: as many as the caps allow, the rest with the reason. Of two who want the same each gets what the other has not.
        (await anna.Post("pool/claim", new { ids = Array.Empty<Guid>() })).IsProblem(400, "invalid");
        var bob = (await Person("bob", "sales")).Api;
        Guid[] wanted = [.. left.Skip(20).Take(8)];
        var both = await Task.WhenAll(anna.Post("pool/claim", new { ids = wanted.Append(Guid.CreateVersion7()) }), bob.Post("pool/claim", new { ids = wanted.Reverse() }));
        var results = both.Select(r => r.Is(HttpStatusCode.OK)["results"]!.AsArray().Select(x => (Id: x!["id"]!.GetValue<Guid>(), Claimed: x["claimed"]!.GetValue<bool>(), Code: x["code"]?.ToString())).ToList()).ToList();
        both[0]["claimed"]!.GetValue<int>().ShouldBeLessThanOrEqualTo(4);
        both[1]["claimed"]!.GetValue<int>().ShouldBeLessThanOrEqualTo(5);
        results.SelectMany(r => r).Where(r => r.Claimed).Select(r => r.Id).ShouldBeUnique();
        (both[0]["claimed"]!.GetValue<int>() + both[1]["claimed"]!.GetValue<int>()).ShouldBe(8);
        results[0][^1].Code.ShouldBe("not_found");
        results.SelectMany(r => r).Where(r => !r.Claimed && r.Id != results[0][^1].Id).Select(r => r.Code).ShouldBeSubsetOf(["already_claimed", "daily_claim_cap"]);
        (await anna.Get("pool/mine"))["claimedToday"]!.GetValue<int>().ShouldBe(1 + both[0]["claimed"]!.GetValue<int>());
        var again = (await bob.Post("pool/claim", new { ids = wanted }, ("Accept-Language", "en"))).Is(HttpStatusCode.OK);
        (again["claimed"]!.GetValue<int>(), again["refused"]!.GetValue<int>()).ShouldBe((both[1]["claimed"]!.GetValue<int>(), both[0]["claimed"]!.GetValue<int>()));
        again["results"]!.AsArray().Where(r => !r!["claimed"]!.GetValue<bool>()).ShouldAllBe(r => r!["name"] == null && r["message"]!.ToString().StartsWith("The customer was claimed by", StringComparison.Ordinal));
    }

    [Fact]
    public async Task whoever_may_claim_sees_names_and_masks_and_nothing_else_of_it()
    {
        var (anna, _) = await Person("anna", "sales");
        var (bob, bobId) = await Person("bob", "sales");
        var carl = (await Person("carl", "service")).Api;
        var id = await Register("海风渔业", bobId, "13812345678");
        (await bob.Post($"customers/{id}/contacts", new { name = "王联系", phone = "13900001111" })).Is(HttpStatusCode.Created);
        (await bob.Post($"customers/{id}/release", new { })).IsProblem(400, "invalid").Naming("body.reason");
        (await anna.Post($"customers/{id}/release", new { reason = "不是我的" })).IsProblem(404, "not_found");
        (await bob.Post($"customers/{id}/release", new { reason = "客户暂无预算" })).Is(HttpStatusCode.NoContent);
        await app.Settled();

        (await bob.Get($"customers/{id}")).IsProblem(404, "not_found");
        (await anna.Get($"customers/{id}")).IsProblem(404, "not_found");
        (await anna.Get("customers?filter=inPool%20%3D%20true&count=exact"))["count"]!.GetValue<int>().ShouldBe(0);
        var seen = (await anna.Get("pool?count=exact")).Is(HttpStatusCode.OK);
        seen["count"]!.GetValue<int>().ShouldBe(1);
        var row = seen["data"]![0]!.AsObject();
        (row["name"]!.ToString(), row["phone"]!.ToString(), row["poolCause"]!.ToString(), row["formerOwnerName"]!.ToString()).ShouldBe(("海风渔业", "138****5678", "released", "bob"));
        foreach (var hidden in (string[])["contacts", "needs", "address", "idNumber", "custom"]) row.ContainsKey(hidden).ShouldBeFalse(hidden);
        (await admin.Get("pool"))["data"]![0]!["phone"]!.ToString().ShouldBe("138****5678", "a mask for everybody until it is claimed");
        (await anna.Get("pool?q=%E6%B5%B7%E9%A3%8E")).Column().ShouldBe(["海风渔业"]);
        (await anna.Get("pool?q=%E7%8E%8B%E8%81%94%E7%B3%BB")).Column().ShouldBeEmpty("who is to be talked to there finds nothing");
        (await anna.Get("pool?filter=phone%20%3D%20%2213812345678%22")).IsProblem(400, "unknown_field");
        (await anna.Post("pool/search", new { q = "海风" })).Column().ShouldBe(["海风渔业"]);
        (await carl.Get("pool")).IsProblem(403, "forbidden");
        (await carl.Post($"customers/{id}/claim")).IsProblem(403, "forbidden");
        (await (await app.AsIntegrator()).Post($"customers/{id}/claim")).IsProblem(403, "forbidden");

        // 撞单: who registers it once more is told that it can be had.
        var duplicate = (await anna.Post("customers", new { kind = "company", name = "海风渔业" })).IsProblem(409, "duplicate")["candidates"]![0]!;
        (duplicate["id"]!.GetValue<Guid>(), duplicate["name"]!.ToString(), duplicate["inPool"]!.GetValue<bool>()).ShouldBe((id, "海风渔业", true));

        (await anna.Post($"customers/{id}/claim", null, ("If-Match", "\"1\""))).IsProblem(412, "stale_version");
        var claimed = (await anna.Post($"customers/{id}/claim")).Is(HttpStatusCode.OK);
        claimed["phone"]!.ToString().ShouldBe("138****5678", "as for every salesperson, until he asks for it");
        claimed["contacts"]!.AsArray().Count.ShouldBe(1);
        (await anna.Post($"customers/{id}/claim")).Is(HttpStatusCode.OK);
        await app.Settled();
        (await anna.Get("pool")).Column().ShouldBeEmpty();
        var types = (await anna.Get($"customers/{id}/history"))["data"]!.AsArray();
        types.Take(4).Select(e => e!["type"]!.ToString()).ShouldBe(["customer_claimed", "customer_owner_changed", "customer_pooled", "customer_owner_changed"]);
        types[2]!["reason"]!.ToString().ShouldBe("客户暂无预算");
        (await anna.Get($"customers/{id}/timeline?kind=owner"))["data"]!.AsArray().Count.ShouldBe(4);
        // Claimed it is found by nobody else any more.
        (await bob.Post("customers", new { kind = "company", name = "海风渔业" })).IsProblem(409, "duplicate")["candidates"]![0]!["id"].ShouldBeNull();
    }

    [Fact]
    public async Task who_had_it_waits_before_he_may_have_it_again()
    {
        var (anna, annaId) = await Person("anna", "sales");
        (await admin.Put("pool/settings", new { reclaimAfterDays = 7, recycleAfterDays = new { }, warnDays = 3, protectWon = true, protectOpenOpportunities = true })).Is(HttpStatusCode.OK);
        var id = await Register("回头客户", annaId);
        (await anna.Post($"customers/{id}/release", new { reason = "先放一放" })).Is(HttpStatusCode.NoContent);
        (await anna.Post($"customers/{id}/claim")).IsProblem(409, "reclaim_too_soon")["until"].ShouldNotBeNull();
        clock.Advance(TimeSpan.FromDays(7));
        (await anna.Post($"customers/{id}/claim")).Is(HttpStatusCode.OK);
        (await anna.Put("pool/settings", NoRules)).IsProblem(403, "forbidden");
        (await admin.Put("pool/settings", new { holdingCap = 0, recycleAfterDays = new { potential = 0 }, warnDays = 3 })).IsProblem(400, "invalid").Naming("body.holdingCap").Naming("body.recycleAfterDays.potential");
    }

    [Fact]
    public async Task what_nobody_follows_up_goes_there_after_a_warning_and_can_be_given_back()
    {
        var (anna, annaId) = await Person("anna", "sales");
        var mia = (await Person("mia", "manager")).Api;
        var (plain, followed, won, working, lost) = (await Register("无人跟进", annaId), await Register("有人跟进", annaId), await Register("已成交", annaId, lifecycle: "won"), await Register("有商机", annaId), await Register("流失的", annaId, lifecycle: "lost"));
        (await anna.Post("opportunities", new { name = "进行中", customerId = working })).Is(HttpStatusCode.Created);
        (await admin.Put("pool/settings", new { recycleAfterDays = new { potential = 10, intent = 10, won = 10 }, warnDays = 3, protectWon = true, protectOpenOpportunities = true })).Is(HttpStatusCode.OK);

        clock.Advance(TimeSpan.FromDays(5));
        (await anna.Post($"customers/{followed}/follow-ups", new { at = clock.GetUtcNow(), method = "phone", summary = "聊了聊" })).Is(HttpStatusCode.Created);
        await Recycle();
        (await anna.Get("pool/mine"))["soonRecycled"]!.GetValue<int>().ShouldBe(0);

        clock.Advance(TimeSpan.FromDays(2));
        await Recycle();
        await Recycle();
        (await anna.Get("customers?filter=recycleOn%20!%3D%20null")).Column().ShouldBe(["无人跟进"]);
        (await anna.Get("pool/mine"))["soonRecycled"]!.GetValue<int>().ShouldBe(1);
        (await anna.Get($"customers/{plain}"))["recycleOn"]!.ToString().ShouldBe(Today(3));
        (await admin.Get($"customers/{plain}/history"))["data"]!.AsArray().Count(e => e!["type"]!.ToString() == "customer_recycle_announced").ShouldBe(1, "one warning");

        clock.Advance(TimeSpan.FromDays(3));
        await Recycle();
        await Recycle();
        (await anna.Get($"customers/{plain}")).IsProblem(404, "not_found");
        (await anna.Get("customers")).Column().Order().ShouldBe(new[] { "有人跟进", "已成交", "有商机", "流失的" }.Order());
        (await anna.Get("pool"))["data"]!.AsArray().Single()!["poolCause"]!.ToString().ShouldBe("recycled");
        var pooled = (await admin.Get($"customers/{plain}/history"))["data"]!.AsArray().Single(e => e!["type"]!.ToString() == "customer_pooled")!;
        pooled["source"]!.ToString().ShouldBe("pool");
        (await mia.Get("pool")).Column().ShouldBe(["无人跟进"]);

        (await anna.Post($"customers/{plain}/return")).IsProblem(404, "not_found");
        (await mia.Post($"customers/{plain}/return", new { reason = "客户正在走流程" })).Is(HttpStatusCode.NoContent);
        (await anna.Get($"customers/{plain}")).Is(HttpStatusCode.OK)["ownerId"]!.GetValue<Guid>().ShouldBe(annaId);
        // A new time begins for who got it back.
        await Recycle();
        (await anna.Get($"customers/{plain}")).Is(HttpStatusCode.OK)["recycleOn"].ShouldBeNull();
    }

    [Fact]
    public async Task many_are_put_there_and_given_back_and_that_undone()
    {
        var (anna, annaId) = await Person("anna", "sales");
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++) ids.Add(await Register($"多个客户{i}", annaId));
        ids.Add(await Register("多个客户无主"));
        await app.Settled();
        var release = await Job("release", ids);
        await app.Settled();
        (await anna.Get("pool?count=exact"))["count"]!.GetValue<int>().ShouldBe(4);
        (await anna.Get("customers?count=exact"))["count"]!.GetValue<int>().ShouldBe(0);
        await Undo(release);
        await app.Settled();
        (await anna.Get("pool?count=exact"))["count"]!.GetValue<int>().ShouldBe(0);
        (await anna.Get("customers?count=exact"))["count"]!.GetValue<int>().ShouldBe(3);

        await Job("release", ids);
        await app.Settled();
        var back = await Job("return", ids);
        await app.Settled();
        (await anna.Get("customers?count=exact"))["count"]!.GetValue<int>().ShouldBe(3);
        await Undo(back);
        await app.Settled();
        (await anna.Get("customers?count=exact"))["count"]!.GetValue<int>().ShouldBe(0);

        async Task<Guid> Job(string action, List<Guid> records)
        {
            var job = (await admin.Post("customers/bulk", new { command = action, ids = records, reason = "整理" })).Is(HttpStatusCode.Accepted).Id;
            (await Ended(job))["done"]!.GetValue<int>().ShouldBe(records.Count);
            return job;
        }

        async Task Undo(Guid job)
        {
            (await admin.Post($"customers/bulk/{job}/undo")).Is(HttpStatusCode.Accepted);
            await Ended(job);
        }

        async Task<Reply> Ended(Guid job)
        {
            using var patience = new CancellationTokenSource(Patience.Limit);
            while (true)
            {
                var state = await admin.Get($"customers/bulk/{job}");
                if (state["state"]!.ToString() is "done" or "undone") return state;
                await Task.Delay(30, patience.Token);
            }
        }
    }

    private static async Task<Api> SignIn(Uri address, string name)
    {
        var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = address };
        var session = await (await http.PostAsJsonAsync("/api/v1/session", new { userName = name, password = "Demo-2026!" })).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
        http.DefaultRequestHeaders.Add("X-CSRF-Token", session!["csrfToken"]!.ToString());
        return new Api(http);
    }

    private sealed class MovedClock : TimeProvider
    {
        private TimeSpan moved;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + moved;

        public void To(DateTimeOffset at) => moved = at - System.GetUtcNow();

        public void Advance(TimeSpan by) => moved += by;
    }
}
