using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

/// <summary>A database whose events were written in plain, by a version that knew no keys: afterwards it says the same and shows nothing.</summary>
public sealed class encrypting_an_older_log(PostgresFixture postgres)
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    /// <summary>What is nowhere in plain afterwards, and what documents show as names and words of business until it is erased.</summary>
    private static readonly string[] Secrets = ["13822260001", "cao@cao.example", "东临碣石", "13822260002", "1970-03-04", "望梅止渴", "赤壁之后"];
    private static readonly string[] Names = ["曹孟德", "曹子建", "铜雀台前", "老骥伏枥", "煮酒论英雄"];

    [Fact, Trait("Category", "Long")]
    public async Task takes_every_personal_value_out_of_rows_and_changes_no_state()
    {
        await using var app = new CrmApp(postgres);
        await app.InitializeAsync();
        var (admin, customer, contact, opportunity) = (await app.As("admin"), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var pipeline = Guid.Parse((await admin.Get("pipelines"))["data"]![0]!["id"]!.ToString());
        var plain = CrmHost.OpenStore(app.Store.DataSource, app.Store.TimeZone, TimeProvider.System);
        await using (var session = plain.OpenSession(new EventContext("old", "page", Reason: "赤壁之后 说的")))
        {
            session.StartStream<Customer>(customer,
            [
                new CustomerRegistered { Kind = CustomerKind.Person, Name = "曹孟德", Phone = "13822260001", Email = "cao@cao.example", Needs = "东临碣石" },
                new ContactAdded { ContactId = contact, Name = "曹子建", Phone = "13822260002", Birthday = new DateOnly(1970, 3, 4) },
                new CustomerLifecycleChanged(CustomerLifecycle.Potential, CustomerLifecycle.Intent, "望梅止渴"),
            ]);
            session.StartStream<Opportunity>(opportunity,
            [
                new OpportunityOpened("铜雀台前", customer, pipeline, "lead", StageKind.Open, 10, false, null, false, null, null, new DateOnly(2026, 1, 5), null, null, ["煮酒论英雄"], "老骥伏枥", null, null),
            ]);
            await session.SaveChangesAsync(Ct);
        }
        await app.Settled();
        var before = await LogAsync(app);
        (await DumpAsync(app, "events.mt_events")).ShouldContain("东临碣石", customMessage: "there is something to encrypt");

        var beside = CrmHost.OpenStore(app.Store.DataSource, app.Store.TimeZone, TimeProvider.System, app.Store.Personal);
        using var output = new StringWriter();
        (await ConsoleEncrypt.RunAsync(beside, output, Ct)).ShouldBe(0, output.ToString());
        await app.Settled();

        await LacksAsync(app, [.. Secrets, .. Names], "events.mt_events");
        await LacksAsync(app, Secrets, "snapshots.snapshots", "customer.customers", "customer.customers_states", "customer.timeline", "analytics.operations", "service.customers", "service.contacts");
        (await LogAsync(app)).Take(before.Count).ShouldBe(before, "every event says what it said");
        (await admin.Get($"customers/{customer}")).Text.ShouldContain("13822260001");
        (await admin.Get($"customers/{customer}/history")).Text.ShouldContain("赤壁之后");
        (await admin.Get("customers?q=13822260001")).Text.ShouldContain("曹孟德");
        (await app.Store.Query.FetchLogAsync(0, long.MaxValue, ["log_encrypted"], 10, Ct)).Select(e => ((LogEncrypted)e.Data).Events).ShouldBe([4]);
        (await new LogEncryption(app.Store).RunAsync(ct: Ct)).ShouldBe(0, "what is done is done");

        (await admin.Post($"customers/{customer}/erase", new { reason = "request" })).Is(System.Net.HttpStatusCode.OK);
        await app.Settled();
        await LacksAsync(app, [.. Secrets, .. Names], "events.mt_events", "customer.customers_states", "customer.timeline", "pipeline.opportunities", "pipeline.opportunities_states", "analytics.opportunity_states");
    }

    private static async Task<List<string>> LogAsync(CrmApp app) =>
        [.. (await app.Store.Query.FetchLogAsync(0, long.MaxValue, null, 10_000, Ct)).Select(e => $"{e.Sequence} {e.Type} {e.Context.Reason} {JsonSerializer.Serialize(e.Data, e.Data.GetType(), EventSerializer.Options)}")];

    private static async Task LacksAsync(CrmApp app, string[] values, params string[] tables)
    {
        foreach (var table in tables)
        {
            var dump = await DumpAsync(app, table);
            values.Where(v => dump.Contains(v, StringComparison.Ordinal)).ShouldBeEmpty(table);
        }
    }

    private static async Task<string> DumpAsync(CrmApp app, string table)
    {
        await using var command = app.Store.DataSource.CreateCommand($"select coalesce(string_agg(r::text, E'\\n'), '') from {table} r");
        return (string)(await command.ExecuteScalarAsync(Ct))!;
    }

    // The stored names of aggregates are those of their classes, wherever these are.
    private sealed record Customer : Document, IAggregate<Customer>
    {
        public static Customer Evolve(Customer? state, Event e) => state ?? new Customer();
    }

    private sealed record Opportunity : Document, IAggregate<Opportunity>
    {
        public static Opportunity Evolve(Opportunity? state, Event e) => state ?? new Opportunity();
    }
}
