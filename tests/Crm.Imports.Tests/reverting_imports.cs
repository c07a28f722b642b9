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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task leaves_every_field_as_a_model_says(int seed)
    {
        var random = new Random(seed);
        string Industry() => random.Next(4) switch { 0 => "", var i => $"industry {i}" };
        string Size() => random.Next(4) switch { 0 => "", var i => $"{i}" };
        var before = Enumerable.Range(0, 60).Select(i => (Name: $"Company {i:00}", Industry: Industry(), Size: Size())).ToList();
        static string Csv(IEnumerable<(string Name, string Industry, string Size)> rows) => "name,industry,size\n" + string.Concat(rows.Select(r => $"{r.Name},{r.Industry},{r.Size}\n"));
        await app.ImportAsync(Csv(before));
        // The import empties by blank cells half of the time, and brings some that are new.
        var clears = random.Next(2) == 0;
        var file = before.Where(_ => random.Next(3) > 0).Select(r => (r.Name, Industry: Industry(), Size: Size())).Concat(Enumerable.Range(60, 20).Select(i => (Name: $"Company {i:00}", Industry: Industry(), Size: Size()))).ToList();
        var import = await app.UntilAsync(await app.UploadAsync(Csv(file)), "checked");
        if (clears)
        {
            await app.PatchAsync(import, """{"options":{"blank":"clear"}}""");
            import = await app.UntilAsync(import, "checked");
        }
        await app.PostAsync(import, "commit");
        await app.UntilAsync(import, "completed");
        var later = (await app.CompaniesAsync()).Where(_ => random.Next(3) == 0).ToDictionary(c => c.Name, c => random.Next(2) == 0 ? "later" : c.Industry ?? "later");
        foreach (var company in await app.CompaniesAsync())
            if (later.TryGetValue(company.Name, out var industry)) await app.AlterAsync(company.Id, industry);
        var changed = (await app.CompaniesAsync()).ToDictionary(c => c.Name);
        await app.PostAsync(import, "revert");
        await app.UntilAsync(import, "reverted");

        var expected = before.Select(was =>
        {
            var row = file.Find(r => r.Name == was.Name);
            string Imported(string cell, string old) => row.Name is null || (cell.Length == 0 && !clears) ? old : cell;
            var imported = Imported(row.Industry, was.Industry);
            var now = changed[was.Name].Industry ?? "";
            return (was.Name, Industry: imported == was.Industry || now != imported ? now : was.Industry, was.Size);
        }).Concat(file.Where(r => string.CompareOrdinal(r.Name, "Company 60") >= 0 && later.TryGetValue(r.Name, out var industry) && industry != r.Industry).Select(r => (r.Name, Industry: later[r.Name], r.Size)));
        (await app.CompaniesAsync()).Select(c => (c.Name, Industry: c.Industry ?? "", Size: c.Size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "")).OrderBy(c => c.Name, StringComparer.Ordinal)
            .ShouldBe(expected.OrderBy(e => e.Name, StringComparer.Ordinal));
    }

    [Fact]
    public async Task an_import_that_never_started_cannot_be_reverted()
    {
        var import = await app.UntilAsync(await app.UploadAsync("name\nAcme\n"), "checked");
        (await app.PostAsync(import, "revert")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }
}
