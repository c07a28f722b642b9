using System.Net;
using Crm.Http;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>One command for many records, picked or found by a list, and taking it back.</summary>
[Trait("Category", "Long")]
public sealed class commanding_many(CrmApp app, PostgresFixture postgres) : IClassFixture<CrmApp>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void is_about_some_records_and_not_too_many()
    {
        var (tag, giver) = (new GiveBulkCommand("addTag", Tag: " 重点 ", Ids: [Guid.Empty], Reason: "x"), Guid.CreateVersion7());
        GiveBulkCommandFeature.Decide(tag, "customers", giver, 0).Rejection!.Code.ShouldBe("nothing_selected");
        GiveBulkCommandFeature.Decide(tag, "customers", giver, 100_001).Rejection!.Code.ShouldBe("too_many_records");
        var started = GiveBulkCommandFeature.Decide(tag, "customers", giver, 100_000).Events.ShouldHaveSingleItem().ShouldBeOfType<BulkJobStarted>();
        (started.Kind, started.SubjectId, started.Items).ShouldBe(("customers", giver, 100_000));
        started.Parameters.ShouldBe(new Dictionary<string, string> { ["command"] = "addTag", ["tag"] = "重点", ["selected"] = "1" }, ignoreOrder: true);
    }

    [Fact]
    public async Task a_tag_goes_to_all_that_a_list_finds_and_comes_off_again_where_it_is_still_there()
    {
        var admin = await app.As("admin");
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++) ids.Add(await Customer(admin, $"标签甲{i}"));
        (await admin.Post($"customers/{ids[3]}/tags", new { tag = "重点" })).Is(HttpStatusCode.OK);
        var untouched = await Customer(admin, "标签乙");
        (await admin.Post($"customers/{ids[4]}/archive")).Is(HttpStatusCode.OK);

        // By the list's own filter, which leaves out what is archived; and one by one, archived or not.
        var job = (await admin.Post("customers/bulk", new { command = "addTag", tag = " 重点 ", query = new { filter = "name = \"标签甲*\"" }, reason = "盘点" })).Is(HttpStatusCode.Accepted);
        job["parameters"]!["command"]!.ToString().ShouldBe("addTag");
        var done = await Ended(admin, "customers", job.Id);
        Figures(done).ShouldBe(("done", 4, 3, 1));
        foreach (var id in ids[..4]) (await Tags(id)).ShouldBe(["重点"]);
        (await Tags(ids[4])).ShouldBeEmpty();
        (await Tags(untouched)).ShouldBeEmpty();
        (await Faults(admin, "customers", job.Id)).ShouldBe([(ids[3], "标签甲3", "unchanged")]);
        var entry = (await admin.Get($"customers/{ids[0]}/history"))["data"]!.AsArray()[0]!;
        (entry["correlationId"]!.ToString(), entry["source"]!.ToString(), entry["reason"]!.ToString(), entry["actorId"]!.ToString())
            .ShouldBe((job.Id.ToString(), $"bulk:{job.Id}", "盘点", (await app.UserId("admin")).ToString()));

        // One lost the tag meanwhile, one was deleted.
        (await admin.Delete($"customers/{ids[0]}/tags/{Uri.EscapeDataString("重点")}")).Is(HttpStatusCode.OK);
        (await admin.Delete($"customers/{ids[1]}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await admin.Post($"customers/bulk/{job.Id}/undo")).Is(HttpStatusCode.Accepted)["state"]!.ToString().ShouldBe("undoing");
        var undone = await Ended(admin, "customers", job.Id);
        (undone["state"]!.ToString(), undone["undone"]!.GetValue<int>(), undone["kept"]!.GetValue<int>()).ShouldBe(("undone", 1, 2));
        (await Tags(ids[2])).ShouldBeEmpty();
        (await Tags(ids[3])).ShouldBe(["重点"], "it had the tag before");
        (await Faults(admin, "customers", job.Id)).Select(f => f.Code).ShouldBe(["gone", "changed_since", "unchanged"], ignoreOrder: true);
        (await admin.Post($"customers/bulk/{job.Id}/undo")).IsProblem(409, "job_undone");

        var picked = (await admin.Post("customers/bulk", new { command = "addTag", tag = "挑选", ids = new[] { ids[2], ids[4] }, reason = "盘点" })).Is(HttpStatusCode.Accepted);
        Figures(await Ended(admin, "customers", picked.Id)).ShouldBe(("done", 2, 1, 1));
        (await Faults(admin, "customers", picked.Id)).ShouldBe([(ids[4], "标签甲4", "archived")]);
        var off = (await admin.Post("customers/bulk", new { command = "removeTag", tag = "挑选", ids = new[] { ids[2], ids[3] }, reason = "盘点" })).Is(HttpStatusCode.Accepted);
        Figures(await Ended(admin, "customers", off.Id)).ShouldBe(("done", 2, 1, 1));
        await Undone(admin, "customers", off.Id, 1, 0);
        (await Tags(ids[2])).ShouldBe(["挑选"]);

        async Task<IEnumerable<string>> Tags(Guid id) => (await admin.Get($"customers/{id}")) is { Status: HttpStatusCode.OK } shown ? shown["tags"]!.AsArray().Select(t => t!.ToString()) : [];
    }

    [Fact]
    public async Task what_was_archived_restored_or_deleted_is_again_as_it_was()
    {
        var admin = await app.As("admin");
        Guid[] ids = [await Customer(admin, "状态甲"), await Customer(admin, "状态乙"), await Customer(admin, "状态丙")];
        (await admin.Post($"customers/{ids[2]}/archive")).Is(HttpStatusCode.OK);

        var archive = (await admin.Post("customers/bulk", new { command = "archive", ids, reason = "清理" })).Is(HttpStatusCode.Accepted).Id;
        Figures(await Ended(admin, "customers", archive)).ShouldBe(("done", 3, 2, 1));
        (await Archived()).ShouldBe([true, true, true]);
        await Undone(admin, "customers", archive, 2, 0);
        (await Archived()).ShouldBe([false, false, true]);

        var restore = (await admin.Post("customers/bulk", new { command = "restore", query = new { filter = "archived = true AND name = \"状态*\"" }, reason = "清理" })).Is(HttpStatusCode.Accepted).Id;
        Figures(await Ended(admin, "customers", restore)).ShouldBe(("done", 1, 1, 0));
        (await Archived()).ShouldBe([false, false, false]);
        await Undone(admin, "customers", restore, 1, 0);
        (await Archived()).ShouldBe([false, false, true]);

        // The key of a deleted customer goes to another one: that one stays deleted, alone.
        (await admin.Patch($"customers/{ids[0]}", new { externalKeys = new { erp = "BULK-1" } })).Is(HttpStatusCode.OK);
        var delete = (await admin.Post("customers/bulk", new { command = "delete", ids, reason = "清理" })).Is(HttpStatusCode.Accepted).Id;
        Figures(await Ended(admin, "customers", delete)).ShouldBe(("done", 3, 3, 0));
        foreach (var id in ids) (await admin.Get($"customers/{id}")).IsProblem(404, "not_found");
        (await admin.Post("customers", new { kind = "company", name = "接手客户", externalKeys = new { erp = "BULK-1" } }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        await Undone(admin, "customers", delete, 2, 1);
        (await admin.Get($"customers/{ids[0]}")).IsProblem(404, "not_found");
        (await admin.Get($"customers/{ids[1]}"))["archived"]!.GetValue<bool>().ShouldBeFalse();
        (await admin.Get($"customers/{ids[2]}"))["archived"]!.GetValue<bool>().ShouldBeTrue("it was archived when it was deleted");
        (await Faults(admin, "customers", delete)).Select(f => (f.Id, f.Code)).ShouldBe([(ids[0], "external_key_taken")]);

        // Who was erased meanwhile keeps nobody from coming back.
        Guid[] two = [await Customer(admin, "状态丁"), await Customer(admin, "状态戊")];
        var aside = (await admin.Post("customers/bulk", new { command = "archive", ids = two, reason = "清理" })).Is(HttpStatusCode.Accepted).Id;
        Figures(await Ended(admin, "customers", aside)).ShouldBe(("done", 2, 2, 0));
        (await admin.Post($"customers/{two[0]}/erase", new { reason = "request" })).Is(HttpStatusCode.OK);
        await Undone(admin, "customers", aside, 2, 0);

        async Task<IEnumerable<bool>> Archived()
        {
            var found = new List<bool>();
            foreach (var id in ids) found.Add((await admin.Get($"customers/{id}"))["archived"]!.GetValue<bool>());
            return found;
        }
    }

    [Fact]
    public async Task reaches_what_the_right_is_good_for_and_what_was_given_away_comes_back()
    {
        var admin = await app.As("admin");
        var (seller, other) = (await app.Hire("m-seller", "sales"), await app.Hire("m-other", "sales"));
        var (sellerId, otherId) = (await app.UserId("m-seller"), await app.UserId("m-other"));
        var own = await Customer(admin, "归属我的", sellerId);
        var lent = await Customer(admin, "归属共享可改", otherId);
        var shown = await Customer(admin, "归属共享只读", otherId);
        var theirs = await Customer(admin, "归属别人", otherId);
        (await admin.Post($"customers/{lent}/share", new { userId = sellerId, level = "change" })).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{shown}/share", new { userId = sellerId, level = "read" })).Is(HttpStatusCode.OK);
        var query = new { filter = "name = \"归属*\"" };

        // To change: one's own, and what is shared for changing.
        var tag = (await seller.Post("customers/bulk", new { command = "addTag", tag = "范围", query, reason = "x" })).Is(HttpStatusCode.Accepted).Id;
        Figures(await Ended(seller, "customers", tag)).ShouldBe(("done", 2, 2, 0));
        (await admin.Get($"customers?filter={Uri.EscapeDataString("tags:\"范围\"")}&sort=name")).Column("id").ShouldBe([own.ToString(), lent.ToString()], ignoreOrder: true);
        // To give away: one's own only; picked ones that are out of reach are not among them.
        var give = (await seller.Post("customers/bulk", new { command = "owner", ownerId = otherId, ids = new[] { own, lent, shown, theirs }, reason = "x" })).Is(HttpStatusCode.Accepted);
        (give["total"]!.GetValue<int>(), give["parameters"]!["selected"]!.ToString()).ShouldBe((1, "4"));
        Figures(await Ended(seller, "customers", give.Id)).ShouldBe(("done", 1, 1, 0));
        (await seller.Get($"customers/{own}")).IsProblem(404, "not_found");
        // Nobody but who gave it sees the job; and it comes back although it is not the giver's any more.
        (await other.Get($"customers/bulk/{give.Id}")).IsProblem(404, "not_found");
        (await other.Post($"customers/bulk/{give.Id}/undo")).IsProblem(404, "not_found");
        (await seller.Get($"opportunities/bulk/{give.Id}")).IsProblem(404, "not_found");
        await Undone(seller, "customers", give.Id, 1, 0);
        (await seller.Get($"customers/{own}"))["ownerId"]!.GetValue<Guid>().ShouldBe(sellerId);
        (await seller.Get("customers/bulk"))["data"]!.AsArray().Select(j => j!["id"]!.GetValue<Guid>()).ShouldBe([give.Id, tag]);

        (await seller.Post("customers/bulk", new { command = "delete", ids = new[] { own }, reason = "x" })).IsProblem(403, "forbidden");
        (await (await app.Hire("m-auditor", "auditor")).Post("customers/bulk", new { command = "addTag", tag = "x", ids = new[] { own }, reason = "x" })).IsProblem(403, "forbidden");
        (await seller.Post("customers/bulk", new { command = "addTag", tag = "x", ids = new[] { theirs }, reason = "x" })).IsProblem(409, "nothing_selected");
    }

    [Fact]
    public async Task opportunities_get_another_owner_closed_ones_too()
    {
        var admin = await app.As("admin");
        await app.Hire("m-heir", "sales");
        var (me, heir) = (await app.UserId("admin"), await app.UserId("m-heir"));
        var customer = await Customer(admin, "商机批量客户");
        var deals = new List<Guid>();
        foreach (var name in (string[])["批量商机甲", "批量商机乙", "批量商机丙"]) deals.Add((await admin.Post("opportunities", new { name, customerId = customer, ownerId = me })).Is(HttpStatusCode.Created).Id);
        (await admin.Patch($"opportunities/{deals[2]}", "{\"ownerId\":null}")).Is(HttpStatusCode.OK);
        (await admin.Post($"opportunities/{deals[1]}/lose", new { reason = "价格" })).Is(HttpStatusCode.OK);
        var job = (await admin.Post("opportunities/bulk", new { command = "owner", ownerId = heir, query = new { q = "批量商机" }, reason = "调整" })).Is(HttpStatusCode.Accepted).Id;
        Figures(await Ended(admin, "opportunities", job)).ShouldBe(("done", 3, 3, 0));
        foreach (var deal in deals) (await admin.Get($"opportunities/{deal}"))["ownerId"]!.GetValue<Guid>().ShouldBe(heir);
        await Undone(admin, "opportunities", job, 3, 0);
        (await admin.Get($"opportunities/{deals[0]}"))["ownerId"]!.GetValue<Guid>().ShouldBe(me);
        (await admin.Get($"opportunities/{deals[2]}"))["ownerId"].ShouldBeNull("it was nobody's");
        var delete = (await admin.Post("opportunities/bulk", new { command = "delete", ids = deals, reason = "清理" })).Is(HttpStatusCode.Accepted).Id;
        Figures(await Ended(admin, "opportunities", delete)).ShouldBe(("done", 3, 3, 0));
        foreach (var deal in deals) (await admin.Get($"opportunities/{deal}")).IsProblem(404, "not_found");
        (await admin.Post($"opportunities/{deals[0]}/restore")).Is(HttpStatusCode.OK);
        await Undone(admin, "opportunities", delete, 2, 1);
        foreach (var deal in deals) (await admin.Get($"opportunities/{deal}")).Is(HttpStatusCode.OK);
        (await Faults(admin, "opportunities", delete)).ShouldBe([(deals[0], "批量商机甲", "changed_since")]);
        (await admin.Post("opportunities/bulk", new { command = "addTag", tag = "x", ids = deals, reason = "x" })).IsProblem(400, "unknown_command").Naming("body.command");
    }

    [Fact]
    public async Task what_cannot_be_is_refused()
    {
        var admin = await app.As("admin");
        Guid[] ids = [await Customer(admin, "拒绝批量")];
        Task<Reply> Give(object body) => admin.Post("customers/bulk", body);
        (await Give(new { command = "burn", ids, reason = "x" })).IsProblem(400, "unknown_command").Naming("body.command");
        (await Give(new { command = "archive", ids })).IsProblem(400, "invalid").Naming("body.reason");
        (await Give(new { command = "archive", reason = "x" })).IsProblem(400, "ids_or_query");
        (await Give(new { command = "archive", ids, query = new { q = "x" }, reason = "x" })).IsProblem(400, "ids_or_query");
        (await Give(new { command = "archive", ids = Enumerable.Range(0, 501).Select(_ => Guid.CreateVersion7()), reason = "x" })).IsProblem(400, "invalid").Naming("body.ids");
        (await Give(new { command = "archive", ids, tag = "x", reason = "x" })).IsProblem(400, "unknown_field").Naming("body.tag");
        (await Give(new { command = "owner", ids, reason = "x" })).IsProblem(400, "required").Naming("body.ownerId");
        (await Give(new { command = "owner", ownerId = Guid.CreateVersion7(), ids, reason = "x" })).IsProblem(400, "unknown_user").Naming("body.ownerId");
        (await Give(new { command = "addTag", tag = new string('长', 51), ids, reason = "x" })).IsProblem(400, "invalid").Naming("body.tag");
        (await Give(new { command = "archive", query = new { filter = "nothing = 1" }, reason = "x" })).IsProblem(400, "unknown_field").Naming("body.filter");
        (await Give(new { command = "archive", query = new { filter = "name = \"没有这样的\"" }, reason = "x" })).IsProblem(409, "nothing_selected");
    }

    [Fact]
    public async Task a_role_that_is_lowered_meanwhile_ends_the_job_and_a_cancelled_one_is_taken_back()
    {
        await using var own = new CrmApp(postgres);
        await own.InitializeAsync();
        var admin = await own.As("admin");
        var view = new { right = "customers.view", scope = "all" };
        var role = (await admin.Post("roles", new { code = "tagger", name = "标签员", grants = new[] { view, new { right = "customers.change", scope = "all" } } })).Is(HttpStatusCode.Created).Id;
        var tagger = await own.Hire("m-tagger", "tagger");
        var id = await own.UserId("m-tagger");
        await ManyCustomers.RegisterAsync(own.Store, id, 600);
        await using var database = NpgsqlDataSource.Create(own.ConnectionString);
        var query = new { filter = $"ownerId = \"{id}\"" };
        // A customer of the second chunk is held, so that the job stands in its middle.
        var middle = Guid.Parse((await tagger.Get($"customers?limit=500&fields=id&filter={Uri.EscapeDataString(query.filter)}")).Column("id")[300]!);

        Guid job;
        await using (var held = await database.OpenConnectionAsync(Ct))
        {
            await using var transaction = await Hold(held, middle);
            job = (await tagger.Post("customers/bulk", new { command = "addTag", tag = "甲", query, reason = "x" })).Is(HttpStatusCode.Accepted).Id;
            await Wait.Until(database, Waiting(job));
            (await tagger.Post("customers/bulk", new { command = "addTag", tag = "乙", query, reason = "x" })).IsProblem(409, "bulk_job_running");
            await MayTag(false);
            await transaction.RollbackAsync(Ct);
        }
        var ended = await Ended(tagger, "customers", job);
        (ended["state"]!.ToString(), ended["fault"]!.ToString(), ended["done"]!.GetValue<int>()).ShouldBe(("failed", "rights_changed", 500), "the chunk that was decided already is done, the next is not begun");
        // Whoever may not any more does not take it back either, until he may again.
        (await tagger.Post($"customers/bulk/{job}/undo")).IsProblem(403, "forbidden");
        await MayTag(true);
        await Undone(tagger, "customers", job, 500, 0);

        await using (var held = await database.OpenConnectionAsync(Ct))
        {
            await using var transaction = await Hold(held, middle);
            job = (await tagger.Post("customers/bulk", new { command = "addTag", tag = "丙", query, reason = "x" })).Is(HttpStatusCode.Accepted).Id;
            await Wait.Until(database, Waiting(job));
            (await tagger.Post($"customers/bulk/{job}/undo")).IsProblem(409, "job_running");
            (await tagger.Post($"customers/bulk/{job}/cancel")).Is(HttpStatusCode.OK)["state"]!.ToString().ShouldBe("cancelled");
            await transaction.RollbackAsync(Ct);
        }
        await Undone(tagger, "customers", job, 250, 0);

        async Task MayTag(bool may) => (await admin.Patch($"roles/{role}", new { grants = may ? [view, new { right = "customers.change", scope = "all" }] : new[] { view } })).Is(HttpStatusCode.OK);

        static string Waiting(Guid job) => $"select position = 250 and exists (select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%mt_%') from http.bulk_jobs where id = '{job}'";
    }

    /// <summary>How long ten thousand records take; run by hand with <c>CRM_MEASURE=1</c>, with fewer records otherwise.</summary>
    [Fact]
    public async Task many_records_are_tagged_and_taken_back_within_a_minute()
    {
        var count = Environment.GetEnvironmentVariable("CRM_MEASURE") is null ? 1_000 : 10_000;
        await using var own = new CrmApp(postgres);
        await own.InitializeAsync();
        var admin = await own.As("admin");
        await ManyCustomers.RegisterAsync(own.Store, await own.UserId("sales"), count);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var job = (await admin.Post("customers/bulk", new { command = "addTag", tag = "批量", query = new { filter = "name = \"批量客户*\"" }, reason = "盘点" })).Is(HttpStatusCode.Accepted).Id;
        var begun = watch.Elapsed;
        (await Ended(admin, "customers", job))["done"]!.GetValue<int>().ShouldBe(count);
        var forward = watch.Elapsed;
        await Undone(admin, "customers", job, count, 0);
        var back = watch.Elapsed - forward;
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} records: begun after {begun}, tagged after {forward}, taken back in {back}");
        back.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task a_unique_value_that_went_to_another_keeps_its_record_deleted_and_says_so()
    {
        var admin = await app.As("admin");
        foreach (var target in new[] { "customers", "opportunities" })
        {
            (await admin.Post("custom-fields", new { target, key = "sealNo", type = "text", zh = "印鉴号", en = "Seal", unique = true })).Is(HttpStatusCode.Created);
            var firm = await Customer(admin, $"印鉴{target}");
            async Task<Guid> Sealed(string name, string value) => (await admin.Post(target, target == "customers"
                ? (object)new { kind = "company", name, custom = new { sealNo = value } } : new { name, customerId = firm, custom = new { sealNo = value } })).Is(HttpStatusCode.Created).Id;
            Guid[] ids = [await Sealed("印鉴甲", "Z-1"), await Sealed("印鉴乙", "Z-2")];
            var job = (await admin.Post($"{target}/bulk", new { command = "delete", ids, reason = "清理" })).Is(HttpStatusCode.Accepted).Id;
            Figures(await Ended(admin, target, job)).ShouldBe(("done", 2, 2, 0));
            await Sealed("印鉴丙", "z-1");
            await Undone(admin, target, job, 1, 1);
            (await Faults(admin, target, job)).Select(f => (f.Id, f.Code)).ShouldBe([(ids[0], "custom_value_taken")]);
            // What came back holds its value again.
            (await admin.Post(target, target == "customers" ? (object)new { kind = "company", name = "印鉴丁", custom = new { sealNo = "Z-2" } } : new { name = "印鉴丁", customerId = firm, custom = new { sealNo = "Z-2" } }))
                .IsProblem(409, "custom_value_taken");
        }
    }

    private static async Task<Guid> Customer(Api admin, string name, Guid? owner = null) =>
        (await admin.Post("customers", new { kind = "company", name, ownerId = owner }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    private static (string State, int Total, int Done, int Refused) Figures(Reply job) =>
        (job["state"]!.ToString(), job["total"]!.GetValue<int>(), job["done"]!.GetValue<int>(), job["refused"]!.GetValue<int>());

    private static async Task<IEnumerable<(Guid Id, string? Name, string Code)>> Faults(Api api, string resource, Guid job) =>
        (await api.Get($"{resource}/bulk/{job}/faults")).Is(HttpStatusCode.OK)["data"]!.AsArray().Select(f => (f!["recordId"]!.GetValue<Guid>(), f["recordName"]?.ToString(), f["code"]!.ToString()));

    private static async Task Undone(Api api, string resource, Guid job, int undone, int kept)
    {
        (await api.Post($"{resource}/bulk/{job}/undo")).Is(HttpStatusCode.Accepted);
        var shown = await Ended(api, resource, job);
        (shown["state"]!.ToString(), shown["undone"]!.GetValue<int>(), shown["kept"]!.GetValue<int>()).ShouldBe(("undone", undone, kept));
    }

    /// <summary>Waits until a job works no more.</summary>
    private static async Task<Reply> Ended(Api api, string resource, Guid job)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience);
        while (true)
        {
            var shown = (await api.Get($"{resource}/bulk/{job}")).Is(HttpStatusCode.OK);
            if (shown["state"]!.ToString() is not ("running" or "undoing")) return shown;
            await Task.Delay(20, patience.Token);
        }
    }

    private static async Task<NpgsqlTransaction> Hold(NpgsqlConnection connection, Guid stream)
    {
        var transaction = await connection.BeginTransactionAsync(Ct);
        await using var command = new NpgsqlCommand($"select 1 from events.mt_streams where id = '{stream}' for update", connection);
        await command.ExecuteNonQueryAsync(Ct);
        return transaction;
    }
}
