using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

public sealed class reverting_imports(PostgresFixture postgres) : IAsyncLifetime
{
    private ImportApp app = null!;

    public async ValueTask InitializeAsync() => app = await ImportApp.StartAsync(postgres);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task deletes_what_was_created_and_puts_back_what_was_changed()
    {
        await app.ImportAsync("name,industry,size\nAcme,retail,1\n");
        var import = await app.ImportAsync("name,industry,size\nAcme,software,2\nBluth,retail,3\n");
        (await app.PostAsync(import, "revert")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var reverted = await app.UntilAsync(import, "reverted");
        reverted["revert"]!.ToJsonString().ShouldBe("""{"deleted":1,"restored":1,"kept":0}""");
        var acme = (await app.CompaniesAsync()).Single();
        (acme.Industry, acme.Size).ShouldBe(("retail", 1m));
    }

    [Fact]
    public async Task keeps_and_lists_what_was_changed_since()
    {
        await app.ImportAsync("name,industry,size\nAcme,retail,1\n");
        var import = await app.ImportAsync("name,industry,size\nAcme,software,2\nBluth,retail,3\n");
        foreach (var company in await app.CompaniesAsync()) await app.AlterAsync(company.Id, "mining");
        await app.PostAsync(import, "revert");
        var reverted = await app.UntilAsync(import, "reverted");
        reverted["revert"]!.ToJsonString().ShouldBe("""{"deleted":0,"restored":1,"kept":2}""");
        (await app.CompaniesAsync()).Select(c => (c.Name, c.Industry, c.Size)).ShouldBe([("Acme", "mining", 1m), ("Bluth", "mining", 3m)]);
        (await app.RowsAsync(import, "verdict=kept")).Select(r => r["kept"]!.ToJsonString()).ShouldBe(["""["industry"]""", """["*"]"""]);
    }

    [Fact]
    public async Task a_second_revert_changes_nothing()
    {
        var import = await app.ImportAsync("name\nAcme\n");
        await app.PostAsync(import, "revert");
        await app.UntilAsync(import, "reverted");
        var events = await app.CountAsync("select count(*) from events.mt_events");
        (await app.PostAsync(import, "revert")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await app.CountAsync("select count(*) from events.mt_events")).ShouldBe(events);
        (await app.PostAsync(import, "commit")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task includes_links_between_rows()
    {
        var import = await app.ImportAsync("name,subsidiary of\nBluth,Acme\nAcme,\n");
        (await app.CompaniesAsync()).Single(c => c.Name == "Bluth").ParentId.ShouldNotBeNull();
        await app.PostAsync(import, "revert");
        (await app.UntilAsync(import, "reverted"))["revert"]!.ToJsonString().ShouldBe("""{"deleted":2,"restored":0,"kept":0}""");
        (await app.CompaniesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task an_import_that_never_started_cannot_be_reverted()
    {
        var import = await app.UntilAsync(await app.UploadAsync("name\nAcme\n"), "checked");
        (await app.PostAsync(import, "revert")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }
}
