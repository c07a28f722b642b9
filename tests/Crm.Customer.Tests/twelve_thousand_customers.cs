using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>What is asked of more customers than a page, a chunk or a part holds.</summary>
[Trait("Category", "Long")]
public sealed class twelve_thousand_customers(CrmApp app) : IClassFixture<CrmApp>, IAsyncLifetime
{
    private const int Count = 12_000;
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private IReadOnlyList<Guid> customers = [];

    public async ValueTask InitializeAsync() => customers = await ManyCustomers.RegisterAsync(app.Store, await app.UserId("manager"), Count);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task are_settled_in_a_segment_and_worked_out_for_a_rule_in_sight_of_everybody()
    {
        var admin = await app.As("admin");
        var segment = (await admin.Post("segments", new { name = "一万二", filter = $"ownerId = \"{await app.UserId("manager")}\"" })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"segments/{segment}/freeze", new { })).Is(HttpStatusCode.OK)["frozenCount"]!.GetValue<int>().ShouldBe(Count);
        await app.Settled();
        var members = $"customers?limit=1&count=exact&filter={Uri.EscapeDataString($"segment = \"{segment}\"")}";
        (await admin.Get(members)).Is(HttpStatusCode.OK)["count"]!.GetValue<int>().ShouldBe(Count);
        // Whoever does not meet the filter any more is still in it.
        (await admin.Patch($"customers/{customers[^1]}", """{"ownerId":null}""")).Is(HttpStatusCode.OK);
        await app.Settled();
        (await admin.Get(members)).Is(HttpStatusCode.OK)["count"]!.GetValue<int>().ShouldBe(Count);

        var tag = (await admin.Post("tags", new { name = "潜在的", dimension = "status", color = "blue", conditions = new[] { new { kind = "lifecycle", values = new[] { "potential" } } } })).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        (await Having("潜在的")).ShouldBe(Count);
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        await using (var held = await database.OpenConnectionAsync(Ct))
        {
            // A customer of the last of three parts is held.
            await using var transaction = await held.BeginTransactionAsync(Ct);
            await using (var command = new NpgsqlCommand($"select 1 from customer.tag_periods where tag = '潜在的' and customer_id = '{customers[Count - 500]}' for update", held)) await command.ExecuteNonQueryAsync(Ct);
            (await admin.Patch($"tags/{tag}", new { conditions = new object[] { new { kind = "lifecycle", values = new[] { "potential", "lost" } } } })).Is(HttpStatusCode.OK)["computing"]!.GetValue<bool>().ShouldBeTrue("the command does not wait for it");
            JsonNode? work = null;
            await Wait.Until(async () => (work = (await admin.Get($"tags/{tag}")).Json)["customersDone"]?.GetValue<int>() == 10_000);
            (work!["computing"]!.GetValue<bool>(), work["customersTotal"]!.GetValue<int>(), work["remainingSeconds"]!.GetValue<int>() >= 0).ShouldBe((true, Count, true));
            var listed = (await admin.Get("tags?limit=500"))["data"]!.AsArray().Single(t => t!["id"]!.GetValue<Guid>() == tag)!;
            // The list's own row follows the log by itself; once it is there, it says the same.
            await Wait.Until(async () => (listed = (await admin.Get("tags?limit=500"))["data"]!.AsArray().Single(t => t!["id"]!.GetValue<Guid>() == tag)!)["computing"]!.GetValue<bool>());
            listed["customersDone"]!.GetValue<int>().ShouldBe(10_000);
        }
        await app.Settled();
        var done = (await admin.Get($"tags/{tag}")).Is(HttpStatusCode.OK);
        (done["computing"]!.GetValue<bool>(), done["customersDone"]).ShouldBe((false, null));
        (await Having("潜在的")).ShouldBe(Count);

        async Task<int> Having(string name) => (await admin.Get($"customers?limit=1&count=exact&filter={Uri.EscapeDataString($"tags:\"{name}\"")}")).Is(HttpStatusCode.OK)["count"]!.GetValue<int>();
    }
}
