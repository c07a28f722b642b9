using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class two_people_and_one_card(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task a_stale_move_is_refused_with_what_happened()
    {
        var sales = await app.As("sales");
        var opened = await sales.Opportunity(await app.Pipeline());
        (await sales.Post($"opportunities/{opened.Id}/stage", new { to = "proposal" }, ("If-Match", opened.ETag))).Is(HttpStatusCode.OK).ETag.ShouldBe("\"2\"");
        var stale = (await (await app.As("manager")).Post($"opportunities/{opened.Id}/lose", new { reason = "误操作" }, ("If-Match", opened.ETag))).IsProblem(412, "stale_version");
        var conflict = stale["conflicts"]!.AsArray().Single()!;
        (conflict["type"]!.ToString(), conflict["actorName"]!.ToString()).ShouldBe(("opportunity_moved", "李晓燕"));
        conflict["changes"]!.AsArray().Select(c => c!["field"]!.ToString()).ShouldContain("stage");
    }

    [Fact]
    public async Task patches_of_different_fields_do_not_conflict()
    {
        var sales = await app.As("sales");
        var opened = await sales.Opportunity(await app.Pipeline(), 100);
        (await sales.Patch($"opportunities/{opened.Id}", new { nextStep = "打电话", custom = new { region = "华东" } }, ("If-Match", opened.ETag))).Is(HttpStatusCode.OK);
        var second = (await sales.Patch($"opportunities/{opened.Id}", new { expectedCloseDate = Sales.Day(9), custom = new { level = 2 } }, ("If-Match", opened.ETag))).Is(HttpStatusCode.OK);
        second["nextStep"]!.ToString().ShouldBe("打电话");
        second["custom"]!.AsObject().Select(c => c.Key).Order(StringComparer.Ordinal).ShouldBe(["level", "region"]);
        (await sales.Patch($"opportunities/{opened.Id}", new { nextStep = "拜访" }, ("If-Match", opened.ETag))).IsProblem(412, "stale_version");
    }

    [Fact]
    public async Task moves_at_the_same_moment_all_count_one_after_the_other()
    {
        var sales = await app.As("sales");
        var pipeline = await app.Pipeline();
        var id = (await sales.Opportunity(pipeline, 100)).Id;
        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => sales.Post($"opportunities/{id}/stage", new { to = i % 2 == 0 ? "proposal" : "lead" })));
        foreach (var reply in replies) reply.Is(HttpStatusCode.OK);
        var types = (await sales.Get($"opportunities/{id}/history")).Column("type");
        types[^1].ShouldBe("opportunity_opened");
        types.SkipLast(1).ShouldAllBe(t => t == "opportunity_moved");
        // Every move left where the one before had put it.
        var changes = (await sales.Get($"opportunities/{id}/history"))["data"]!.AsArray().SkipLast(1).Select(e => e!["changes"]!.AsArray().Single(c => c!["field"]!.ToString() == "stage")!).ToList();
        foreach (var (newer, older) in changes.Zip(changes.Skip(1))) newer["before"]!.ToString().ShouldBe(older["after"]!.ToString());
        var board = await sales.Get($"opportunities/board?pipelineId={pipeline}");
        (board.Lane("lead").Count + board.Lane("proposal").Count).ShouldBe(1);
    }

    [Fact]
    public async Task with_the_same_version_one_wins()
    {
        var sales = await app.As("sales");
        var opened = await sales.Opportunity(await app.Pipeline());
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => sales.Post($"opportunities/{opened.Id}/win", new { }, ("If-Match", opened.ETag))));
        replies.Count(r => r.Status == HttpStatusCode.OK).ShouldBe(1);
        foreach (var reply in replies.Where(r => r.Status != HttpStatusCode.OK)) reply.IsProblem(412, "stale_version");
    }
}
