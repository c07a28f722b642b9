using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.Testing;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Http.Tests;

public sealed class reading_lists(PostgresFixture postgres)
{
    private static readonly DealView Deal = new()
    {
        Id = Guid.Parse("0198c000-0000-7000-8000-000000000001"), Name = "云帆", Stage = "谈判", Amount = new Money(10.50m, "CNY"), CreatedAt = DateTimeOffset.Parse("2026-03-01T08:00:00+08:00", null),
        Tags = ["高价值客户"], Custom = new Dictionary<string, object> { ["行业 规模"] = "大", ["seats"] = 12, ["it's"] = true },
    };

    [Fact]
    public async Task answers_documents_as_they_are_with_page_and_count()
    {
        await using var deals = await Deals.In(postgres);
        await deals.Put(Deal);
        var answer = await Json(await deals.List(("count", "exact")));
        answer["count"]!.GetValue<int>().ShouldBe(1);
        answer["page"]!.ToJsonString().ShouldBe("""{"next":null,"hasMore":false}""");
        var row = answer["data"]![0]!;
        row["name"]!.ToString().ShouldBe("云帆");
        row["amount"]!.ToJsonString().ShouldBe("""{"amount":10.50,"currency":"CNY"}""");
        row["createdAt"]!.ToString().ShouldBe("2026-03-01T00:00:00.000000Z");
        row.AsObject().ContainsKey("buyerName").ShouldBeTrue();
        (await Json(await deals.List()))["count"].ShouldBeNull();
        (await deals.List(("count", "estimate"))).Count.ShouldNotBeNull();
        (await deals.List(("count", "exact"), ("filter", "name = x"))).ShouldSatisfyAllConditions(p => p.Count.ShouldBe(0), p => p.Data.ShouldBeEmpty());
    }

    [Theory]
    [InlineData("name", """{"name":"云帆"}""")]
    [InlineData("amount.currency,id", """{"id":"0198c000-0000-7000-8000-000000000001","amount":{"currency":"CNY"}}""")]
    [InlineData("amount,amount.currency", """{"amount":{"amount":10.50,"currency":"CNY"}}""")]
    [InlineData("next.goal,closeDate", """{"next":{"goal":null},"closeDate":null}""")]
    [InlineData("custom.行业 规模, custom.seats,custom.it's,custom.none", """{"custom":{"it's":true,"none":null,"seats":12,"行业 规模":"大"}}""")]
    [InlineData("buyerName,tags", """{"tags":["高价值客户"],"buyerName":null}""")]
    public async Task trims_to_the_fields_asked_for(string fields, string expected)
    {
        await using var deals = await Deals.In(postgres);
        await deals.Put(Deal);
        JsonNode.DeepEquals((await Json(await deals.List(("fields", fields))))["data"]![0], JsonNode.Parse(expected)).ShouldBeTrue((await deals.List(("fields", fields))).Data[0]);
    }

    [Fact]
    public async Task trims_to_more_fields_than_one_function_call_takes()
    {
        await using var deals = await Deals.In(postgres);
        await deals.Put(Deal);
        var names = Enumerable.Range(0, 130).Select(i => $"custom.f{i}").Append("name");
        (await Json(await deals.List(("fields", string.Join(',', names)))))["data"]![0]!["custom"]!.AsObject().Count.ShouldBe(130);
    }

    [Fact]
    public async Task reads_the_same_list_from_a_body()
    {
        await using var deals = await Deals.In(postgres);
        await deals.Put(Deal, Deal with { Id = Guid.CreateVersion7(), Name = "b" });
        var page = await deals.Search("""{"filter":"stage = \"谈判\" AND amount > 10 AND (tags:\"高价值客户\" OR NOT name = \"x\")","sort":["-name"],"fields":["name"],"limit":1,"count":"exact","cursor":null}""");
        page.Data.ShouldBe(["""{"name": "云帆"}"""]);
        page.Count.ShouldBe(2);
        page.HasMore.ShouldBeTrue();
    }

