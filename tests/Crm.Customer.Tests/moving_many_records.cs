using System.Net;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Merging a customer with hundreds of records: the request answers at once, the rest follows in sight of everybody, on whatever host runs.</summary>
public sealed class moving_many_records(PostgresFixture postgres)
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task tells_how_many_of_how_many_and_goes_on_after_a_host_that_died()
    {
        await using var first = new CrmApp(postgres);
        await first.InitializeAsync();
        var admin = await first.As("admin");
        var (target, source) = (await Customer("搬家的目标"), await Customer("搬家的来源"));
        var deals = await Many(260, i => admin.Post("opportunities", new { name = $"搬家商机{i}", customerId = source }));
        await Many(240, i => admin.Post("tickets", new { subject = $"搬家工单{i}", customerId = source }));
        await first.Settled();
        await using var database = NpgsqlDataSource.Create(first.ConnectionString);
        Guid merge;
        // One of the last is held, so that the rest cannot go before the host does.
        await using (var held = await database.OpenConnectionAsync(Ct))
        {
            await using var transaction = await held.BeginTransactionAsync(Ct);
            await using (var command = new NpgsqlCommand($"select 1 from events.mt_streams where id = '{deals.Order().Last()}' for update", held)) await command.ExecuteNonQueryAsync(Ct);
            var merged = (await admin.Post($"customers/{target}/merge", new { sourceId = source })).Is(HttpStatusCode.OK);
            merge = merged["mergeId"]!.GetValue<Guid>();
            (merged["moved"]!["opportunities"]!.GetValue<int>(), merged["moved"]!["tickets"]!.GetValue<int>()).ShouldBe((200, 200));
            await Wait.Until(database, "select exists (select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%mt_%')");
            var move = (await admin.Get($"customers/{target}")).Is(HttpStatusCode.OK)["recordMoves"]!.AsArray().ShouldHaveSingleItem()!;
            (move["mergeId"]!.GetValue<Guid>(), move["isBack"]!.GetValue<bool>(), move["moved"]!.GetValue<int>(), move["total"]!.GetValue<int>()).ShouldBe((merge, false, 400, 500));
            await first.DisposeAsync();
        }
        (await At(source)).ShouldBe(100);
        await using var second = new CrmApp(postgres) { Existing = first.ConnectionString };
        await second.InitializeAsync();
        admin = await second.As("admin");
        await Moved(target, source, 500);
        // And back, the same way.
        (await admin.Post($"customers/{target}/unmerge", new { mergeId = merge })).Is(HttpStatusCode.OK)["moved"]!["tickets"]!.GetValue<int>().ShouldBe(200);
        await Moved(source, target, 500);

        async Task Moved(Guid to, Guid from, int count)
        {
            await Wait.Until(database, "select not exists (select from customer.record_moves)");
            await second.Settled();
            ((await At(to)), (await At(from))).ShouldBe((count, 0));
            (await admin.Get($"customers/{target}"))["recordMoves"].ShouldBeNull();
        }

        async Task<int> At(Guid customer)
        {
            await using var command = database.CreateCommand(
                $"select (select count(*) from pipeline.opportunities where customer_id = '{customer}')::int + (select count(*) from service.tickets where doc->>'customerId' = '{customer}')::int");
            return (int)(await command.ExecuteScalarAsync(Ct))!;
        }

        async Task<Guid> Customer(string name) => (await admin.Post("customers", new { kind = "company", name }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

        static async Task<IReadOnlyList<Guid>> Many(int count, Func<int, Task<Reply>> make)
        {
            var made = new List<Guid>();
            foreach (var some in Enumerable.Range(0, count).Chunk(10))
                made.AddRange((await Task.WhenAll(some.Select(make))).Select(r => r.Is(HttpStatusCode.Created).Id));
            return made;
        }
    }
}
