using System.Net;
using System.Text;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

public sealed class importing_files(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Csv =
        """
        Company,Sector,Employees,Founded on,Subsidiary of,Revenue
        Acme,technolgy,"2,822",20-10-1996,,1100.04
        Bluth,retail,3027,01-02-1993,Acme,1242.32
        Cheers,,6472,03-04-1993,Massive,4269.9
        Dull,retail,many,05-06-2001,,1
        Acme,retail,1,05-06-2001,,1
        Extra,retail,1,05-06-2001,,1,2
        """;

    private ImportApp app = null!;

    public async ValueTask InitializeAsync() => app = await ImportApp.StartAsync(postgres);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task proposes_target_mapping_and_formats_and_tries_every_row()
    {
        var uploaded = await app.UploadAsync(Csv);
        ((string?)uploaded["status"]).ShouldBe("checking");
        var import = await app.UntilAsync(uploaded, "checked");
        ((string?)import["target"]).ShouldBe("customers");
        ((bool?)import["targetGuessed"]).ShouldBe(true);
        import["columns"]!.AsArray().Select(c => (string?)c!["field"]).ShouldBe(["name", "industry", "size", "founded", "parentId", "custom.revenue"]);
        ((string?)import["columns"]![3]!["detected"]!["format"]).ShouldBe("dd-MM-yyyy");
        ((string?)import["format"]!["encoding"]).ShouldBe("UTF-8");
        import["totals"]!.ToJsonString().ShouldBe("""{"rows":6,"created":3,"updated":0,"unchanged":0,"skipped":1,"failed":2,"warnings":2}""");
        var suggestion = import["values"]!.AsArray().Single()!;
        ((string?)suggestion["from"], (string?)suggestion["to"], (int?)suggestion["rows"], (bool?)suggestion["applied"]).ShouldBe(("technolgy", "technology", 1, false));
        import["notes"]!.AsArray().Select(n => (string?)n!["code"]).ShouldBe(
            ["not_a_number", "extra_cells", "no_industry", "unknown_parent", "repeats_row"], ignoreOrder: true);
        (await app.CompaniesAsync()).ShouldBeEmpty();
        (await app.RowsAsync(import, "verdict=error")).Select(r => (int?)r["row"]).ShouldBe([5, 7]);
        (await app.RowsAsync(import, "verdict=warning")).Select(r => (int?)r["row"]).ShouldBe([4, 6]);
    }

    [Fact]
    public async Task creates_records_under_their_business_date_and_links_rows_to_rows()
    {
        var import = await app.ImportAsync(Csv);
        import["totals"]!.ToJsonString().ShouldBe("""{"rows":6,"created":3,"updated":0,"unchanged":0,"skipped":1,"failed":2,"warnings":2}""");
        var companies = await app.CompaniesAsync();
        companies.Select(c => (c.Name, c.Industry, c.Size)).ShouldBe([("Acme", "technolgy", 2822m), ("Bluth", "retail", 3027m), ("Cheers", null, 6472m)]);
        companies[1].ParentId.ShouldBe(companies[0].Id);
        companies[0].Custom["revenue"].ShouldBe("1100.04");
        companies[0].Id.Version.ShouldBe(7);
        var events = await app.Store.Query.FetchStreamAsync(companies[0].Id);
        events[0].Context.BusinessDate.ShouldBe(new DateOnly(1996, 10, 20));
        events[0].Context.Source.ShouldBe($"import:{import["id"]}");
        ((double?)import["progress"]).ShouldBe(1);
    }

    [Fact]
    public async Task applies_what_a_person_chose()
    {
        var import = await app.UntilAsync(await app.UploadAsync(Csv), "checked");
        var answer = await app.PatchAsync(import, """
            {"columns":[{"name":"Revenue","field":null},{"name":"Employees","field":"custom.employees"}],"values":[{"field":"industry","from":"technolgy","to":"technology"}],
             "options":{"mode":"createOnly"}}
            """);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        import = await app.UntilAsync(import, "checked");
        ((int?)import["totals"]!["created"]).ShouldBe(4);
        await app.PostAsync(import, "commit");
        await app.UntilAsync(import, "completed");
        var acme = (await app.CompaniesAsync())[0];
        (acme.Industry, acme.Size, acme.Custom.Keys.Single()).ShouldBe(("technology", null, "employees"));
    }

    [Fact]
    public async Task a_second_import_of_the_file_changes_nothing()
    {
        await app.ImportAsync(Csv);
        var events = await app.CountAsync("select count(*) from events.mt_events where type like 'company%'");
        var again = await app.ImportAsync(Csv);
        again["totals"]!.ToJsonString().ShouldBe("""{"rows":6,"created":0,"updated":0,"unchanged":3,"skipped":1,"failed":2,"warnings":2}""");
        (await app.CountAsync("select count(*) from events.mt_events where type like 'company%'")).ShouldBe(events);
    }

    [Fact]
    public async Task blank_cells_keep_or_clear()
    {
        await app.ImportAsync("name,industry,size\nAcme,retail,1\n");
        (await app.ImportAsync("name,industry,size\nAcme,,2\n"))["totals"]!["updated"]!.GetValue<int>().ShouldBe(1);
        (await app.CompaniesAsync()).Single().Industry.ShouldBe("retail");
        var import = await app.UntilAsync(await app.UploadAsync("name,industry,size\nAcme,,3\n"), "checked");
        await app.PatchAsync(import, """{"options":{"blank":"clear"}}""");
        await app.UntilAsync(import, "checked");
        await app.PostAsync(import, "commit");
        await app.UntilAsync(import, "completed");
        (await app.CompaniesAsync()).Single().Industry.ShouldBeNull();
    }

    [Fact]
    public async Task ambiguous_dates_must_be_decided_before_the_commit()
    {
        var import = await app.UntilAsync(await app.UploadAsync("name,founded\nAcme,01-02-2003\n"), "checked");
        ((bool?)import["columns"]![1]!["detected"]!["ambiguous"]).ShouldBe(true);
        var refused = await app.PostAsync(import, "commit");
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        ((string?)(await ImportApp.ReadAsync(refused))["code"]).ShouldBe("date_format_ambiguous");
        await app.PatchAsync(import, """{"columns":[{"name":"founded","field":"founded","format":"MM-dd-yyyy"}]}""");
        await app.UntilAsync(import, "checked");
        (await app.PostAsync(import, "commit")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await app.UntilAsync(import, "completed");
        (await app.Store.Query.FetchStreamAsync((await app.CompaniesAsync()).Single().Id))[0].Context.BusinessDate.ShouldBe(new DateOnly(2003, 1, 2));
    }

    [Fact]
    public async Task errors_come_back_as_a_file_that_can_be_corrected_and_imported()
    {
        var import = await app.ImportAsync("name,size\n=HYPERLINK(1),many\n-5 units,many\n+86 138,x\nFine,1\n");
        var bytes = await (await app.Client.GetAsync(new Uri($"imports/{import["id"]}/errors.csv", UriKind.Relative))).Content.ReadAsByteArrayAsync();
        bytes.Take(3).ShouldBe(Encoding.UTF8.GetPreamble());
        var text = Encoding.UTF8.GetString(bytes.AsSpan(3));
        text.ReplaceLineEndings("\n").ShouldBe(
            """
            name,size,crm_row,crm_reason
            '=HYPERLINK(1),many,2,'many' is not a number. The row names no industry.
            '-5 units,many,3,'many' is not a number. The row names no industry.
            +86 138,x,4,'x' is not a number. The row names no industry.

            """.Replace(" The row names no industry.", "", StringComparison.Ordinal));
        var corrected = await app.ImportAsync(text.Replace("many", "7", StringComparison.Ordinal).Replace(",x,", ",8,", StringComparison.Ordinal));
        ((int?)corrected["totals"]!["created"]).ShouldBe(3);
        (await app.CompaniesAsync()).Select(c => c.Name).ShouldBe(["+86 138", "-5 units", "=HYPERLINK(1)", "Fine"], ignoreOrder: true);
    }

    [Fact]
    public async Task the_same_idempotency_key_uploads_once()
    {
        var file = Encoding.UTF8.GetBytes(Csv);
        var first = await ImportApp.ReadAsync(await app.SendAsync(file, "a.csv", ("Idempotency-Key", "k1")));
        var second = await ImportApp.ReadAsync(await app.SendAsync(file, "a.csv", ("Idempotency-Key", "k1")));
        ((string?)second["id"]).ShouldBe((string?)first["id"]);
        (await app.SendAsync("name\nx\n"u8.ToArray(), "a.csv", ("Idempotency-Key", "k1"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task a_workbook_is_imported_like_text()
    {
        var file = Files.Workbook("""
            <row r="1"><c t="inlineStr"><is><t>公司名称</t></is></c><c t="inlineStr"><is><t>成立日期</t></is></c></row>
            <row r="2"><c t="inlineStr"><is><t>阿里</t></is></c><c s="1"><v>36405</v></c></row>
            """, styles: """<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>""");
        var import = await app.UntilAsync(await app.UploadAsync(file, "客户.xlsx"), "checked");
        ((string?)import["fileName"], (string?)import["format"]!["kind"], (string?)import["format"]!["sheet"]).ShouldBe(("客户.xlsx", "xlsx", "客户"));
        await app.PostAsync(import, "commit");
        await app.UntilAsync(import, "completed");
        var ali = (await app.CompaniesAsync()).Single();
        ali.Name.ShouldBe("阿里");
        (await app.Store.Query.FetchStreamAsync(ali.Id))[0].Context.BusinessDate.ShouldBe(new DateOnly(1999, 9, 2));
    }

    [Fact]
    public async Task is_listed_and_has_a_history()
    {
        var import = await app.ImportAsync("name\nAcme\n");
        var list = await ImportApp.ReadAsync(await app.Client.GetAsync(new Uri("imports?q=companies&count=exact", UriKind.Relative)));
        ((long?)list["count"]).ShouldBe(1);
        ((string?)list["data"]![0]!["status"]).ShouldBe("completed");
        var history = await ImportApp.ReadAsync(await app.Client.GetAsync(new Uri($"imports/{import["id"]}/history", UriKind.Relative)));
        history["data"]!.AsArray().Select(e => (string?)e!["type"]).ShouldBe(["import_completed", "import_started", "import_checked", "import_mapped", "import_uploaded"]);
        var targets = await app.Client.GetStringAsync(new Uri("imports/targets", UriKind.Relative));
        targets.ShouldContain("\"parentId\"");
    }
}
