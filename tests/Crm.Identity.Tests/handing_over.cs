using System.Net;
using Crm.Host;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>Handing over what a leaver has, and taking it back.</summary>
[Trait("Category", "Long")]
public sealed class handing_over(CrmApp app, PostgresFixture postgres) : IClassFixture<CrmApp>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<Guid> Person(string name, string role = "sales") =>
        (await (await app.As("admin")).Post("users", new { userName = name, displayName = name, roles = new[] { role } })).Is(HttpStatusCode.Created).Id;

    /// <summary>Waits until a job is in one of these states.</summary>
    private static async Task<Reply> Ended(Api admin, Guid user, Guid job, params string[] states)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience);
        while (true)
        {
            var shown = (await admin.Get($"users/{user}/hand-overs/{job}")).Is(HttpStatusCode.OK);
            if (states.Contains(shown["state"]!.ToString())) return shown;
            await Task.Delay(20, patience.Token);
        }
    }

    [Fact]
    public async Task everything_goes_to_others_and_comes_back_in_one_step()
    {
        var admin = await app.As("admin");
        var (leaver, heir, agent) = (await Person("h-leaver", "manager"), await Person("h-heir"), await Person("h-agent", "service"));
        var customers = new List<Guid>();
        for (var i = 0; i < 4; i++) customers.Add((await admin.Post("customers", new { kind = "company", name = $"交接客户{i}", ownerId = leaver }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id);
        (await admin.Post($"customers/{customers[3]}/next-follow-up", new { at = DateTimeOffset.UtcNow.AddDays(5), goal = "归档前约好的", ownerId = leaver })).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{customers[3]}/archive")).Is(HttpStatusCode.OK);
        var deal = (await admin.Post("opportunities", new { name = "交接商机", customerId = customers[0], ownerId = leaver })).Is(HttpStatusCode.Created).Id;
        var (open, closed) = (await Ticket("交接工单"), await Ticket("已解决工单"));
        (await admin.Post($"tickets/{closed}/resolve", new { text = "好了" })).Is(HttpStatusCode.OK);
        var team = (await admin.Post("teams", new { name = "交接团队" })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"teams/{team}/members", new { userId = leaver, leads = true })).Is(HttpStatusCode.OK);

        var others = (await admin.Post("customers", new { kind = "company", name = "别人的客户", ownerId = agent })).Is(HttpStatusCode.Created).Id;
        foreach (var planned in new[] { customers[0], others }) (await admin.Post($"customers/{planned}/next-follow-up", new { at = DateTimeOffset.UtcNow.AddDays(3), goal = "回访", ownerId = leaver })).Is(HttpStatusCode.OK);
        var task = (await admin.Post("tasks", new { title = "交接任务", assigneeId = leaver })).Is(HttpStatusCode.Created).Id;

        var preview = (await admin.Get($"users/{leaver}/hand-over")).Is(HttpStatusCode.OK);
        preview["parts"]!.AsArray().ToDictionary(p => p!["resource"]!.ToString(), p => p!["count"]!.GetValue<int>())
            .ShouldBe(new Dictionary<string, int> { ["customers"] = 4, ["plans"] = 3, ["opportunities"] = 1, ["tickets"] = 1, ["tasks"] = 1, ["teams"] = 1 }, ignoreOrder: true);

        var started = (await admin.Post($"users/{leaver}/hand-over", new { toUserId = heir, recipients = new { tickets = agent }, deactivate = true, reason = "离职" })).Is(HttpStatusCode.Accepted);
        var job = started.Id;
        var done = await Ended(admin, leaver, job, "done", "failed");
        (done["state"]!.ToString(), done["total"]!.GetValue<int>(), done["done"]!.GetValue<int>(), done["refused"]!.GetValue<int>()).ShouldBe(("done", 12, 11, 1));
        done["progress"]!.GetValue<double>().ShouldBe(1);
        foreach (var customer in customers[..3]) (await admin.Get($"customers/{customer}"))["ownerId"]!.GetValue<Guid>().ShouldBe(heir);
        (await admin.Get($"opportunities/{deal}"))["ownerId"]!.GetValue<Guid>().ShouldBe(heir);
        (await admin.Get($"tickets/{open}"))["assigneeId"]!.GetValue<Guid>().ShouldBe(agent);
        (await admin.Get($"tickets/{closed}"))["assigneeId"]!.GetValue<Guid>().ShouldBe(leaver, "what is closed stays with who worked on it");
        // The plan of the archived customer as well, although the customer itself stays where it is.
        foreach (var planned in new[] { customers[0], customers[3], others }) (await admin.Get($"customers/{planned}"))["nextFollowUpOwnerId"]!.GetValue<Guid>().ShouldBe(heir);
        (await admin.Get($"tasks/{task}"))["assigneeId"]!.GetValue<Guid>().ShouldBe(heir);
        (await Members()).ShouldBe([(heir, true)]);
        (await admin.Get($"users/{leaver}"))["active"]!.GetValue<bool>().ShouldBeFalse();
        var fault = (await admin.Get($"users/{leaver}/hand-overs/{job}/faults", ("Accept-Language", "en")))["data"]!.AsArray().Single()!;
        (fault["resource"]!.ToString(), fault["recordId"]!.GetValue<Guid>(), fault["recordName"]!.ToString(), fault["code"]!.ToString()).ShouldBe(("customers", customers[3], "交接客户3", "archived"));
        var entry = (await admin.Get($"customers/{customers[0]}/history"))["data"]!.AsArray()[0]!;
        (entry["correlationId"]!.ToString(), entry["source"]!.ToString(), entry["reason"]!.ToString()).ShouldBe((job.ToString(), $"bulk:{job}", "离职"));
        entry["actorId"]!.ToString().ShouldBe((await app.UserId("admin")).ToString());

        // Meanwhile somebody else gave one away, one was archived, and one of them was deleted.
        (await admin.Post($"customers/{customers[1]}/owner", new { ownerId = agent })).Is(HttpStatusCode.OK);
        (await admin.Delete($"customers/{customers[2]}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await admin.Post($"users/{leaver}/hand-overs/{job}/undo")).Is(HttpStatusCode.Accepted)["state"]!.ToString().ShouldBe("undoing");
        var undone = await Ended(admin, leaver, job, "undone", "failed");
        (undone["state"]!.ToString(), undone["undone"]!.GetValue<int>(), undone["kept"]!.GetValue<int>()).ShouldBe(("undone", 9, 2));
        (await admin.Get($"customers/{customers[0]}"))["ownerId"]!.GetValue<Guid>().ShouldBe(leaver);
        (await admin.Get($"customers/{customers[1]}"))["ownerId"]!.GetValue<Guid>().ShouldBe(agent);
        (await admin.Get($"opportunities/{deal}"))["ownerId"]!.GetValue<Guid>().ShouldBe(leaver);
        (await admin.Get($"tickets/{open}"))["assigneeId"]!.GetValue<Guid>().ShouldBe(leaver);
        foreach (var planned in new[] { customers[0], customers[3], others }) (await admin.Get($"customers/{planned}"))["nextFollowUpOwnerId"]!.GetValue<Guid>().ShouldBe(leaver);
        (await admin.Get($"tasks/{task}"))["assigneeId"]!.GetValue<Guid>().ShouldBe(leaver);
        (await Members()).ShouldBe([(leaver, true)]);
        (await admin.Get($"users/{leaver}"))["active"]!.GetValue<bool>().ShouldBeTrue();
        (await admin.Get($"users/{leaver}/hand-overs/{job}/faults"))["data"]!.AsArray().Select(f => f!["code"]!.ToString()).ShouldBe(["changed_since", "gone", "archived"]);
        (await admin.Post($"users/{leaver}/hand-overs/{job}/undo")).IsProblem(409, "job_undone");
        (await admin.Post($"users/{leaver}/hand-overs/{job}/cancel")).IsProblem(409, "job_finished");
        (await admin.Get($"users/{leaver}/hand-overs"))["data"]!.AsArray().Single()!["id"]!.GetValue<Guid>().ShouldBe(job);
        (await admin.Get($"users/{heir}/hand-overs/{job}")).IsProblem(404, "not_found");

        async Task<Guid> Ticket(string subject) => (await admin.Post("tickets", new { subject, assigneeId = leaver })).Is(HttpStatusCode.Created).Id;

        async Task<IEnumerable<(Guid, bool)>> Members() => (await admin.Get($"teams/{team}"))["members"]!.AsArray().Select(m => (m!["userId"]!.GetValue<Guid>(), m["leads"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task what_cannot_be_is_refused()
    {
        var admin = await app.As("admin");
        var (leaver, heir, gone) = (await Person("r-leaver"), await Person("r-heir"), await Person("r-gone"));
        (await admin.Patch($"users/{gone}", new { active = false })).Is(HttpStatusCode.OK);
        string Path(Guid user) => $"users/{user}/hand-over";
        (await admin.Post(Path(leaver), new { toUserId = heir, reason = "x" })).IsProblem(409, "nothing_to_hand_over");
        (await admin.Post("customers", new { kind = "company", name = "拒绝交接", ownerId = leaver }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        (await admin.Post(Path(leaver), new { toUserId = leaver, reason = "x" })).IsProblem(400, "same_user").Naming("body.toUserId");
        (await admin.Post(Path(leaver), new { toUserId = gone, reason = "x" })).IsProblem(400, "unknown_user").Naming("body.toUserId");
        (await admin.Post(Path(leaver), new { toUserId = heir, recipients = new { tickets = gone }, reason = "x" })).IsProblem(400, "unknown_user").Naming("body.recipients.tickets");
        (await admin.Post(Path(leaver), new { toUserId = heir, recipients = new { products = heir }, reason = "x" })).IsProblem(400, "invalid");
        (await admin.Post(Path(leaver), new { toUserId = heir })).IsProblem(400, "invalid").Naming("body.reason");
        (await admin.Post(Path(await app.UserId("admin")), new { toUserId = heir, deactivate = true, reason = "x" })).IsProblem(409, "own_account");
        (await admin.Post(Path(Guid.CreateVersion7()), new { toUserId = heir, reason = "x" })).IsProblem(404, "not_found");
        (await admin.Get(Path(Guid.CreateVersion7()))).IsProblem(404, "not_found");
        (await (await app.As("manager")).Post(Path(leaver), new { toUserId = heir, reason = "x" })).IsProblem(403, "forbidden");
        // users.change alone is not enough: it takes the right to give away everybody's records.
        (await admin.Post("roles", new { code = "hr", name = "人事", grants = new object[] { new { right = "users.view", scope = "all" }, new { right = "users.change", scope = "all" } } })).Is(HttpStatusCode.Created);
        (await (await app.Hire("r-hr", "hr")).Post(Path(leaver), new { toUserId = heir, reason = "x" })).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task a_host_that_dies_in_the_middle_is_followed_by_one_that_goes_on_and_nothing_is_done_twice()
    {
        await using var first = new CrmApp(postgres);
        await first.InitializeAsync();
        var admin = await first.As("admin");
        var (leaver, heir) = (await first.UserId("sales"), await first.UserId("manager"));
        var customers = await ManyCustomers.RegisterAsync(first.Store, leaver, 600);
        await using var database = NpgsqlDataSource.Create(first.ConnectionString);
        Guid job;
        // The stream of a customer of the second chunk is held, so that the job stands in its middle when the host goes.
        await using (var held = await database.OpenConnectionAsync(Ct))
        {
            await using var transaction = await held.BeginTransactionAsync(Ct);
            await using (var command = new NpgsqlCommand($"select 1 from events.mt_streams where id = '{customers[300]}' for update", held)) await command.ExecuteNonQueryAsync(Ct);
            job = (await admin.Post($"users/{leaver}/hand-over", new { toUserId = heir, reason = "离职" })).Is(HttpStatusCode.Accepted).Id;
            await Wait.Until(database, $"select position >= 250 from http.bulk_jobs where id = '{job}'");
            await Wait.Until(database, "select exists (select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%mt_%')");
            (await Moved(database)).ShouldBe(250);
            await first.DisposeAsync();
        }
        (await Moved(database)).ShouldBe(250, "what was not saved is not there");
        await using var second = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={first.ConnectionString}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=Warning"]);
        await second.App.StartAsync(Ct);
        await Wait.Until(database, $"select state = 'done' from http.bulk_jobs where id = '{job}'");
        (await Moved(database)).ShouldBe(600);
        await using (var command = database.CreateCommand("select count(distinct stream_id) from events.mt_events where type = 'customer_owner_changed'")) (await command.ExecuteScalarAsync(Ct)).ShouldBe(600L);
        await using (var command = database.CreateCommand($"select done, refused from http.bulk_jobs where id = '{job}'"))
        {
            await using var row = await command.ExecuteReaderAsync(Ct);
            await row.ReadAsync(Ct);
            (row.GetInt32(0), row.GetInt32(1)).ShouldBe((600, 0));
        }
        await second.App.StopAsync(Ct);
    }

    [Fact]
    public async Task a_job_is_broken_off_and_what_it_did_is_taken_back()
    {
        await using var own = new CrmApp(postgres);
        await own.InitializeAsync();
        var admin = await own.As("admin");
        var (leaver, heir) = (await own.UserId("sales"), await own.UserId("manager"));
        var customers = await ManyCustomers.RegisterAsync(own.Store, leaver, 400);
        await using var database = NpgsqlDataSource.Create(own.ConnectionString);
        await using var held = await database.OpenConnectionAsync(Ct);
        await using var transaction = await held.BeginTransactionAsync(Ct);
        await using (var command = new NpgsqlCommand($"select 1 from events.mt_streams where id = '{customers[300]}' for update", held)) await command.ExecuteNonQueryAsync(Ct);
        var job = (await admin.Post($"users/{leaver}/hand-over", new { toUserId = heir, reason = "离职" })).Is(HttpStatusCode.Accepted).Id;
        await Wait.Until(database, $"select position >= 250 from http.bulk_jobs where id = '{job}'");
        (await admin.Post($"users/{leaver}/hand-over", new { toUserId = heir, reason = "离职" })).IsProblem(409, "bulk_job_running");
        (await admin.Post($"users/{leaver}/hand-overs/{job}/undo")).IsProblem(409, "job_running");
        (await admin.Post($"users/{leaver}/hand-overs/{job}/cancel")).Is(HttpStatusCode.OK)["state"]!.ToString().ShouldBe("cancelled");
        await transaction.RollbackAsync(Ct);
        (await admin.Post($"users/{leaver}/hand-overs/{job}/undo")).Is(HttpStatusCode.Accepted);
        var undone = await Ended(admin, leaver, job, "undone", "failed");
        (undone["done"]!.GetValue<int>(), undone["undone"]!.GetValue<int>(), undone["kept"]!.GetValue<int>()).ShouldBe((250, 250, 0));
        (await admin.Get($"customers?limit=1&count=exact&filter={Uri.EscapeDataString($"ownerId = \"{leaver}\"")}"))["count"]!.GetValue<int>().ShouldBe(400);
    }

    /// <summary>How long ten thousand records take; run by hand with <c>CRM_MEASURE=1</c>, with fewer records otherwise.</summary>
    [Fact]
    public async Task many_records_are_given_and_taken_back_within_a_minute()
    {
        var count = Environment.GetEnvironmentVariable("CRM_MEASURE") is null ? 1_000 : 10_000;
        await using var own = new CrmApp(postgres);
        await own.InitializeAsync();
        var admin = await own.As("admin");
        var (leaver, heir) = (await own.UserId("sales"), await own.UserId("manager"));
        await ManyCustomers.RegisterAsync(own.Store, leaver, count);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var job = (await admin.Post($"users/{leaver}/hand-over", new { toUserId = heir, reason = "离职" })).Is(HttpStatusCode.Accepted).Id;
        var begun = watch.Elapsed;
        (await Ended(admin, leaver, job, "done", "failed"))["done"]!.GetValue<int>().ShouldBe(count);
        var forward = watch.Elapsed;
        (await admin.Post($"users/{leaver}/hand-overs/{job}/undo")).Is(HttpStatusCode.Accepted);
        (await Ended(admin, leaver, job, "undone", "failed"))["undone"]!.GetValue<int>().ShouldBe(count);
        var back = watch.Elapsed - forward;
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} records: begun after {begun}, given after {forward}, taken back in {back}");
        back.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    private static async Task<long> Moved(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select count(*) from events.mt_events where type = 'customer_owner_changed'");
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }
}
