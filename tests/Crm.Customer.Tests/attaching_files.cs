using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Crm.EventStore;
using Crm.Host;
using Crm.Messaging;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Files of customers: in parts on broken lines, once for each person, encrypted, and gone with the person (S027).</summary>
public sealed class attaching_files(CrmApp app) : IClassFixture<CrmApp>
{
    private const int Part = AttachmentContent.Part;
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private static readonly byte[] Pdf = [.. "%PDF-1.7\n合同正文不可外传\n"u8, .. RandomNumberGenerator.GetBytes(3_000)];

    [Fact]
    public async Task in_one_request_and_back_whole_or_in_ranges()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        var version = (await admin.Get($"customers/{id}"))["version"]!.GetValue<int>();
        var added = (await PostAsync(admin, id, "采购/..\\合同\u202Efdp.pdf", Pdf, ("kind", "contractScan"))).Is(HttpStatusCode.Created);
        added.Headers.Location!.ToString().ShouldBe($"/api/v1/customers/{id}/attachments/{added.Id}");
        (added["name"]!.ToString(), added["kind"]!.ToString(), added["size"]!.GetValue<int>(), added["contentType"]!.ToString(), added["sha256"]!.ToString())
            .ShouldBe(("合同fdp.pdf", "contractScan", Pdf.Length, "application/pdf", Convert.ToHexStringLower(SHA256.HashData(Pdf))));
        added["createdByName"]!.ToString().ShouldNotBeEmpty();
        (await admin.Get(added.Headers.Location.ToString()["/api/v1/".Length..])).Is(HttpStatusCode.OK)["name"]!.ToString().ShouldBe("合同fdp.pdf");
        (await admin.Get($"customers/{id}"))["version"]!.GetValue<int>().ShouldBe(version + 1);

