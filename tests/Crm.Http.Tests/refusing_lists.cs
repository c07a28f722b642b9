using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Testing;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Crm.Http.Tests;

public sealed class refusing_lists(PostgresFixture postgres)
{
    [Theory]
    [InlineData("filter", "bogus = 1", "unknown_field", 0, "bogus")]
    [InlineData("filter", "stage = a AND bogus.x = 1", "unknown_field", 14, "bogus.x")]
    [InlineData("filter", "customer.bogus = 1", "unknown_field", 0, "customer.bogus")]
    [InlineData("filter", "customer = 1", "unknown_field", 0, "customer")]
    [InlineData("filter", "custom. = 1", "invalid_filter", 0, null)]
    [InlineData("filter", "Stage = a", "unknown_field", 0, "Stage")]
    [InlineData("filter", "amount > abc", "invalid_value", 9, "amount")]
    [InlineData("filter", "amount > 1e400", "invalid_value", 9, "amount")]
    [InlineData("filter", "amount > \"*\"", "invalid_value", 9, "amount")]
    [InlineData("filter", "amount > null", "invalid_value", 9, "amount")]
    [InlineData("filter", "archived = yes", "invalid_value", 11, "archived")]
    [InlineData("filter", "archived > true", "invalid_operator", 0, "archived")]
    [InlineData("filter", "tier = Z", "invalid_value", 7, "tier")]
    [InlineData("filter", "tier > a", "invalid_operator", 0, "tier")]
    [InlineData("filter", "ownerId = 12", "invalid_value", 10, "ownerId")]
    [InlineData("filter", "ownerId < 0198c000-0000-7000-8000-00000000000a", "invalid_operator", 0, "ownerId")]
    [InlineData("filter", "closeDate > 2026-02-30", "invalid_value", 12, "closeDate")]
    [InlineData("filter", "closeDate > 31.1.2026", "invalid_value", 12, "closeDate")]
    [InlineData("filter", "createdAt > 2026-01-01T00:00:00", "invalid_value", 12, "createdAt")]
    [InlineData("filter", "createdAt > now-99999y", "invalid_value", 12, "createdAt")]
    [InlineData("filter", "createdAt > now+99999y", "invalid_value", 12, "createdAt")]
    [InlineData("filter", "createdAt > now(\"Mars/Olympus\")", "invalid_value", 12, "createdAt")]
    [InlineData("filter", "createdAt > today-3h", "invalid_value", 12, "createdAt")]
    [InlineData("filter", "createdAt < 9999-12-31", "invalid_value", 12, "createdAt")]
    [InlineData("filter", "name = today(\"UTC\")", "invalid_value", 7, "name")]
    [InlineData("filter", "name > \"a*\"", "invalid_value", 7, "name")]
    [InlineData("filter", "tags = x", "invalid_operator", 0, "tags")]
    [InlineData("filter", "tags:\"x*\"", "invalid_value", 5, "tags")]
    [InlineData("filter", "plans = x", "invalid_operator", 0, "plans")]
    [InlineData("filter", "custom = x", "invalid_operator", 0, "custom")]
    [InlineData("filter", "name = \"a\0b\"", "invalid_character", 9, null)]
    [InlineData("sort", "name,bogus", "unknown_field", 5, "bogus")]
    [InlineData("sort", "customer.name", "unknown_field", 0, "customer.name")]
    [InlineData("sort", "tags", "not_sortable", 0, "tags")]
    [InlineData("sort", "custom", "not_sortable", 0, "custom")]
    [InlineData("sort", "name,-name", "invalid_sort", 5, "name")]
    [InlineData("sort", "name,", "invalid_sort", 5, null)]
    [InlineData("sort", "name,stage,tier,size,archived,seenAt", "invalid_sort", 30, null)]
    [InlineData("fields", "name,bogus", "unknown_field", 5, "bogus")]
    [InlineData("fields", "amount.bogus", "unknown_field", 0, "amount.bogus")]
    [InlineData("fields", "customer.name", "unknown_field", 0, "customer.name")]
    [InlineData("limit", "501", "limit_out_of_range", null, null)]
    [InlineData("limit", "0", "limit_out_of_range", null, null)]
    [InlineData("limit", "-1", "limit_out_of_range", null, null)]
    [InlineData("limit", "ten", "limit_out_of_range", null, null)]
    [InlineData("limit", "99999999999", "limit_out_of_range", null, null)]
    [InlineData("count", "yes", "unknown_value", null, null)]
    [InlineData("q", "a\0", "invalid_character", 1, null)]
    [InlineData("cursor", "abc", "invalid_cursor", null, null)]
    [InlineData("cursor", "!!!", "invalid_cursor", null, null)]
    [InlineData("asOf", "yesterday", "invalid_instant", null, null)]
    [InlineData("basis", "both", "unknown_value", null, null)]
    public async Task names_parameter_field_and_position(string name, string value, string code, int? position, string? field)
    {
        var problem = await Should.ThrowAsync<ProblemException>(() => Deals.Nowhere.List((name, value)));
        problem.Status.ShouldBe(400);
        problem.Code.ShouldBe(code);
        problem.Errors.ShouldHaveSingleItem().In.ShouldBe("query." + name);
        problem.Context?.GetValueOrDefault("position").ShouldBe(position);
        problem.Context?.GetValueOrDefault("field").ShouldBe(field);
        problem.Zh.ShouldNotBe(problem.Message);
    }

