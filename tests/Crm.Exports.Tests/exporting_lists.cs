using System.Net;
using Crm.EventStore;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Exports.Tests;

/// <summary>Who may take what out of a list, and what is in the file (S092, S097).</summary>
public sealed class exporting_lists(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task the_file_has_what_the_list_shows_in_its_order_and_language()
    {
        var admin = await app.As("admin");
        foreach (var (name, tier) in new[] { ("文件甲", "B"), ("文件乙", "A"), ("文件丙", "C") })
            (await admin.Post("customers", new { kind = "company", name, tier, phone = "13911110000", tags = new[] { "重点", "老客户" } }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        var request = new { resource = "customers", format = "csv", filter = "name = \"文件*\" AND tier != \"C\"", sort = "tier", columns = new[] { "name", "kind", "phone", "tags", "createdAt" }, reason = "盘点" };
        var chinese = await Files.DoneAsync(admin, (await admin.Post("exports", request, ("Accept-Language", "zh-CN"))).Is(HttpStatusCode.Accepted));
        var rows = Files.Csv(await Files.BytesAsync(admin, chinese));
        rows[0].ShouldBe(["客户名称", "客户类型", "电话", "标签", "创建时间"]);
        rows.Skip(1).Select(r => string.Join('|', r[..4])).ShouldBe(["文件乙|企业|13911110000|重点、老客户", "文件甲|企业|13911110000|重点、老客户"]);
        rows[1][4].ShouldMatch(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$");
        (chinese["total"]!.GetValue<int>(), chinese["written"]!.GetValue<int>(), (double)chinese["progress"]!, (bool)chinese["available"]!).ShouldBe((2, 2, 1d, true));

        var english = await Files.DoneAsync(admin, (await admin.Post("exports", request, ("Accept-Language", "en"))).Is(HttpStatusCode.Accepted));
        Files.Csv(await Files.BytesAsync(admin, english))[..2].Select(r => string.Join('|', r[..4])).ShouldBe(["Name|Kind|Phone|Tags", "文件乙|Company|13911110000|重点; 老客户"]);
    }

    [Fact]
    public async Task a_selection_and_the_past_are_lists_too()
    {
        var admin = await app.As("admin");
        var one = (await admin.Post("customers", new { kind = "company", name = "选中甲" })).Is(HttpStatusCode.Created).Id;
        await admin.Post("customers", new { kind = "company", name = "选中乙" });
        await app.Settled();
        var before = EventSerializer.InstantText(app.Store.Now);
        await admin.Patch($"customers/{one}", new { name = "改名甲" });
        await app.Settled();
        (await NamesAsync(admin, new { resource = "customers", format = "csv", ids = new[] { one }, columns = new[] { "name" }, reason = "选择" })).ShouldBe(["改名甲"]);
        (await NamesAsync(admin, new { resource = "customers", format = "csv", filter = "name = \"选中*\"", sort = "name", asOf = before, columns = new[] { "name" }, reason = "过去" })).ShouldBe(["选中乙", "选中甲"], ignoreOrder: true);
    }

    [Fact]
    public async Task what_begins_like_a_formula_is_none()
    {
        var admin = await app.As("admin");
        string[] names = ["=1+1公式", "@SUM公式", "+cmd公式", "-2+3公式|x", "公式,带\"引号\""];
        foreach (var name in names) (await admin.Post("customers", new { kind = "company", name, source = "公式测试" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        var csv = await NamesAsync(admin, new { resource = "customers", format = "csv", filter = "source = \"公式测试\"", sort = "createdAt", columns = new[] { "name" }, reason = "公式" });
        csv.ShouldBe(["'=1+1公式", "'@SUM公式", "'+cmd公式", "'-2+3公式|x", "公式,带\"引号\""]);
        var done = await Files.DoneAsync(admin, (await admin.Post("exports", new { resource = "customers", format = "xlsx", filter = "source = \"公式测试\"", sort = "createdAt", columns = new[] { "name" }, reason = "公式" })).Is(HttpStatusCode.Accepted));
        var sheet = Files.Xlsx(await Files.BytesAsync(admin, done)).Single();
        sheet.Skip(1).Select(r => (r[0].Value, r[0].IsText, r[0].HasFormula)).ShouldBe(names.Select(n => (n, true, false)));
    }

    [Fact]
    public async Task a_workbook_has_numbers_days_and_instants_as_such()
    {
        var admin = await app.As("admin");
        var customer = (await admin.Post("customers", new { kind = "company", name = "工作簿客户" })).Is(HttpStatusCode.Created).Id;
        (await admin.Post("opportunities", new { name = "工作簿商机 & <b>_x0041_", customerId = customer, amount = new { amount = 12345.6m, currency = "CNY" }, expectedCloseDate = "2027-03-01" })).Is(HttpStatusCode.Created);
        var done = await Files.DoneAsync(admin, (await admin.Post("exports", new
        {
            resource = "opportunities",
            format = "xlsx",
            filter = "name = \"工作簿*\"",
            columns = new[] { "name", "customerName", "amount", "amount.currency", "probability", "expectedCloseDate", "createdAt", "ownerName", "lostReason" },
            reason = "核对",
        }, ("Accept-Language", "en"))).Is(HttpStatusCode.Accepted));
        var bytes = await Files.BytesAsync(admin, done);
        Files.Faults(bytes).ShouldBeEmpty();
        var rows = Files.Xlsx(bytes).Single();
        rows[0].Select(c => c.Value).ShouldBe(["Name", "Customer", "Amount", "Currency", "Probability (%)", "Expected close", "Created", "Owner", "Reason lost"]);
        var row = rows[1];
        (row[0].Value, row[1].Value, row[3].Value, row[8].Value).ShouldBe(("工作簿商机 & <b>_x0041_", "工作簿客户", "CNY", ""));
        (row[2].IsText, row[2].Value, row[4].IsText).ShouldBe((false, "12345.6", false));
        DateTime.FromOADate(double.Parse(row[5].Value, null)).ShouldBe(new DateTime(2027, 3, 1));
        DateTime.FromOADate(double.Parse(row[6].Value, null)).ShouldBe(DateTime.UtcNow.AddHours(8), TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task tickets_go_out_with_their_customers_and_who_wrote()
    {
        var admin = await app.As("admin");
        (await app.Anonymous.Post("public/tickets", new { name = "来信人", phone = "13911119999", email = "lai@xin.example", subject = "导出的来信", description = "内容" })).Is(HttpStatusCode.Created);
        await app.Settled();
        var request = new { resource = "tickets", format = "csv", filter = "subject = \"导出的来信\"", columns = new[] { "number", "subject", "channel", "status", "requester.name", "requester.phone", "breached" }, reason = "回访" };
        var row = Files.Csv(await Files.BytesAsync(admin, await Files.DoneAsync(admin, await admin.Post("exports", request, ("Accept-Language", "zh")))))[1];
        row[1..].ShouldBe(["导出的来信", "公开表单", "待分配", "来信人", "13911119999", "否"]);
    }

    [Fact]
    public async Task exporting_is_a_right_of_its_own_with_a_reach_of_its_own()
    {
        var (admin, manager) = (await app.As("admin"), await app.As("manager"));
        foreach (var name in new[] { "sales", "service" }) (await (await app.As(name)).Post("exports", new { resource = "customers", format = "csv", reason = "带走" })).IsProblem(403, "forbidden");
        var auditor = await app.Hire("export-auditor", "auditor");
        (await auditor.Post("exports", new { resource = "customers", format = "csv", reason = "带走" })).IsProblem(403, "forbidden");
        (await manager.Get("exports/resources")).Json.AsArray().Select(r => r!["resource"]!.ToString()).ShouldBe(["customers", "opportunities", "tickets"], ignoreOrder: true);

        // Sees everything and may take out what is his own.
        (await admin.Post("roles", new
        {
            code = "taker",
            name = "自己的",
            grants = new[] { new { right = "customers.view", scope = "all" }, new { right = "customers.create", scope = "all" }, new { right = "customers.export", scope = "own" } },
        })).Is(HttpStatusCode.Created);
        var taker = await app.Hire("export-taker", "taker");
        (await taker.Post("customers", new { kind = "company", name = "范围我的", ownerId = await app.UserId("export-taker") })).Is(HttpStatusCode.Created);
        var other = (await admin.Post("customers", new { kind = "company", name = "范围他的" })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"customers/{other}/share", new { userId = await app.UserId("export-taker"), level = "change" })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await taker.Get("customers?q=范围")).Column().ShouldBe(["范围我的", "范围他的"], ignoreOrder: true);
        (await NamesAsync(taker, new { resource = "customers", format = "csv", q = "范围", columns = new[] { "name" }, reason = "我的" })).ShouldBe(["范围我的"]);
        (await taker.Get("exports?count=exact"))["count"]!.GetValue<int>().ShouldBe(1, "own exports are seen without a right of their own");
    }

    [Fact]
    public async Task what_a_role_hides_is_not_in_it_and_what_is_masked_stays_masked()
    {
        var admin = await app.As("admin");
        (await admin.Post("roles", new
        {
            code = "half",
            name = "半看",
            grants = new[] { new { right = "customers.view", scope = "all" }, new { right = "customers.export", scope = "all" } },
            fields = new[] { new { resource = "customers", field = "source", level = "hidden" }, new { resource = "customers", field = "industry", level = "masked" } },
        })).Is(HttpStatusCode.Created);
        var half = await app.Hire("export-half", "half");
        (await admin.Post("customers", new { kind = "person", name = "遮住的人", phone = "13911112222", email = "zhe@zhu.example", source = "秘密来源", industry = "软件业" })).Is(HttpStatusCode.Created);
        (await half.Post("exports", new { resource = "customers", format = "csv", columns = new[] { "name", "source" }, reason = "看看" })).IsProblem(400, "forbidden_field");
        (await half.Post("exports", new { resource = "customers", format = "csv", filter = "source = \"秘密来源\"", reason = "看看" })).IsProblem(400, "forbidden_field");
        var done = await Files.DoneAsync(half, await half.Post("exports", new { resource = "customers", format = "csv", filter = "name = \"遮住的人\"", reason = "看看" }, ("Accept-Language", "zh")));
        var rows = Files.Csv(await Files.BytesAsync(half, done));
        rows[0].ShouldNotContain("来源");
        string Of(string column) => rows[1][rows[0].ToList().IndexOf(column)];
        (Of("电话"), Of("邮箱"), Of("行业")).ShouldBe(("139****2222", "z***@zhu.example", "软***"));
    }

    [Theory]
    [InlineData("""{"resource":"customers","format":"csv"}""", 400, "invalid", "body.reason")]
    [InlineData("""{"resource":"customers","format":"csv","reason":"x"}""", 400, "invalid", "body.reason")]
    [InlineData("""{"resource":"users","format":"csv","reason":"为什么"}""", 400, "invalid", "body.resource")]
    [InlineData("""{"resource":"customers","format":"pdf","reason":"为什么"}""", 400, "invalid", "body.format")]
    [InlineData("""{"resource":"customers","format":"csv","reason":"为什么","columns":["nothing"]}""", 400, "unknown_field", null)]
    [InlineData("""{"resource":"customers","format":"csv","reason":"为什么","columns":[]}""", 400, "invalid", "body.columns")]
    [InlineData("""{"resource":"customers","format":"csv","reason":"为什么","filter":"nothing = 1"}""", 400, "unknown_field", null)]
    [InlineData("""{"resource":"customers","format":"csv","reason":"为什么","sort":"phone"}""", 400, "not_sortable", null)]
    public async Task a_request_that_cannot_be_read_is_refused_at_once(string body, int status, string code, string? field)
    {
        var refused = await (await app.As("admin")).Post("exports", body);
        ((int)refused.Status).ShouldBe(status, refused.Text);
        if (field is null) refused.IsProblem(status, code);
        else refused.Json["errors"]!.AsArray().Select(e => e!["in"]!.ToString()).ShouldContain(field, refused.Text);
    }

    [Fact]
    public async Task the_file_is_for_who_asked_for_it_and_while_that_person_may_have_it()
    {
        var (admin, manager) = (await app.As("admin"), await app.As("manager"));
        (await admin.Post("roles", new { code = "leaver", name = "要走的", grants = new[] { new { right = "customers.view", scope = "all" }, new { right = "customers.export", scope = "all" } } })).Is(HttpStatusCode.Created);
        var leaver = await app.Hire("export-leaver", "leaver");
        var done = await Files.DoneAsync(leaver, await leaver.Post("exports", new { resource = "customers", format = "csv", reason = "最后一次" }));
        (await Files.BytesAsync(leaver, done)).Length.ShouldBeGreaterThan(0);
        (await admin.Get($"exports/{done.Id}")).Is(HttpStatusCode.OK)["reason"]!.ToString().ShouldBe("最后一次", "who looks after the exports sees that there is one");
        (await admin.Get($"exports/{done.Id}/file")).IsProblem(404, "not_found");
        (await manager.Get($"exports/{done.Id}")).IsProblem(404, "not_found");
        (await manager.Get($"exports/{done.Id}/file")).IsProblem(404, "not_found");
        (await manager.Post($"exports/{done.Id}/cancel")).IsProblem(404, "not_found");

        var role = (await admin.Get("roles"))["data"]!.AsArray().Single(r => r!["code"]!.ToString() == "leaver")!["id"]!.ToString();
        (await admin.Patch($"roles/{role}", new { grants = new[] { new { right = "customers.view", scope = "own" }, new { right = "customers.export", scope = "own" } } })).Is(HttpStatusCode.OK);
        (await leaver.Get($"exports/{done.Id}/file")).IsProblem(403, "rights_changed");
        (await admin.Patch($"roles/{role}", new { grants = new[] { new { right = "customers.view", scope = "all" } } })).Is(HttpStatusCode.OK);
        (await leaver.Get($"exports/{done.Id}/file")).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task a_file_expires()
    {
        var admin = await app.As("admin");
        var done = await Files.DoneAsync(admin, await admin.Post("exports", new { resource = "tickets", format = "csv", reason = "过期" }));
        (DateTimeOffset.Parse(done["expiresAt"]!.ToString(), null) - app.Store.Now).ShouldBe(TimeSpan.FromDays(7), TimeSpan.FromMinutes(5));
        await using (var command = app.Store.DataSource.CreateCommand("update exports.files set expires_at = now() - interval '1 second' where export_id = $1"))
        {
            command.Parameters.Add(Statement.Parameter(done.Id));
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        await Files.ExpireAsync(app);
        (await admin.Get($"exports/{done.Id}/file")).IsProblem(410, "export_gone");
        (await admin.Get($"exports/{done.Id}"))["available"]!.GetValue<bool>().ShouldBeFalse();
    }

    private static async Task<IEnumerable<string>> NamesAsync(Api api, object request) =>
        Files.Csv(await Files.BytesAsync(api, await Files.DoneAsync(api, (await api.Post("exports", request)).Is(HttpStatusCode.Accepted)))).Skip(1).Select(r => r[0]);
}