        using var whole = await ContentAsync(admin, id, added.Id);
        (await whole.Content.ReadAsByteArrayAsync(Ct)).ShouldBe(Pdf);
        whole.Headers.ETag!.Tag.ShouldBe($"\"{Convert.ToHexStringLower(SHA256.HashData(Pdf))}\"");
        (whole.Content.Headers.ContentDisposition!.DispositionType, whole.Content.Headers.ContentDisposition.FileNameStar).ShouldBe(("attachment", "合同fdp.pdf"));
        (whole.Headers.CacheControl!.NoStore, whole.Headers.GetValues("X-Content-Type-Options").Single(), whole.Content.Headers.ContentType!.MediaType).ShouldBe((true, "nosniff", "application/pdf"));
        using var middle = await ContentAsync(admin, id, added.Id, "bytes=100-199");
        (middle.StatusCode, middle.Content.Headers.ContentRange!.ToString()).ShouldBe((HttpStatusCode.PartialContent, $"bytes 100-199/{Pdf.Length}"));
        (await middle.Content.ReadAsByteArrayAsync(Ct)).ShouldBe(Pdf[100..200]);
        using var beyond = await ContentAsync(admin, id, added.Id, $"bytes={Pdf.Length}-");
        beyond.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);

        using var preview = await admin.Http.GetAsync($"/api/v1/customers/{id}/attachments/{added.Id}/preview", Ct);
        (preview.StatusCode, preview.Content.Headers.ContentDisposition!.DispositionType).ShouldBe((HttpStatusCode.OK, "inline"));
        preview.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("frame-ancestors 'self'");
        var text = (await PostAsync(admin, id, "纪要.txt", "只是文字"u8.ToArray())).Is(HttpStatusCode.Created);
        (await admin.Get($"customers/{id}/attachments/{text.Id}/preview")).IsProblem(415, "no_preview");

        await app.Settled();
        var ledger = (await admin.Get($"customers/{id}/access-ledger"))["data"]!.AsArray().Select(l => (l!["kind"]!.ToString(), l["attachmentId"]?.ToString())).ToList();
        ledger.ShouldBe([("previewed", added.Id.ToString()), ("downloaded", added.Id.ToString()), ("downloaded", added.Id.ToString()), ("downloaded", added.Id.ToString())]);
        (await admin.Get($"customers/{id}/timeline?kind=attachment"))["data"]!.AsArray().Select(i => (i!["type"]!.ToString(), i["title"]!.ToString())).ShouldBe([("attachment_added", "纪要.txt"), ("attachment_added", "合同fdp.pdf")]);
    }

    [Fact, Trait("Category", "Long")]
    public async Task of_any_size_take_no_more_memory_than_one_part()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        // The largest there may be with CRM_MEASURE=1: that takes a minute.
        var size = (Environment.GetEnvironmentVariable("CRM_MEASURE") is null ? 40L : 100L) << 20;
        var begun = await BeginAsync(admin, id, "大图.zip", size);
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var source = new Generated(size, sent, before);
        var done = await PatchAsync(admin, id, begun.Id, 0, new StreamContent(source, 128 * 1024));
        done.Is(HttpStatusCode.Created);
        var hash = Convert.ToHexStringLower(sent.GetHashAndReset());
        (done["sha256"]!.ToString(), done["size"]!.GetValue<long>()).ShouldBe((hash, size));

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/customers/{id}/attachments/{begun.Id}/content");
        using var response = await admin.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        await using var body = await response.Content.ReadAsStreamAsync(Ct);
        var block = new byte[128 * 1024];
        long total = 0;
        for (int read; (read = await body.ReadAsync(block, Ct)) > 0; total += read)
        {
            sent.AppendData(block, 0, read);
            if (total / (20 << 20) != (total + read) / (20 << 20)) source.Look();
        }
        (total, Convert.ToHexStringLower(sent.GetHashAndReset())).ShouldBe((size, hash));
        source.Most.ShouldBeLessThan(32 << 20, "bytes alive at any moment beyond those before");
        (await PostAsync(admin, id, "太大.zip", [.. "PK\u0003\u0004"u8], ("sha256", new string('0', 64)))).IsProblem(409, "hash_mismatch");
        (await admin.Post($"customers/{id}/attachments/uploads", new { name = "太大.zip", size = (100L << 20) + 1 })).IsProblem(413, "file_too_large");
    }

    [Fact]
    public async Task go_on_where_the_line_broke_on_another_host()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        var bytes = Random((Part * 3) + 17);
        var begun = await BeginAsync(admin, id, "验收.bin", bytes.Length, Convert.ToHexString(SHA256.HashData(bytes)));
        // The line breaks in the third part, when two are there.
        var line = new Breaking(bytes, (Part * 2) + (Part / 2), () => Wait.Until(async () => await OffsetAsync(admin, id, begun.Id) == Part * 2));
        await Should.ThrowAsync<HttpRequestException>(() => PatchAsync(admin, id, begun.Id, 0, new StreamContent(line)));
        (await OffsetAsync(admin, id, begun.Id)).ShouldBe(Part * 2, "whole parts are kept");

        await using var other = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={app.ConnectionString}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=Warning"]);
        await other.App.StartAsync(Ct);
        var there = other.App.Urls.First();
        var wrong = await PatchAsync(admin, id, begun.Id, Part, new ByteArrayContent(bytes[Part..]), there);
        wrong.IsProblem(409, "offset_mismatch");
        (wrong["offset"]!.GetValue<int>(), wrong.Headers.GetValues("Upload-Offset").Single()).ShouldBe((Part * 2, $"{Part * 2}"));
        (await PatchAsync(admin, id, begun.Id, Part * 2, new ByteArrayContent(bytes[(Part * 2)..^20]), there)).IsProblem(400, "part_too_small");
        (await PatchAsync(admin, id, begun.Id, Part * 2, new ByteArrayContent(bytes[(Part * 2)..]), there)).Is(HttpStatusCode.Created)["size"]!.GetValue<int>().ShouldBe(bytes.Length);
        await other.App.StopAsync(Ct);
        var state = (await admin.Get($"customers/{id}/attachments/uploads/{begun.Id}")).Is(HttpStatusCode.OK);
        (state["complete"]!.GetValue<bool>(), state["offset"]!.GetValue<int>()).ShouldBe((true, bytes.Length));
        (await PatchAsync(admin, id, begun.Id, Part * 2, new ByteArrayContent(bytes[(Part * 2)..]))).IsProblem(409, "offset_mismatch");
        using var back = await ContentAsync(admin, id, begun.Id, $"bytes={Part - 5}-{Part + 4}");
        (await back.Content.ReadAsByteArrayAsync(Ct)).ShouldBe(bytes[(Part - 5)..(Part + 5)], "across two parts");
    }

    [Fact]
    public async Task sent_twice_at_once_arrive_once()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        var bytes = Random((Part * 3) + 1);
        var begun = await BeginAsync(admin, id, "同时.bin", bytes.Length);
        var replies = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => PatchAsync(admin, id, begun.Id, 0, new ByteArrayContent(bytes))));
        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1, string.Join(' ', replies.Select(r => r.Status)));
        replies.Count(r => r.Status == HttpStatusCode.Conflict).ShouldBe(4);
        using var back = await ContentAsync(admin, id, begun.Id);
        (await back.Content.ReadAsByteArrayAsync(Ct)).ShouldBe(bytes);

        // The same bytes under other names, all at once: one content.
        var twins = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => PostAsync(admin, id, $"副本{i}.bin", bytes)));
        foreach (var twin in twins) twin.Is(HttpStatusCode.Created);
        (await CountAsync("select count(*) from customer.attachment_contents where customer_id = $1", id)).ShouldBe(1);
        (await CountAsync("select count(*) from customer.attachment_parts p join customer.attachment_contents c on c.id = p.content_id where c.customer_id = $1", id)).ShouldBe(4);
        (await admin.Get($"customers/{id}/attachments?count=exact"))["count"]!.GetValue<int>().ShouldBe(5);
        (await PostAsync(await app.As("admin"), await CustomerAsync(admin), "别人.bin", bytes)).Is(HttpStatusCode.Created);
        (await CountAsync("select count(distinct hash) from customer.attachment_contents where size = $1", (long)bytes.Length)).ShouldBe(2, "what two persons have in common nobody sees");
    }

    [Fact]
    public async Task with_an_idempotency_key_are_added_once()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        var first = (await PostAsync(admin, id, "一次.pdf", Pdf, "key-1")).Is(HttpStatusCode.Created);
        (await PostAsync(admin, id, "一次.pdf", Pdf, "key-1")).Is(HttpStatusCode.Created).Id.ShouldBe(first.Id);
        (await PostAsync(admin, id, "二次.pdf", Pdf, "key-1")).IsProblem(422, "idempotency_key_reused");
        (await admin.Get($"customers/{id}/attachments")).Column().ShouldBe(["一次.pdf"]);
        (await CountAsync("select count(*) from customer.attachment_contents where customer_id = $1", id)).ShouldBe(1);
    }

    [Fact]
    public async Task that_run_or_lie_are_refused_and_leave_nothing()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        byte[] program = [.. "MZ"u8, .. new byte[100]];
        (await PostAsync(admin, id, "合同.pdf", program)).IsProblem(415, "file_type_refused");
        (await PostAsync(admin, id, "图.png", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"u8.ToArray())).IsProblem(415, "file_type_refused");
        (await PostAsync(admin, id, "网页.txt", "  <!DOCTYPE html><script>1</script>"u8.ToArray())).IsProblem(415, "file_type_refused");
        (await PostAsync(admin, id, "宏.vbs", "MsgBox 1"u8.ToArray())).IsProblem(415, "file_type_refused");
        (await PostAsync(admin, id, "空.txt", [])).IsProblem(400, "file_empty");
        (await PostAsync(admin, id, "a.txt", "a"u8.ToArray(), ("kind", "invoice"))).IsProblem(400, "unknown_value").Naming("body.kind");
        (await PostAsync(admin, id, "a.txt", "a"u8.ToArray(), ("contactId", Guid.CreateVersion7().ToString()))).IsProblem(400, "unknown_contact");
        (await PostAsync(admin, id, "a.txt", "a"u8.ToArray(), ("followUpId", Guid.CreateVersion7().ToString()))).IsProblem(400, "unknown_follow_up");
        (await admin.Post($"customers/{id}/attachments", new { name = "a" })).Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await admin.Post($"customers/{id}/attachments/uploads", new { name = "\u202E/", size = 0, sha256 = "x" })).IsProblem(400, "invalid").Naming("body.name").Naming("body.size").Naming("body.sha256");
        var exe = await BeginAsync(admin, id, "合同.pdf", program.Length);
        (await PatchAsync(admin, id, exe.Id, 0, new ByteArrayContent(program))).IsProblem(415, "file_type_refused");
        var lie = await BeginAsync(admin, id, "合同.pdf", Pdf.Length, new string('a', 64));
        (await PatchAsync(admin, id, lie.Id, 0, new ByteArrayContent(Pdf))).IsProblem(409, "hash_mismatch");
        var more = await BeginAsync(admin, id, "合同.pdf", Part + 10);
        (await PatchAsync(admin, id, more.Id, 0, new ByteArrayContent(Pdf))).IsProblem(400, "part_too_small");
        (await PatchAsync(admin, id, more.Id, 0, new ByteArrayContent(new byte[Part + 11]))).IsProblem(400, "beyond_size");
        (await PatchAsync(admin, id, more.Id, null, new ByteArrayContent(Pdf))).IsProblem(400, "required").Naming("header.Upload-Offset");
        (await admin.Delete($"customers/{id}/attachments/uploads/{more.Id}")).Is(HttpStatusCode.NoContent);
        (await admin.Get($"customers/{id}/attachments/uploads/{more.Id}")).IsProblem(404, "not_found");
        (await CountAsync("select count(*) from customer.attachment_contents where customer_id = $1", id)).ShouldBe(0);
        (await admin.Get($"customers/{id}/attachments")).Column().ShouldBeEmpty();
    }

    [Fact]
    public async Task of_one_customer_have_an_end()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        for (var i = 0; i < 20; i++) await BeginAsync(admin, id, $"{i}.zip", 100L << 20);
        (await BeginAsync(admin, id, "last.zip", (2L << 30) - (2_000L << 20))).Id.ShouldNotBe(Guid.Empty);
        (await admin.Post($"customers/{id}/attachments/uploads", new { name = "x.zip", size = 1 })).IsProblem(409, "quota_exceeded");
        (await PostAsync(admin, id, "x.txt", "x"u8.ToArray())).IsProblem(409, "quota_exceeded");
    }

    [Fact]
    public async Task are_renamed_removed_and_restored_and_the_past_knows_it()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        var file = (await PostAsync(admin, id, "初稿.pdf", Pdf)).Is(HttpStatusCode.Created).Id;
        var drafted = app.Store.Now;
        (await admin.Patch($"customers/{id}/attachments/{file}", new { name = "定稿.exe" })).IsProblem(400, "file_type_refused");
        (await admin.Patch($"customers/{id}/attachments/{file}", new { name = "../定稿.pdf", kind = "acceptanceReport" })).Is(HttpStatusCode.OK)["name"]!.ToString().ShouldBe("定稿.pdf");
        (await admin.Patch($"customers/{id}/attachments/{file}", new { name = "定稿.pdf" })).Is(HttpStatusCode.OK)["kind"]!.ToString().ShouldBe("acceptanceReport");
        var renamed = app.Store.Now;
        (await admin.Delete($"customers/{id}/attachments/{file}")).Is(HttpStatusCode.NoContent);
        (await admin.Delete($"customers/{id}/attachments/{file}")).IsProblem(404, "not_found");
        (await admin.Get($"customers/{id}/attachments/{file}/content")).IsProblem(404, "not_found");
        var removed = app.Store.Now;
        (await admin.Post($"customers/{id}/attachments/{file}/restore")).Is(HttpStatusCode.OK)["name"]!.ToString().ShouldBe("定稿.pdf");
        (await admin.Post($"customers/{id}/attachments/{file}/restore")).Is(HttpStatusCode.OK);
        using (var back = await ContentAsync(admin, id, file)) (await back.Content.ReadAsByteArrayAsync(Ct)).ShouldBe(Pdf);
        foreach (var basis in new[] { "effective", "recorded" })
        {
            (await AtAsync(drafted)).ShouldBe(["初稿.pdf"]);
            (await AtAsync(renamed)).ShouldBe(["定稿.pdf"]);
            (await AtAsync(removed)).ShouldBeEmpty();
            (await AtAsync(app.Store.Now)).ShouldBe(["定稿.pdf"]);
            async Task<IReadOnlyList<string?>> AtAsync(DateTimeOffset at) => (await admin.Get($"customers/{id}/attachments?basis={basis}&asOf={Uri.EscapeDataString(at.ToString("O"))}")).Is(HttpStatusCode.OK).Column();
        }
        (await admin.Get($"customers/{id}/history"))["data"]!.AsArray().Select(h => h!["type"]!.ToString())
            .ShouldBe(["attachment_restored", "attachment_removed", "attachment_changed", "attachment_added", "customer_registered"]);
        (await admin.Get($"customers/{id}/attachments?filter={Uri.EscapeDataString("kind = \"acceptanceReport\"")}")).Column().ShouldBe(["定稿.pdf"]);
        (await admin.Post($"customers/{id}/follow-ups", new { at = DateTimeOffset.UtcNow.AddMinutes(-5), method = "visit", summary = "交付", attachmentIds = new[] { file } })).Is(HttpStatusCode.Created);
        var rows = await RowsAsync(id);
        await app.Store.Daemon.RebuildAsync("customer.attachments", "test", "equal rows", Ct).WaitAsync(Patience.Limit, Ct);
        rows.Split('\n').Length.ShouldBe(4, "a row for each version");
        (await RowsAsync(id)).ShouldBe(rows);
    }

    [Fact]
    public async Task belong_to_follow_ups()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        var file = (await PostAsync(admin, id, "纪要.txt", "说好了"u8.ToArray())).Id;
        var log = new { at = DateTimeOffset.UtcNow.AddMinutes(-5), method = "visit", summary = "谈妥", attachmentIds = new[] { file } };
        var followUp = (await admin.Post($"customers/{id}/follow-ups", log)).Is(HttpStatusCode.Created);
        followUp["attachmentIds"]!.AsArray().Select(a => a!.GetValue<Guid>()).ShouldBe([file]);
        (await admin.Get($"customers/{id}/attachments/{file}"))["followUpId"]!.GetValue<Guid>().ShouldBe(followUp.Id);
        (await admin.Post($"customers/{await CustomerAsync(admin)}/follow-ups", log)).IsProblem(400, "unknown_attachment").Naming("body.attachmentIds");
        (await PostAsync(admin, id, "补.txt", "补"u8.ToArray(), ("followUpId", followUp.Id.ToString()))).Is(HttpStatusCode.Created)["followUpId"]!.GetValue<Guid>().ShouldBe(followUp.Id);
    }

    [Fact]
    public async Task are_for_those_who_see_the_customer_and_added_by_those_who_may_change_it()
    {
        var (admin, stranger, auditor) = (await app.As("admin"), await app.Hire("files-stranger", "sales"), await app.Hire("files-auditor", "auditor"));
        var id = await CustomerAsync(admin);
        (await admin.Post($"customers/{id}/owner", new { ownerId = await app.UserId("admin") })).Is(HttpStatusCode.OK);
        var file = (await PostAsync(admin, id, "内部.pdf", Pdf)).Id;
        var upload = await BeginAsync(admin, id, "慢.bin", Part * 2);
        foreach (var path in new[] { "", $"/{file}", $"/{file}/content", $"/{file}/preview", $"/uploads/{upload.Id}" }) (await stranger.Get($"customers/{id}/attachments{path}")).IsProblem(404, "not_found");
        (await PostAsync(stranger, id, "a.txt", "a"u8.ToArray())).IsProblem(404, "not_found");
        (await stranger.Post($"customers/{id}/attachments/uploads", new { name = "a", size = 1 })).IsProblem(404, "not_found");
        (await PatchAsync(stranger, id, upload.Id, 0, new ByteArrayContent(new byte[Part]))).IsProblem(404, "not_found");
        (await stranger.Delete($"customers/{id}/attachments/uploads/{upload.Id}")).IsProblem(404, "not_found");
        (await auditor.Get($"customers/{id}/attachments")).Column().ShouldBe(["内部.pdf"]);
        (await auditor.Get($"customers/{id}/attachments/{file}/content")).Is(HttpStatusCode.OK);
        (await PostAsync(auditor, id, "a.txt", "a"u8.ToArray())).IsProblem(403, "forbidden");
        (await auditor.Get($"customers/{id}/attachments/uploads/{upload.Id}")).IsProblem(403, "forbidden");
        // An upload is of who began it.
        var second = await app.Hire("files-manager", "manager");
        (await PatchAsync(second, id, upload.Id, 0, new ByteArrayContent(new byte[Part]))).IsProblem(404, "not_found");
        (await admin.Post($"customers/{id}/archive")).Is(HttpStatusCode.OK);
        (await PostAsync(admin, id, "a.txt", "a"u8.ToArray())).IsProblem(409, "archived");
        (await admin.Delete($"customers/{id}/attachments/{file}")).IsProblem(409, "archived");
    }

    [Fact]
    public async Task go_with_the_person()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        var contact = (await admin.Post($"customers/{id}/contacts", new { name = "柳敬亭" })).Id;
        (await PostAsync(admin, id, "身份证柳敬亭.pdf", Pdf, ("contactId", contact.ToString()))).Is(HttpStatusCode.Created);
        var own = (await PostAsync(admin, id, "机密合同甲方.pdf", Pdf)).Is(HttpStatusCode.Created).Id;
        await BeginAsync(admin, id, "半途而废.pdf", Part);
        (await CountAsync("select count(*) from customer.attachment_parts p join customer.attachment_contents c on c.id = p.content_id where c.customer_id = $1", id)).ShouldBe(2, "one for each person");
        // Whoever has the database has neither names nor contents nor what tells that a content is known.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Pdf));
        foreach (var table in new[] { "customer.attachments", "customer.attachment_contents", "customer.timeline", "events.mt_events", "http.idempotency" })
            foreach (var secret in new[] { "身份证柳敬亭", "机密合同甲方", "半途而废", hash })
                (await CountAsync($"select count(*) from {table} r where r::text like '%' || $1 || '%'", secret)).ShouldBe(0, $"{table} {secret}");
        (await CountAsync("select count(*) from customer.attachment_parts where position($1 in bytes) > 0", Pdf[..20])).ShouldBe(0);
        var report = (await admin.Get($"customers/{id}/data-subject-report")).Is(HttpStatusCode.OK)["attachments"]!.AsArray();
        report.Select(a => a!["name"]!.ToString()).ShouldBe(["身份证柳敬亭.pdf", "机密合同甲方.pdf"]);

        (await admin.Post($"customers/{id}/erase", new { contactId = contact, reason = "request" })).Is(HttpStatusCode.OK);
        (await admin.Get($"customers/{id}/attachments")).Column().ShouldBe(["机密合同甲方.pdf"]);
        (await CountAsync("select count(*) from customer.attachment_contents where person_id = $1", contact)).ShouldBe(0);
        (await ContentAsync(admin, id, own)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await admin.Post($"customers/{id}/erase", new { reason = "request" })).Is(HttpStatusCode.OK);
        await app.Settled();
        foreach (var table in new[] { "customer.attachments", "customer.attachment_contents" }) (await CountAsync($"select count(*) from {table} where customer_id = $1", id)).ShouldBe(0, table);
        (await CountAsync("select count(*) from customer.attachment_parts p where not exists (select from customer.attachment_contents c where c.id = p.content_id)")).ShouldBe(0);
        (await admin.Get($"customers/{id}/attachments/{own}/content")).IsProblem(404, "not_found");
        foreach (var path in new[] { "history", "timeline", "access-ledger" }) (await admin.Get($"customers/{id}/{path}")).Is(HttpStatusCode.OK).Text.ShouldNotContain("机密合同");
        (await PostAsync(admin, id, "a.txt", "a"u8.ToArray())).IsProblem(410, "erased");
    }

    [Fact]
    public async Task that_nobody_can_reach_are_cleaned_up()
    {
        var admin = await app.As("admin");
        var id = await CustomerAsync(admin);
        var kept = (await PostAsync(admin, id, "留.pdf", Pdf)).Id;
        var twin = (await PostAsync(admin, id, "同.pdf", Pdf)).Id;
        var gone = (await PostAsync(admin, id, "走.txt", "走了"u8.ToArray())).Id;
        var late = (await PostAsync(admin, id, "近.txt", "刚移除"u8.ToArray())).Id;
        var stale = await BeginAsync(admin, id, "断.bin", Part * 2);
        var fresh = await BeginAsync(admin, id, "新.bin", Part * 2);
        foreach (var file in new[] { twin, gone, late }) (await admin.Delete($"customers/{id}/attachments/{file}")).Is(HttpStatusCode.NoContent);
        await ExecuteAsync("update customer.attachments set removed_at = removed_at - interval '31 days' where id = any($1)", new[] { gone, twin });
        await ExecuteAsync("update customer.attachment_contents set touched_at = touched_at - interval '2 days' where customer_id = $1 and id <> $2", id, fresh.Id);
        await app.Services.GetRequiredService<MessageBus>().SendAsync(new CleanUpAttachments(), new EventContext("test", "test"), ct: Ct);
        await Wait.Until(async () => await CountAsync("select count(*) from customer.attachment_contents where id = any($1)", (object)new[] { stale.Id, gone }) == 0);
        (await CountAsync("select count(*) from customer.attachment_contents where customer_id = $1", id)).ShouldBe(3, "of what is there, what can be restored, and what is being received");
        (await admin.Post($"customers/{id}/attachments/{gone}/restore")).IsProblem(410, "attachment_gone");
        (await admin.Post($"customers/{id}/attachments/{late}/restore")).Is(HttpStatusCode.OK);
        (await ContentAsync(admin, id, late)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ContentAsync(admin, id, kept)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await admin.Get($"customers/{id}/attachments/uploads/{stale.Id}")).IsProblem(404, "not_found");
    }

    [Theory]
    [InlineData("合同.pdf", "合同.pdf")]
    [InlineData("C:\\temp\\a.pdf", "a.pdf")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("\u202Egnp.exe\u0000\r\n", "gnp.exe")]
    [InlineData(" a<b>:c|d?.txt. ", "a_b__c_d_.txt")]
    [InlineData("\u200B\u2066", "")]
    [InlineData("...", "")]
    [InlineData("e\u0301.txt", "\u00E9.txt")]
    [InlineData("照片😀.jpg", "照片😀.jpg")]
    public void have_names_that_lead_nowhere(string name, string cleaned) => AttachmentName.Clean(name).ShouldBe(cleaned);

    [Fact]
    public void have_names_that_keep_their_end()
    {
        var cleaned = AttachmentName.Clean(new string('长', 300) + ".pdf");
        (cleaned.Length, cleaned[^4..]).ShouldBe((200, ".pdf"));
        AttachmentName.IsActive("a.PDF.EXE").ShouldBeTrue();
    }

    [Theory]
    [InlineData("89504E470D0A1A0A00", "x.exe.png", "image/png")]
    [InlineData("FFD8FFE0", "a", "image/jpeg")]
    [InlineData("255044462D312E37", "a.txt", "application/pdf")]
    [InlineData("504B0304", "报价.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    [InlineData("504B0304", "a.pdf", "application/zip")]
    [InlineData("D0CF11E0A1B11AE1", "旧.doc", "application/msword")]
    [InlineData("524946460000000057454250", "a", "image/webp")]
    [InlineData("00000018667479706D703432", "a", "video/mp4")]
    [InlineData("0001020300", "a", "application/octet-stream")]
    [InlineData("4D5A90", "a.pdf", null)]
    [InlineData("7F454C46", "a", null)]
    [InlineData("23212F62696E2F7368", "a.txt", null)]
    [InlineData("FFFE3C0068007400", "a.txt", "text/plain")]
    [InlineData("EFBBBF3C68746D6C3E", "a.txt", null)]
    public void are_what_they_begin_with(string head, string name, string? type) => AttachmentType.Of(Convert.FromHexString(head), name).ShouldBe(type);

    private static byte[] Random(int length) => [0, .. RandomNumberGenerator.GetBytes(length - 1)];

    private static async Task<Guid> CustomerAsync(Api api) => (await api.Post("customers", new { kind = "company", name = "附件" + Guid.CreateVersion7().ToString("N")[..20] }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    private static async Task<Reply> BeginAsync(Api api, Guid customer, string name, long size, string? sha256 = null)
    {
        var begun = (await api.Post($"customers/{customer}/attachments/uploads", new { name, size, sha256 })).Is(HttpStatusCode.Created);
        begun.Headers.Location!.ToString().ShouldBe($"/api/v1/customers/{customer}/attachments/uploads/{begun.Id}");
        return begun;
    }

    private static async Task<long> OffsetAsync(Api api, Guid customer, Guid upload)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/api/v1/customers/{customer}/attachments/uploads/{upload}");
        using var response = (await api.Http.SendAsync(request, Ct)).EnsureSuccessStatusCode();
        return long.Parse(response.Headers.GetValues("Upload-Offset").Single(), null);
    }

    private static Task<Reply> PostAsync(Api api, Guid customer, string name, byte[] bytes, params (string Name, string Value)[] fields) => PostAsync(api, customer, name, bytes, null, fields);

    private static async Task<Reply> PostAsync(Api api, Guid customer, string name, byte[] bytes, string? key, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        foreach (var field in fields) form.Add(new StringContent(field.Value), field.Name);
        var file = new ByteArrayContent(bytes);
        file.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileNameStar = name };
        form.Add(file);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/customers/{customer}/attachments") { Content = form };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await ReplyAsync(api, request);
    }

    private static async Task<Reply> PatchAsync(Api api, Guid customer, Guid upload, long? offset, HttpContent content, string host = "")
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{host}/api/v1/customers/{customer}/attachments/uploads/{upload}") { Content = content };
        // What is refused before it was read may end its connection, which must not be the next request's.
        request.Headers.ConnectionClose = true;
        if (offset is { } at) request.Headers.Add("Upload-Offset", at.ToString(null, null));
        return await ReplyAsync(api, request);
    }

    private static async Task<Reply> ReplyAsync(Api api, HttpRequestMessage request)
    {
        using var response = await api.Http.SendAsync(request, Ct);
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(Ct), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    private static Task<HttpResponseMessage> ContentAsync(Api api, Guid customer, Guid attachment, string? range = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/customers/{customer}/attachments/{attachment}/content");
        if (range is not null) request.Headers.TryAddWithoutValidation("Range", range);
        return api.Http.SendAsync(request, Ct);
    }

    private async Task<string> RowsAsync(Guid customer)
    {
        await using var command = Command("select string_agg(r::text, E'\\n' order by r::text) from customer.attachments r where customer_id = $1", [customer]);
        return (string)(await command.ExecuteScalarAsync(Ct))!;
    }

    private async Task<long> CountAsync(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    private async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = app.Store.DataSource.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    /// <summary>So many bytes without holding them, and a look at what is alive meanwhile.</summary>
    private sealed class Generated(long size, IncrementalHash hash, long before) : Stream
    {
        private static readonly byte[] Block = [0, .. RandomNumberGenerator.GetBytes(4_095)];

        public long Most { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position { get; set; }

        public void Look() => Most = Math.Max(Most, GC.GetTotalMemory(forceFullCollection: true) - before);

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(Math.Min(count, Block.Length), size - Position);
            Block.AsSpan(0, count).CopyTo(buffer.AsSpan(offset));
            hash.AppendData(Block, 0, count);
            if (Position / (20 << 20) != (Position + count) / (20 << 20)) Look();
            Position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>A line that breaks after so many bytes.</summary>
    private sealed class Breaking(byte[] bytes, int until, Func<Task> before) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= until)
            {
                await before();
                throw new IOException("The line broke.");
            }
            return await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, until - Position)], cancellationToken);
        }
    }
}
