using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>What cannot be is answered clearly (C5), and the server goes on.</summary>
public sealed class bad_input(CrmApp app) : IClassFixture<CrmApp>
{
    [Theory]
    [InlineData("{", "malformed_json", null)]
    [InlineData("[]", "malformed_json", null)]
    [InlineData("null", "malformed_json", null)]
    [InlineData("\"x\"", "malformed_json", null)]
    [InlineData("{\"kind\":\"company\",\"name\":\"a\",\"name\":\"b\"}", "malformed_json", null)]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"custom\":{\"a\":1,\"a\":2}}", "malformed_json", null)]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"reason\":1}", "invalid_value", "body.reason")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"nmae\":\"y\"}", "unknown_field", "body.nmae")]
    [InlineData("{\"Kind\":\"company\",\"name\":\"x\"}", "unknown_field", "body.Kind")]
    [InlineData("{\"kind\":\"company\",\"name\":1}", "invalid_value", "body.name")]
    [InlineData("{\"kind\":\"company\",\"name\":[\"x\"]}", "invalid_value", "body.name")]
    [InlineData("{\"kind\":\"firm\",\"name\":\"x\"}", "invalid_value", "body.kind")]
    [InlineData("{\"kind\":0,\"name\":\"x\"}", "invalid_value", "body.kind")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"ownerId\":\"me\"}", "invalid_value", "body.ownerId")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"tags\":\"a\"}", "invalid_value", "body.tags")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"tags\":[null]}", "invalid", "body.tags[0]")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"custom\":{\"a\":{\"b\":1}}}", "invalid", "body.custom")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"custom\":{\"a\":1e999999}}", "invalid", "body.custom")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"custom\":{\"a.b\":1}}", "invalid", "body.custom")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"externalKeys\":{\"a b\":\"1\"}}", "invalid", "body.externalKeys")]
    [InlineData("{\"kind\":\"company\",\"name\":\"x\",\"businessDate\":20260101}", "invalid_date", "body.businessDate")]
    [InlineData("{\"kind\":\"company\",\"name\":\"a\\u0000b\"}", "invalid_character", null)]
    [InlineData("{\"kind\":\"company\",\"name\":\"\\ud800\"}", "invalid_character", null)]
    [InlineData("{\"kind\":\"company\"}", "invalid", "body.name")]
    [InlineData("{\"name\":\"x\"}", "invalid", "body.kind")]
    [InlineData("{}", "invalid", "body.kind")]
    public async Task is_a_problem_that_names_the_place(string body, string code, string? where)
    {
        var reply = (await (await app.As("sales")).Post("customers", body)).IsProblem(400, code);
        if (where is not null) reply.Naming(where);
    }

    [Fact]
    public async Task raw_nul_bytes_and_wrong_encodings_are_refused()
    {
        (await Raw([.. "{\"kind\":\"company\",\"name\":\"a"u8, 0, .. "b\"}"u8])).IsProblem(400, "invalid_character");
        (await Raw([.. "{\"kind\":\"company\",\"name\":\""u8, 0xD5, 0xC5, 0xC8, 0xFD, .. "\"}"u8])).IsProblem(400, "invalid_character");
        (await Raw(Encoding.Unicode.GetBytes("{\"kind\":\"company\",\"name\":\"x\"}"))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task a_name_of_a_megabyte_is_refused()
    {
        var sales = await app.As("sales");
        (await sales.Post("customers", new { kind = "company", name = new string('名', 300_000) })).IsProblem(400, "invalid").Naming("body.name");
        (await sales.Post("customers", new { kind = "company", name = new string('名', 400_000) })).IsProblem(413, "too_large");
    }

    [Fact]
    public async Task other_media_types_are_refused()
    {
        var sales = await app.As("sales");
        using var form = new StringContent("kind=company&name=x", Encoding.UTF8, "application/x-www-form-urlencoded");
        (await sales.Http.PostAsync("/api/v1/customers", form)).StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task deep_nesting_is_refused() =>
        (await (await app.As("sales")).Post("customers", "{\"custom\":" + new string('[', 5000) + new string(']', 5000) + "}")).IsProblem(400, "malformed_json");

    [Fact]
    public async Task an_id_that_is_none_is_not_found()
    {
        var sales = await app.As("sales");
        (await sales.Get("customers/abc")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await sales.Get($"customers/{Guid.Empty}")).IsProblem(404, "not_found");
        (await sales.Post($"customers/{Guid.CreateVersion7()}/archive")).IsProblem(404, "not_found");
        (await sales.Get($"customers/{Guid.CreateVersion7()}/history")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task the_record_of_another_kind_is_not_found()
    {
        var (sales, user) = (await app.As("sales"), await app.UserId("sales"));
        (await sales.Get($"customers/{user}")).IsProblem(404, "not_found");
        (await sales.Patch($"customers/{user}", new { name = "x" })).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task messages_follow_the_language_and_codes_do_not()
    {
        var sales = await app.As("sales");
        var zh = (await sales.Post("customers", new { kind = "company", name = "x", phone = "123" }, ("Accept-Language", "zh-CN"))).IsProblem(400, "invalid");
        var en = (await sales.Post("customers", new { kind = "company", name = "x", phone = "123" }, ("Accept-Language", "en-US,en;q=0.9"))).IsProblem(400, "invalid");
        zh["errors"]![0]!["message"]!.ToString().ShouldContain("手机号为 11 位");
        en["errors"]![0]!["message"]!.ToString().ShouldContain("11 digits");
        en["errors"]![0]!["code"]!.ToString().ShouldBe(zh["errors"]![0]!["code"]!.ToString());
        (await sales.Post("customers", new { kind = "company" }, ("Accept-Language", "en")))["errors"]![0]!["message"]!.ToString().ShouldBe("It must not be empty.");
        (await sales.Post("customers", new { kind = "company" }))["errors"]![0]!["message"]!.ToString().ShouldBe("不能为空。");
    }

    [Fact]
    public async Task nothing_of_it_harms_the_next_request()
    {
        var sales = await app.As("sales");
        (await sales.Post("customers", new { kind = "company", name = "'; drop table customer.customers; --", tags = new[] { "{}", "\\", "%_" } })).Is(HttpStatusCode.Created);
        (await sales.Get($"customers?q={Uri.EscapeDataString("drop table")}")).Column().ShouldBe(["'; drop table customer.customers; --"]);
        (await sales.Get($"customers?q={Uri.EscapeDataString("%_")}")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task nul_characters_in_a_query_leave_the_connections_as_they_were()
    {
        var sales = await app.As("sales");
        for (var i = 0; i < 5; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => sales.Get("customers/duplicates?email=a%00b")));
            (await sales.Get("customers/duplicates?email=a%00b")).IsProblem(400, "invalid_character").Naming("query.email");
            (await sales.Get("customers?filter=name%20%3D%20%22a%00%22")).IsProblem(400, "invalid_character").Naming("query.filter");
            foreach (var reply in await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => sales.Get("customers/duplicates?email=a@b.example")))) reply.Is(HttpStatusCode.OK);
        }
    }

    [Theory]
    [InlineData("customers/{0}/follow-ups")]
    [InlineData("customers/{0}/timeline")]
    [InlineData("customers/{0}/attachments")]
    [InlineData("customers/{0}/relations")]
    [InlineData("customers/{0}/access-ledger")]
    [InlineData("customers/duplicates/queue")]
    [InlineData("notifications")]
    public async Task words_are_refused_by_lists_that_have_none_to_search(string path)
    {
        var admin = await app.As("admin");
        var id = (await admin.Post("customers", new { kind = "company", name = "无词可搜" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
        path = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, id);
        (await admin.Get(path)).Is(HttpStatusCode.OK);
        (await admin.Get(path + "?q=x")).IsProblem(400, "search_not_supported").Naming("query.q");
        (await admin.Get(path + "?filter=x")).IsProblem(400, "search_not_supported");
    }

    private async Task<Reply> Raw(byte[] body)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await (await app.As("sales")).Http.PostAsync("/api/v1/customers", content);
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }
}