    [Fact]
    public async Task keeps_to_what_the_caller_may_see()
    {
        await using var deals = await Deals.In(postgres);
        await deals.Put(Deal, Deal with { Id = Guid.CreateVersion7(), OwnerId = FilterModel.Owners[0] });
        var owner = FilterModel.Owners[0];
        var name = "云帆'; drop table deals --";
        Deals.Ids(await deals.List($"(d.doc->>'ownerId')::uuid = {owner} and d.doc->>'name' <> {name}", ("filter", "name = \"云帆\" OR size = 0"), ("count", "exact"))).Count.ShouldBe(1);
    }

    [Fact]
    public async Task shows_a_past_instant_on_either_axis()
    {
        await using var deals = await Deals.In(postgres);
        var id = Deal.Id;
        // Won on the 5th, recorded on the 9th.
        await State(deals, Deal with { Stage = "open" }, "2026-03-01", "2026-03-09", "2026-03-01", "2026-03-05");
        await State(deals, Deal with { Stage = "won" }, "2026-03-09", "infinity", "2026-03-05", "infinity");

        (await Stage("2026-02-28T00:00:00Z", "effective")).ShouldBeNull();
        (await Stage("2026-03-01T00:00:00Z", "effective")).ShouldBe("open");
        (await Stage("2026-03-06T00:00:00Z", "effective")).ShouldBe("won");
        (await Stage("2026-03-06T00:00:00Z", "recorded")).ShouldBe("open");
        (await Stage("2026-03-09T00:00:00Z", "recorded")).ShouldBe("won");

        async Task<string?> Stage(string asOf, string basis) =>
            (await Json(await deals.List(("asOf", asOf), ("basis", basis), ("filter", $"id = {id}"))))["data"]!.AsArray().SingleOrDefault()?["stage"]!.ToString();
    }

    [Fact]
    public async Task tells_fields_that_depend_on_time_by_the_instant_of_the_list()
    {
        await using var deals = await Deals.In(postgres);
        await deals.Put(Deal);
        var map = FieldMap.Of<DealView>().Add("age", FieldType.Number, "extract(day from {at} - (d.doc->>'createdAt')::timestamptz)");
        var source = Deals.Source with { Fields = map, Joins = "", Select = "jsonb_build_object('age', extract(day from {at} - (d.doc->>'createdAt')::timestamptz))" };
        var query = await Deals.Query(("filter", "age = 14"), ("sort", "age"));
        (await query.ReadAsync(deals.Db, source, Deals.Clock, ct: TestContext.Current.CancellationToken)).Data.ShouldBe(["""{"age": 14}"""]);
    }

    private static async Task State(Deals deals, DealView deal, string knownFrom, string knownTo, string trueFrom, string trueTo)
    {
        await using var command = deals.Db.CreateCommand(
            "insert into deals_states (id, version, doc, search, grams, known_from, known_to, true_from, true_to) values ($1, (select count(*) from deals_states), $2::jsonb, '', '{}', $3::text::timestamptz, $4::text::timestamptz, $5::text::timestamptz, $6::text::timestamptz)");
        command.Parameters.Add(new NpgsqlParameter { Value = deal.Id });
        command.Parameters.Add(new NpgsqlParameter { Value = System.Text.Json.JsonSerializer.Serialize(deal, EventStore.EventSerializer.Documents) });
        foreach (var time in (string[])[knownFrom, knownTo, trueFrom, trueTo]) command.Parameters.Add(new NpgsqlParameter { Value = time == "infinity" ? time : time + " 00:00:00Z" });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<JsonNode> Json(ListPage page)
    {
        var http = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        await page.ExecuteAsync(http);
        http.Response.Body.Position = 0;
        return (await JsonNode.ParseAsync(http.Response.Body))!;
    }
}
