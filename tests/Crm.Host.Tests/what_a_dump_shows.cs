using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Messaging;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

/// <summary>
/// Who has the database without the master key: every row of every table, and its files. Before an erasure names are all there is to read, after it nothing of the
/// person, wherever it was written (E7). And what the program writes to its log.
/// </summary>
public sealed class what_a_dump_shows(PostgresFixture postgres)
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    /// <summary>What is encrypted: one value of every kind, each to be found by nothing else.</summary>
    private static readonly string[] Secrets =
    [
        "13822250001", "zhuge@liang.example", "隆中草庐三号", "wolong.example", "11010519491231002X", "6222020200112233446", "出师北伐",
        "13822250002", "huang@yueying.example", "1985-08-18", "木牛流马说明", "三分天下", "空城一座", "借东风", "舌战群儒", "鞠躬尽瘁",
        "13822250003", "form@kongming.example", "粮草不足", "七擒七纵", "13822250004", "北地枪王府", "火烧连营寨", "草船借箭来",
        "因木门道失守", "六出祁山未果", "子午谷奇谋", "13822250005", "邮件里的秘密", "13822250006", "退件的行",
        "三顾茅庐微信", "水镜先生门生", "隆中对谈记录", "出师表扫描件",
    ];

    /// <summary>Names and the organisation's own fields are read and searched by in plain, until they are erased.</summary>
    private static readonly string[] Names = ["诸葛孔明", "卧龙先生", "黄月英", "赵子龙", "先帝创业", "流水账目", "街亭之战", "白帝城托孤", "锦囊编号", "八阵图号", "关羽定夺", "下一步北伐", "天下大势"];

    [Fact]
    public async Task is_no_personal_value_and_after_an_erasure_nothing_of_the_person()
    {
        var log = new Lines();
        await using var app = new CrmApp(postgres) { Settings = ["--Logging:LogLevel:Default=Debug"], Configure = builder => builder.Logging.AddProvider(log) };
        await app.InitializeAsync();
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var id = (await sales.Post("customers", new
        {
            kind = "person",
            name = "诸葛孔明",
            shortName = "卧龙先生",
            phone = "13822250001",
            email = "zhuge@liang.example",
            address = "隆中草庐三号",
            website = "https://wolong.example",
            needs = "出师北伐",
            idNumber = "11010519491231002X",
            bankCard = "6222020200112233446",
            custom = new { 表文 = "先帝创业" },
        }, ("Idempotency-Key", "k1"))).Is(HttpStatusCode.Created).Id;
        await sales.Post($"customers/{id}/contacts", new { name = "黄月英", phone = "13822250002", email = "huang@yueying.example", birthday = "1985-08-18", custom = new { wechat = "三顾茅庐微信" } }, ("Idempotency-Key", "k2"));
        var friend = (await sales.Post("customers", new { kind = "company", name = "襄阳书院" })).Is(HttpStatusCode.Created).Id;
        (await sales.Post($"customers/{id}/relations", new { otherId = friend, kind = "other", label = "水镜先生门生", note = "隆中对谈记录" }, ("Idempotency-Key", "k7"))).Is(HttpStatusCode.Created);
        await AttachAsync(sales, id, "出师表扫描件.pdf");
        (await sales.Post($"customers/{id}/follow-ups", new
        {
            at = DateTimeOffset.UtcNow.AddDays(-1),
            method = "visit",
            summary = "木牛流马说明",
            objections = "三分天下",
            changedNeeds = "空城一座",
            promises = "借东风",
            participants = new[] { "舌战群儒" },
            next = new { at = DateTimeOffset.UtcNow.AddDays(3), goal = "鞠躬尽瘁" },
        }, ("Idempotency-Key", "k3"))).Is(HttpStatusCode.Created);
        await sales.Post($"customers/{id}/reveal", new { fields = new[] { "phone" }, reason = "回访" }, ("Idempotency-Key", "k4"));
        await sales.Get("customers?q=13822250001");
        // Enough for a snapshot of the stream.
        for (var i = 0; i < 50; i++) await sales.Patch($"customers/{id}", new { tier = i % 2 == 0 ? "A" : "B" });
        (await app.Anonymous.Post("public/tickets", new { name = "赵子龙", phone = "13822250003", email = "form@kongming.example", subject = "白帝城托孤", description = "粮草不足" }, ("Idempotency-Key", "k5"))).Is(HttpStatusCode.Created);
        await app.Settled();
        var form = (await admin.Get("tickets?q=白帝城托孤"))["data"]![0]!["id"]!.ToString();
        await admin.Patch($"tickets/{form}", new { customerId = id });
        await admin.Post($"tickets/{form}/respond", new { text = "七擒七纵" });
        (await admin.Post($"tickets/{form}/resolve", new { text = "火烧连营寨" })).Is(HttpStatusCode.OK);
        (await admin.Post($"tickets/{form}/rate", new { score = 5, comment = "草船借箭来" })).Is(HttpStatusCode.OK);
        var opportunity = (await sales.Post("opportunities", new { name = "街亭之战", customerId = id, decisionMakers = new[] { "关羽定夺" }, nextStep = "下一步北伐", amount = new { amount = 100, currency = "CNY" }, custom = new { bag = "锦囊编号" } })).Is(HttpStatusCode.Created).Id;
        await admin.Patch($"tickets/{form}", new { custom = new { map = "八阵图号" } });
        (await sales.Patch($"opportunities/{opportunity}", new { probability = 20, reason = "因木门道失守" })).Is(HttpStatusCode.OK);
        (await sales.Post($"opportunities/{opportunity}/lose", new { reason = "天下大势" })).Is(HttpStatusCode.OK);
        (await sales.Post($"customers/{id}/lifecycle", new { to = "lost", reason = "六出祁山未果" })).Is(HttpStatusCode.OK);
        (await sales.Post($"customers/{id}/reveal", new { fields = new[] { "email" }, reason = "子午谷奇谋" })).Is(HttpStatusCode.OK);
        // A message that waits, and one that failed for good.
        var bus = app.Services.GetRequiredService<MessageBus>();
        await bus.ScheduleAsync(Post("https://receiver.example/13822250005"), TimeSpan.FromHours(1), new EventContext("test", "test"), ct: Ct);
        var dead = await bus.SendAsync(Post("http://127.0.0.1:1/"), new EventContext("test", "test"), ct: Ct);
        await ImportAsync(admin, "客户名称,类型,手机,地址\n,个人,138 2225 0001,退件的行\n,个人,13822250006,退件的行\n");
        await ImportAsync(admin, "客户名称,类型,手机,地址,流水\n诸葛孔明,个人,13822250001,北地枪王府,流水账目\n");
        (await sales.Post("customers", new { kind = "person", name = "诸葛孔明", phone = "not a number 13822250004" })).Status.ShouldBe(HttpStatusCode.BadRequest);
        await app.Settled();

        var dump = await DumpAsync(app);
        dump.Contains("诸葛孔明", StringComparison.Ordinal).ShouldBeTrue("the dump has the rows");
        Lacks(dump, Secrets);
        var events = await TextAsync(app, "select string_agg(data::text, ' ') from events.mt_events where type <> 'user_registered'");
        Lacks(events, Names);
        Lacks(await TextAsync(app, "select string_agg(headers::text, ' ') from events.mt_events"), [.. Secrets, .. Names]);
        (await TextAsync(app, "select count(*)::text from snapshots.snapshots")).ShouldNotBe("0");
        var letter = await LetterAsync(admin, dead);
        Lacks(letter.Text, Secrets);
        (letter["body"]!["data"]!["url"]!.ToString(), letter["body"]!["data"]!["body"]!["phone"]!.ToString()).ShouldBe(("http://127.0.0.1:1/***", "138****0005"));
        (await admin.Get($"customers/{id}/history")).Text.ShouldContain("六出祁山未果", customMessage: "whoever may see it reads it");
        (await admin.Get("operation-log?limit=200")).Text.ShouldContain("因木门道失守");
        await ExportAsync(app, admin);
        Lacks(await DumpAsync(app), Secrets);
        var funnel = Figures(await admin.Get("reports/funnel"));

        // The planner's statistics hold samples of names, as the database takes them by itself sooner or later.
        await using (var analyze = app.Store.DataSource.CreateCommand("analyze")) await analyze.ExecuteNonQueryAsync(Ct);
        (await admin.Post($"customers/{id}/erase", new { reason = "request" }, ("Idempotency-Key", "k6"))).Is(HttpStatusCode.OK);
        await app.Settled();
        dump = await DumpAsync(app);
        Lacks(dump, [.. Secrets, .. Names]);
        Figures(await admin.Get("reports/funnel")).ShouldBe(funnel);
        foreach (var path in new[] { $"customers/{id}/history", $"customers/{id}/timeline", $"customers/{id}/access-ledger", $"opportunities/{opportunity}", $"opportunities/{opportunity}/history", $"tickets/{form}", $"tickets/{form}/history", "operation-log?limit=200", "operation-log/exports", "opportunities?limit=200", "tickets?limit=200" })
            Lacks((await admin.Get(path)).Is(HttpStatusCode.OK).Text, [.. Secrets, .. Names]);
        var ledger = (await admin.Get($"customers/{id}/access-ledger"))["data"]!.AsArray().Select(l => (l!["kind"]!.ToString(), l["reason"]?.ToString())).ToList();
        ledger.ShouldContain(("revealed", ""), "that there was a reason is known");
        ledger.ShouldContain(("erased", "request"));
        (await RefusedRowsAsync(admin)).ShouldBe(["", "13822250006"], "the row of the person is empty, that of somebody else is not");
        Lacks(string.Join('\n', log.Written), [.. Secrets, .. Names]);
        log.Written.Count.ShouldBeGreaterThan(20, "there was a log to look at");

        (await FilesAsync(app, [.. Secrets, .. Names])).ShouldBeEmpty();

        // Built anew from what can still be read, every table has the rows it has.
        var live = await RowsAsync(app);
        foreach (var projection in app.Store.Projections.All) await app.Store.Daemon.RebuildAsync(projection.Name, "test", "equal rows", Ct).WaitAsync(Patience.Limit, Ct);
        await app.Settled();
        var rebuilt = await RowsAsync(app);
        foreach (var (table, rows) in live) (rebuilt[table] == rows).ShouldBeTrue(table);
    }

    private static PostJson Post(string url) => new(new Uri(url), System.Text.Json.JsonSerializer.SerializeToElement(new { phone = "13822250005", text = "邮件里的秘密" }));

    private static async Task<Reply> LetterAsync(Api admin, Guid id)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await tick.WaitForNextTickAsync(Ct))
            if (await admin.Get($"operations/dead-letters/{id}") is { Status: HttpStatusCode.OK } letter) return letter;
        throw new TimeoutException();
    }

    /// <summary>A file of the operation log, with everything in it.</summary>
    private static async Task ExportAsync(CrmApp app, Api admin)
    {
        var id = (await admin.Post("operation-log/exports", new { reason = "存档" })).Is(HttpStatusCode.Accepted).Id;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await tick.WaitForNextTickAsync(Ct))
            if ((await admin.Get($"operation-log/exports/{id}"))["state"]!.ToString() == "done") break;
        (await admin.Http.GetStringAsync(new Uri($"/api/v1/operation-log/exports/{id}/file", UriKind.Relative), Ct)).ShouldContain("因木门道失守", customMessage: "the file has what its reader may see");
        await app.Settled();
    }

    /// <summary>The numbers in the rows of the import whose rows were all refused.</summary>
    private static async Task<List<string>> RefusedRowsAsync(Api admin)
    {
        var import = (await admin.Get("imports?sort=createdAt"))["data"]![0]!["id"]!;
        return [.. (await admin.Get($"imports/{import}/rows"))["data"]!.AsArray().Select(r => r!["values"]!["手机"]!.ToString())];
    }

    private static string Figures(Reply funnel) => string.Join(' ', funnel["stages"]!.AsArray().Select(s => $"{s!["code"]}:{s["count"]}:{s["amount"]!["amount"]}:{s["entered"]}"));

    /// <summary>Every row of every table of every schema.</summary>
    private static async Task<string> DumpAsync(CrmApp app)
    {
        await using var connection = await app.Store.DataSource.OpenConnectionAsync(Ct);
        var tables = new List<string>();
        await using (var command = new NpgsqlCommand("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')", connection))
        {
            await using var reader = await command.ExecuteReaderAsync(Ct);
            while (await reader.ReadAsync(Ct)) tables.Add(reader.GetString(0));
        }
        var dump = new StringBuilder();
        foreach (var table in tables)
        {
            using var copy = await connection.BeginTextExportAsync($"copy {table} to stdout", Ct);
            var text = await copy.ReadToEndAsync(Ct);
            dump.Append(text);
            // Bytes are written in hexadecimal: what they hold is looked at as text too.
            foreach (var part in text.Split('\t', '\n').Where(p => p.StartsWith(@"\\x", StringComparison.Ordinal) && p.Length % 2 == 1)) dump.Append(Encoding.UTF8.GetString(Convert.FromHexString(part[3..])));
        }
        return dump.ToString();
    }

    private static void Lacks(string text, string[] values) => values.Where(v => text.Contains(v, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();

    /// <summary>
    /// The files of the database that hold a value, after everything is written anew and nothing old is left behind: the planner's statistics first, whose samples of names
    /// the database replaces by itself in time (see SECURITY.md).
    /// </summary>
    private static async Task<List<string>> FilesAsync(CrmApp app, string[] values)
    {
        await using var connection = await app.Store.DataSource.OpenConnectionAsync(Ct);
        foreach (var sql in new[] { "analyze", "vacuum full", "checkpoint" })
            await using (var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 }) await command.ExecuteNonQueryAsync(Ct);
        await using var where = new NpgsqlCommand("select current_setting('data_directory') || '/base/' || oid from pg_database where datname = current_database()", connection);
        var folder = (string)(await where.ExecuteScalarAsync(Ct))!;
        var found = new List<string>();
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var content = new byte[stream.Length];
            await stream.ReadExactlyAsync(content, Ct);
            found.AddRange(values.Where(v => content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(v)) >= 0).Select(v => $"{v} in {Path.GetFileName(file)}"));
        }
        return found;
    }

    private static async Task AttachAsync(Api api, Guid customer, string name)
    {
        using var form = new MultipartFormDataContent();
        var file = new ByteArrayContent("%PDF-1.4\n%%EOF\n"u8.ToArray());
        file.Headers.ContentDisposition = new System.Net.Http.Headers.ContentDispositionHeaderValue("form-data") { Name = "file", FileNameStar = name };
        form.Add(file);
        using var answer = await api.Http.PostAsync(new Uri($"/api/v1/customers/{customer}/attachments", UriKind.Relative), form, Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Ct));
    }

    private static async Task ImportAsync(Api admin, string csv)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(csv)), "file", "rows.csv" } };
        using var answer = await admin.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form, Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!["id"]!.ToString();
        await Until("checked");
        (await admin.Post($"imports/{id}/commit")).Is(HttpStatusCode.OK);
        await Until("completed");

        async Task Until(string status)
        {
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (await tick.WaitForNextTickAsync(Ct))
            {
                var now = (await admin.Get($"imports/{id}"))["status"]!.ToString();
                now.ShouldNotBe("failed");
                if (now == status) return;
            }
        }
    }

    private static async Task<string> TextAsync(CrmApp app, string sql)
    {
        await using var command = app.Store.DataSource.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Ct))!;
    }

    private static async Task<SortedDictionary<string, string>> RowsAsync(CrmApp app)
    {
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in app.Store.Projections.All.SelectMany(p => p.Tables)) rows[table] = await TextAsync(app, $"select coalesce(string_agg(r::text, E'\n' order by r::text), '') from {table} r");
        return rows;
    }

    /// <summary>Everything the program logs, as text.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Written { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
