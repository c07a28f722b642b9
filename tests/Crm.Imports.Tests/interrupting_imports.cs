using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

/// <summary>Whatever breaks a commit off, every row is imported once.</summary>
public sealed class interrupting_imports(PostgresFixture postgres)
{
    private const int Rows = 1_000;

    // Ten batches, so that there is a middle, without thousands of rows.
    private static readonly (string, string) Batches = ("Crm:Imports:BatchRows", "100");

    [Fact]
    public async Task a_restarted_server_goes_on()
    {
        var (app, import) = await StartedAsync();
        await app.UntilAsync(import, i => (double?)i["progress"] > 0.1);
        await app.DisposeAsync();
        await using var next = await ImportApp.NodeAsync(app.ConnectionString, Batches);
        (await next.CountAsync("select done from imports.progress where kind = 'commit'")).ShouldBeLessThan(Rows);
        await CompleteOnceAsync(next, import);
    }

    [Fact]
    public async Task killed_connections_do_no_harm()
    {
        var (app, import) = await StartedAsync();
        await using var _ = app;
        for (var done = 0.05; done < 0.9; done += 0.2)
        {
            await app.UntilAsync(import, i => (double?)i["progress"] > done);
            await using var killer = Npgsql.NpgsqlDataSource.Create(app.ConnectionString + ";Application Name=killer;Pooling=false");
            await using var kill = killer.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
            await kill.ExecuteNonQueryAsync();
        }
        await CompleteOnceAsync(app, import);
    }

    [Fact]
    public async Task two_nodes_share_the_work()
    {
        var (app, import) = await StartedAsync();
        await using var _ = app;
        await using var second = await ImportApp.NodeAsync(app.ConnectionString, Batches);
        await CompleteOnceAsync(second, import);
    }

    [Fact]
    public async Task a_cancelled_import_stops_and_can_go_on_or_be_reverted()
    {
        var (app, import) = await StartedAsync();
        await using var _ = app;
        await app.UntilAsync(import, i => (double?)i["progress"] > 0.1);
        (await app.PostAsync(import, "cancel")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var cancelled = await app.GetAsync(import);
        ((string?)cancelled["status"]).ShouldBe("cancelled");
        var imported = (await app.CompaniesAsync()).Count;
        imported.ShouldBeLessThan(Rows);
        ((int?)cancelled["totals"]!["created"]).ShouldBe(imported);
        await app.PostAsync(import, "commit");
        await CompleteOnceAsync(app, import);
    }

    [Fact]
    public async Task a_record_that_changes_meanwhile_is_decided_anew()
    {
        await using var app = await ImportApp.StartAsync(postgres, Batches);
        await app.ImportAsync(Csv());
        await SlowDownAsync(app);
        var import = await app.UntilAsync(await app.UploadAsync(Csv(industry: "software")), "checked");
        await app.PostAsync(import, "commit");
        await app.UntilAsync(import, i => (double?)i["progress"] > 0.1);
        var companies = await app.CompaniesAsync();
        var last = companies.Single(c => c.Name == $"Company {Rows - 1}");
        await app.AlterAsync(last.Id, "mining");
        var done = await app.UntilAsync(import, "completed");
        ((int?)done["totals"]!["updated"]).ShouldBe(Rows);
        (await app.CompaniesAsync()).ShouldAllBe(c => c.Industry == "software");
        (await app.Store.Query.FetchStreamAsync(last.Id)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task a_row_that_can_never_be_saved_is_isolated_and_told()
    {
        await using var app = await ImportApp.StartAsync(postgres, Batches);
        await app.CountAsync("""
            create function refuse() returns trigger language plpgsql as $$ begin raise unique_violation; end $$;
            create trigger refuse before insert on events.mt_events for each row when (new.data->>'name' = 'Company 777') execute function refuse();
            select 0
            """);
        var done = await app.ImportAsync(Csv());
        ((int?)done["totals"]!["created"], (int?)done["totals"]!["failed"]).ShouldBe((Rows - 1, 1));
        var row = (await app.RowsAsync(done, "verdict=error")).Single();
        ((int?)row["row"], (string?)row["messages"]![0]!["code"]).ShouldBe((779, "changed_meanwhile"));
        (await app.CompaniesAsync()).Count.ShouldBe(Rows - 1);
    }

    private async Task<(ImportApp App, JsonObject Import)> StartedAsync()
    {
        var app = await ImportApp.StartAsync(postgres, Batches);
        await SlowDownAsync(app);
        var import = await app.UntilAsync(await app.UploadAsync(Csv()), "checked");
        (await app.PostAsync(import, "commit")).StatusCode.ShouldBe(HttpStatusCode.OK);
        return (app, import);
    }

    /// <summary>Makes each batch take a while in the database, so that there is a middle to interrupt.</summary>
    private static Task SlowDownAsync(ImportApp app) => app.CountAsync("""
        create or replace function slow() returns trigger language plpgsql as $$ begin if new.kind = 'commit' then perform pg_sleep(0.4); end if; return new; end $$;
        create or replace trigger slow before update on imports.progress for each row execute function slow();
        select 0
        """);

    private static string Csv(string industry = "retail")
    {
        var csv = new StringBuilder("name,industry\n");
        for (var i = 0; i < Rows; i++) csv.Append("Company ").Append(i).Append(',').Append(industry).Append('\n');
        return csv.ToString();
    }

    private static async Task CompleteOnceAsync(ImportApp app, JsonObject import)
    {
        var done = await app.UntilAsync(import, "completed");
        done["totals"]!.ToJsonString().ShouldBe($$"""{"rows":{{Rows}},"created":{{Rows}},"updated":0,"unchanged":0,"skipped":0,"failed":0,"warnings":0}""");
        var companies = await app.CompaniesAsync();
        companies.Select(c => c.Name).Distinct().Count().ShouldBe(Rows);
        companies.Count.ShouldBe(Rows);
        (await app.CountAsync("select count(*) from events.mt_events where type = 'company_founded'")).ShouldBe(Rows);
        (await app.CountAsync("select count(*) from imports.results where after_version = 1")).ShouldBe(Rows);
    }
}
