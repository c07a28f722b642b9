using System.Net;
using Crm.Contracts;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Tasks: repeating, linked, handed on, erased (S050).</summary>
public sealed class tasks_of_people(CrmApp app) : Spec, IClassFixture<CrmApp>
{
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");
    private static readonly TaskCreated Plain = new() { Title = "寄样品", Priority = TaskPriority.Normal };

    private static TaskCreated Repeating(TaskFrequency frequency, DateOnly due, int interval = 1, DateOnly? until = null) => Plain with { DueDate = due, DueAt = TaskItem.Due(due, null, Zone), Repeat = new TaskRepeat(frequency, interval, until) };

    [Fact]
    public void a_day_ends_in_the_zone_of_the_organisation()
    {
        TaskItem.Due(new DateOnly(2026, 3, 20), null, Zone).ShouldBe(new DateTimeOffset(2026, 3, 20, 16, 0, 0, TimeSpan.Zero));
        TaskItem.Due(new DateOnly(2026, 3, 20), "09:30", Zone).ShouldBe(new DateTimeOffset(2026, 3, 20, 1, 30, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(TaskFrequency.Daily, 1, "2026-03-10", "2026-03-16", "2026-03-17")]
    [InlineData(TaskFrequency.Daily, 1, "2026-03-18", "2026-03-16", "2026-03-19")]
    [InlineData(TaskFrequency.Weekly, 2, "2026-03-02", "2026-03-16", "2026-03-30")]
    [InlineData(TaskFrequency.Monthly, 1, "2026-01-31", "2026-02-10", "2026-02-28")]
    [InlineData(TaskFrequency.Monthly, 1, "2026-01-31", "2026-03-01", "2026-03-31")]
    [InlineData(TaskFrequency.Monthly, 3, "2026-01-31", "2026-01-20", "2026-04-30")]
    public void comes_back_on_the_first_of_its_days_that_lies_ahead(TaskFrequency frequency, int interval, string due, string today, string next) =>
        State<TaskItem>(Repeating(frequency, DateOnly.Parse(due, null), interval))!.NextDay(DateOnly.Parse(today, null)).ShouldBe(DateOnly.Parse(next, null));

    [Fact]
    public void the_days_of_any_repetition_are_those_of_a_plain_walk()
    {
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            var (frequency, interval) = ((TaskFrequency)random.Next(3), random.Next(1, 5));
            var due = new DateOnly(2026, 1, 1).AddDays(random.Next(400));
            var today = new DateOnly(2026, 1, 1).AddDays(random.Next(800));
            var walked = Enumerable.Range(0, 2000).Select(n => frequency switch { TaskFrequency.Daily => due.AddDays(n * interval), TaskFrequency.Weekly => due.AddDays(7 * n * interval), _ => due.AddMonths(n * interval) })
                .First(day => day > due && day > today);
            State<TaskItem>(Repeating(frequency, due, interval))!.NextDay(today).ShouldBe(walked, $"{frequency} {interval} {due} {today}");
        }
    }

    [Fact]
    public void ends_with_its_last_day() => State<TaskItem>(Repeating(TaskFrequency.Weekly, new DateOnly(2026, 3, 16), until: new DateOnly(2026, 3, 22)))!.NextDay(Now.Day).ShouldBeNull();

    [Fact]
    public void is_done_once_a_day_however_often_somebody_clicks()
    {
        var due = Now.Day;
        var created = Repeating(TaskFrequency.Daily, due);
        var done = new TaskCompleted("寄样品", null, due, due.AddDays(1), TaskItem.Due(due.AddDays(1), null, Zone));
        Given<TaskItem>(created).When(t => CompleteTaskFeature.Decide(new CompleteTask(due), t, Zone, Now)).Then(done);
        Given<TaskItem>(created, done).When(t => CompleteTaskFeature.Decide(new CompleteTask(due), t, Zone, Now)).ThenNothing();
        Given<TaskItem>(created, done).When(t => CompleteTaskFeature.Decide(new CompleteTask(due.AddDays(1)), t, Zone, Now)).Then(new TaskCompleted("寄样品", null, due.AddDays(1), due.AddDays(2), TaskItem.Due(due.AddDays(2), null, Zone)));
        Given<TaskItem>(Plain, new TaskCompleted("寄样品", null, null, null, null)).When(t => CompleteTaskFeature.Decide(new CompleteTask(), t, Zone, Now)).ThenNothing();
        Given<TaskItem>(Plain, new TaskCancelled()).When(t => CompleteTaskFeature.Decide(new CompleteTask(), t, Zone, Now)).Rejects("task_not_open");
    }

    [Fact]
    public void what_is_sent_changes_and_nothing_else()
    {
        var created = Plain with { DueDate = Now.Day, DueTime = "09:00", DueAt = TaskItem.Due(Now.Day, "09:00", Zone), Description = "三份" };
        Given<TaskItem>(created).When(t => ChangeTaskFeature.Decide(new ChangeTask(null, null, Now.Day.AddDays(1), null, null, null, null), t, Zone, Now))
            .Then(new TaskChanged { DueDate = Now.Day.AddDays(1), DueAt = TaskItem.Due(Now.Day.AddDays(1), "09:00", Zone) });
        Given<TaskItem>(created).When(t => ChangeTaskFeature.Decide(new ChangeTask("寄样品", "三份", Now.Day, "09:00", TaskPriority.Normal, null, null), t, Zone, Now)).ThenNothing();
        State<TaskItem>(created, new TaskChanged { Cleared = ["dueDate", "dueTime"] })!.DueAt.ShouldBeNull();
        Given<TaskItem>(Plain).When(t => ChangeTaskFeature.Decide(new ChangeTask(null, null, null, null, null, new TaskRepeat(TaskFrequency.Daily, 1, null), null), t, Zone, Now)).Rejects("due_date_required");
    }

    [Fact]
    public async Task a_task_is_made_listed_done_and_made_again()
    {
        var sales = await app.As("sales");
        var customer = (await sales.Post("customers", new { kind = "company", name = "任务客户" })).Id;
        (await sales.Post("tasks", new { title = " " })).IsProblem(400, "invalid").Naming("body.title");
        (await sales.Post("tasks", new { title = "x", dueTime = "25:00" })).IsProblem(400, "invalid").Naming("body.dueTime");
        var created = (await sales.Post("tasks", new { title = "寄合同", dueDate = "2026-03-20", dueTime = "09:30", priority = "high", customerId = customer, checklist = new[] { new { text = "盖章", done = false } } })).Is(HttpStatusCode.Created);
        (created["assigneeId"]!.GetValue<Guid>(), created["customerName"]!.ToString(), created["status"]!.ToString()).ShouldBe((await app.UserId("sales"), "任务客户", "open"));
        (await sales.Get($"tasks?filter=customerId=\"{customer}\" AND dueAt<now&sort=dueAt")).Is(HttpStatusCode.OK).Column("title").ShouldBe(["寄合同"]);
        (await sales.Patch($"tasks/{created.Id}", new { checklist = new[] { new { text = "盖章", done = true } } })).Is(HttpStatusCode.OK)["checklist"]![0]!["done"]!.GetValue<bool>().ShouldBeTrue();
        (await sales.Post($"tasks/{created.Id}/complete", new { })).Is(HttpStatusCode.OK)["status"]!.ToString().ShouldBe("done");
        (await sales.Get($"tasks?filter=customerId=\"{customer}\" AND status=open")).Column("title").ShouldBeEmpty();
        (await sales.Post($"tasks/{created.Id}/reopen", new { })).Is(HttpStatusCode.OK)["status"]!.ToString().ShouldBe("open");
        (await sales.Get($"tasks/{created.Id}/history")).Is(HttpStatusCode.OK).Json["data"]!.AsArray().Count.ShouldBe(4);
        await app.Settled();
        (await sales.Get($"customers/{customer}/timeline?kind=task"))["data"]!.AsArray().Select(i => i!["type"]!.ToString()).ShouldBe(["task_completed", "task_created"]);
        (await sales.Delete($"tasks/{created.Id}")).Is(HttpStatusCode.NoContent);
        (await sales.Get($"tasks/{created.Id}")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task who_may_not_see_the_record_makes_no_task_about_it_and_does_not_see_those_of_others()
    {
        var (own, other, admin) = (await app.Hire("task-own", "sales"), await app.Hire("task-other", "sales"), await app.As("admin"));
        var customer = (await own.Post("customers", new { kind = "company", name = "谁的客户", ownerId = await app.UserId("task-own") })).Id;
        (await other.Post("tasks", new { title = "x", customerId = customer })).IsProblem(400, "not_found").Naming("body.customerId");
        var task = (await own.Post("tasks", new { title = "只有我", customerId = customer })).Is(HttpStatusCode.Created).Id;
        (await other.Get($"tasks/{task}")).IsProblem(404, "not_found");
        (await other.Get("tasks")).Column("title").ShouldNotContain("只有我");
        (await other.Post($"tasks/{task}/complete", new { })).IsProblem(404, "not_found");
        (await own.Post($"tasks/{task}/assign", new { assigneeId = await app.UserId("task-other") })).Is(HttpStatusCode.OK);
        (await other.Get($"tasks/{task}")).Is(HttpStatusCode.OK);
        // A task an administrator makes for a colleague about a customer is also the customer's owner's to see.
        var given = (await admin.Post("tasks", new { title = "代办", customerId = customer, assigneeId = await app.UserId("task-other") })).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        (await own.Get($"tasks/{given}")).Is(HttpStatusCode.OK);
        (await own.Get("tasks")).Column("title").ShouldContain("代办");
    }

    [Fact]
    public async Task are_those_of_an_opportunity_or_a_ticket()
    {
        var sales = await app.As("sales");
        var customer = (await sales.Post("customers", new { kind = "company", name = "任务在记录上" })).Id;
        var opportunity = (await sales.Post("opportunities", new { name = "设备更新", customerId = customer })).Is(HttpStatusCode.Created).Id;
        (await sales.Post("tasks", new { title = "算报价", opportunityId = opportunity, dueDate = "2026-03-20" })).Is(HttpStatusCode.Created)["customerId"]!.GetValue<Guid>().ShouldBe(customer);
        (await sales.Post("tasks", new { title = "别的", customerId = customer })).Is(HttpStatusCode.Created);
        (await sales.Get($"tasks?filter=opportunityId=\"{opportunity}\" AND status=open")).Is(HttpStatusCode.OK).Column("title").ShouldBe(["算报价"]);
        (await sales.Get($"tasks?filter=customerId=\"{customer}\"")).Column("title").ShouldBe(["算报价", "别的"], ignoreOrder: true);
    }

    [Fact]
    public async Task people_are_told_of_what_others_give_them()
    {
        var (admin, anna) = (await app.As("admin"), await app.Hire("given-anna", "sales", "service"));
        var (annaId, bobId) = (await app.UserId("given-anna"), (await app.Hire("given-bob", "sales"), await app.UserId("given-bob")).Item2);
        var customer = (await admin.Post("customers", new { kind = "company", name = "交给安娜", ownerId = annaId })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"customers/{customer}/next-follow-up", new { at = DateTimeOffset.UtcNow.AddDays(2), goal = "回访", ownerId = annaId })).Is(HttpStatusCode.OK);
        (await admin.Post("tasks", new { title = "给安娜的任务", assigneeId = annaId, customerId = customer })).Is(HttpStatusCode.Created);
        var opportunity = (await admin.Post("opportunities", new { name = "给安娜的商机", customerId = customer, ownerId = annaId })).Is(HttpStatusCode.Created).Id;
        (await admin.Post("tickets", new { subject = "给安娜的工单", customerId = customer, assigneeId = annaId })).Is(HttpStatusCode.Created);
        // What she makes or takes herself is nothing to be told of.
        (await anna.Post("tasks", new { title = "自己的" })).Is(HttpStatusCode.Created);
        (await anna.Post("customers", new { kind = "company", name = "自己的客户" })).Is(HttpStatusCode.Created);
        await app.Settled();
        var told = (await anna.Get("notifications?sort=createdAt")).Is(HttpStatusCode.OK).Json["data"]!.AsArray();
        told.Select(n => (n!["kind"]!.ToString(), n["resource"]!.ToString(), n["count"]!.GetValue<int>()))
            .ShouldBe([("assigned", "customers", 1), ("assigned", "plans", 1), ("assigned", "tasks", 1), ("assigned", "opportunities", 1), ("assigned", "tickets", 1)]);
        told.ShouldAllBe(n => n!["byName"] != null && n["customerName"]!.ToString() == "交给安娜");
        (told[2]!["taskTitle"]!.ToString(), told[3]!["recordId"]!.GetValue<Guid>()).ShouldBe(("给安娜的任务", opportunity));
        (await admin.Get("notifications")).Column("kind").ShouldNotContain("assigned");

        // A job that gives many tells it once.
        var many = new List<Guid>();
        for (var i = 0; i < 3; i++) many.Add((await admin.Post("customers", new { kind = "company", name = $"成批客户{i}" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id);
        (await admin.Post("customers/bulk", new { command = "owner", ownerId = bobId, ids = many, reason = "分配" })).Is(HttpStatusCode.Accepted);
        var bob = await app.As("given-bob");
        using var patience = new CancellationTokenSource(Patience.Limit);
        while ((await bob.Get("customers?count=exact"))["count"]!.GetValue<int>() < 3) await Task.Delay(20, patience.Token);
        await app.Settled();
        var once = (await bob.Get("notifications")).Json["data"]!.AsArray().ShouldHaveSingleItem()!;
        (once["resource"]!.ToString(), once["count"]!.GetValue<int>(), once["recordId"], once["customerName"]).ShouldBe(("customers", 3, null, null));
        (await bob.Get("notifications/unread"))["unread"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task what_it_said_goes_with_the_customer()
    {
        var admin = await app.As("admin");
        var customer = (await admin.Post("customers", new { kind = "person", name = "要删除的人" })).Id;
        var task = (await admin.Post("tasks", new { title = "给王先生回电", description = "谈病情", customerId = customer })).Id;
        (await admin.Post($"customers/{customer}/erase", new { reason = "request" })).Is(HttpStatusCode.OK);
        await app.Settled();
        var shown = (await admin.Get($"tasks/{task}")).Is(HttpStatusCode.OK);
        shown.Text.ShouldNotContain("王先生");
        shown["description"].ShouldBeNull();
        (await admin.Get($"tasks?filter=customerId=\"{customer}\"")).Text.ShouldNotContain("王先生");
        (await admin.Get($"customers/{customer}/timeline")).Text.ShouldNotContain("王先生");
        (await admin.Get($"tasks/{task}/history")).Text.ShouldNotContain("谈病情");
    }
}