    [Fact]
    public async Task answers_with_position_field_and_limits_in_the_callers_language()
    {
        var http = new DefaultHttpContext { Request = { Headers = { AcceptLanguage = "en" } }, Response = { Body = new MemoryStream() } };
        await Problems.WriteAsync(http, await Should.ThrowAsync<ProblemException>(async () => await Deals.Query(("limit", "501"))));
        http.Response.Body.Position = 0;
        var error = (await JsonNode.ParseAsync(http.Response.Body, cancellationToken: TestContext.Current.CancellationToken))!["errors"]![0]!;
        error["in"]!.ToString().ShouldBe("query.limit");
        error["message"]!.ToString().ShouldContain("1 to 500");
        error["context"]!["max"]!.GetValue<int>().ShouldBe(500);
    }

    [Theory]
    [InlineData("""{"filter":"bogus = 1"}""", "unknown_field", "body.filter")]
    [InlineData("""{"limit":501}""", "limit_out_of_range", "body.limit")]
    [InlineData("""{"limit":1.5}""", "limit_out_of_range", "body.limit")]
    [InlineData("""{"limit":true}""", "invalid_value", "body.limit")]
    [InlineData("""{"sort":["name",1]}""", "invalid_value", "body.sort")]
    [InlineData("""{"filters":"a"}""", "unknown_field", "body.filters")]
    [InlineData("""{"filter":"name = \"\\u0000\""}""", "invalid_filter", "body.filter")]
    public async Task refuses_the_same_in_a_body(string body, string code, string where)
    {
        var problem = await Should.ThrowAsync<ProblemException>(() => Deals.Nowhere.Search(body));
        problem.Code.ShouldBe(code);
        problem.Errors.ShouldHaveSingleItem().In.ShouldBe(where);
    }

    [Fact]
    public async Task refuses_a_cursor_that_was_changed_or_taken_elsewhere()
    {
        await using var deals = await Deals.In(postgres);
        await deals.Put([.. Enumerable.Range(0, 4).Select(i => new DealView { Id = Guid.CreateVersion7(), Name = "n" + i, CreatedAt = Deals.Clock.Now, Size = i })]);
        var next = (await deals.List(("sort", "name"), ("limit", "2"))).Next!;
        (await deals.List(("sort", "name"), ("limit", "3"), ("cursor", next))).Data.Count.ShouldBe(2);

        foreach (var other in ((string, string?)[])[("sort", "-name"), ("filter", "size >= 0"), ("q", "n"), ("asOf", "2026-01-01T00:00:00Z")])
            await Refused(other.Item1 == "sort" ? [other, ("cursor", next)] : [("sort", "name"), other, ("cursor", next)]);
        for (var i = 0; i < next.Length; i++)
            await Refused(("sort", "name"), ("cursor", next[..i] + (next[i] == 'A' ? 'B' : 'A') + next[(i + 1)..]));
        await Refused(("sort", "name"), ("cursor", next[..^4]));

        // Even a token with a right checksum is parsed by type: no value in it can become an error of the database.
        var source = $"deals\nsize\n\n\n\nEffective";
        foreach (var payload in (string[])["[\"1\",\"x\",\"y\"]", "[]", "[null]", "[\"1\",null,null]", "[\"9999999999999999999\",\"1\",\"0198c000-0000-7000-8000-00000000000a\"]", "{}", "[1]"])
        {
            byte[] bytes = Encoding.UTF8.GetBytes(payload), key = [.. Encoding.UTF8.GetBytes(source), 0, .. bytes];
            await Refused(("sort", "size"), ("cursor", Base64Url.EncodeToString([.. System.Security.Cryptography.SHA256.HashData(key)[..9], .. bytes])));
        }

        async Task Refused(params (string, string?)[] parameters) =>
            (await Should.ThrowAsync<ProblemException>(() => deals.List(parameters))).Code.ShouldBe("invalid_cursor");
    }
}
