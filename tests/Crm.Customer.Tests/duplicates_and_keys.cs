using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Likely duplicates (C8) and keys of other systems (C9).</summary>
public sealed class duplicates_and_keys(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task a_likely_duplicate_is_refused_with_its_candidates()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "深圳蓝鲸科技有限公司", shortName = "Blue Whale", phone = "+86 138-3333-0001", email = "Hi@Whale.example" })).Is(HttpStatusCode.Created).Id;
        foreach (var (body, reasons) in new (object, string[])[]
        {
            (new { kind = "company", name = "深圳蓝鲸科技" }, ["name"]),
            (new { kind = "company", name = "ＢＬＵＥ ｗｈａｌｅ, Inc." }, ["name"]),
            (new { kind = "company", name = "别的公司甲", phone = "13833330001" }, ["phone"]),
            (new { kind = "company", name = "别的公司乙", email = "hi@whale.example" }, ["email"]),
            (new { kind = "company", name = "深圳蓝鲸科技股份有限公司", phone = "138 3333 0001" }, ["phone", "name"]),
        })
        {
            var refused = (await sales.Post("customers", body)).IsProblem(409, "duplicate");
            var candidate = refused["candidates"]!.AsArray().Single()!;
            candidate["id"]!.ToString().ShouldBe(id.ToString());
            candidate["name"]!.ToString().ShouldBe("深圳蓝鲸科技有限公司");
            candidate["reasons"]!.AsArray().Select(r => r!.ToString()).ShouldBe(reasons);
            candidate["score"]!.GetValue<decimal>().ShouldBeInRange(0.5m, 1m);
        }

        var twin = (await sales.Post("customers", new { kind = "company", name = "深圳蓝鲸科技" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        var entry = (await sales.Get($"customers/{twin.Id}/timeline"))["data"]![0]!;
        entry["data"]!["duplicatesOf"]!.AsArray().Single()!.ToString().ShouldBe(id.ToString());
    }

    [Fact]
    public async Task a_number_of_a_contact_counts_for_its_customer_as_long_as_it_is_there()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "北京赤狐贸易有限公司" })).Id;
        var contact = (await sales.Post($"customers/{id}/contacts", new { name = "王五", phone = "13833330002" })).Id;
        (await sales.Post("customers", new { kind = "person", name = "王五", phone = "138-3333-0002" })).IsProblem(409, "duplicate");
        await sales.Patch($"customers/{id}/contacts/{contact}", new { phone = "13833330003" });
        (await sales.Post("customers", new { kind = "person", name = "王五", phone = "138-3333-0002" })).Is(HttpStatusCode.Created);
        (await sales.Post("customers", new { kind = "person", name = "赵六", phone = "13833330003" })).IsProblem(409, "duplicate");
        await sales.Delete($"customers/{id}/contacts/{contact}");
        (await sales.Post("customers", new { kind = "person", name = "赵六", phone = "13833330003" })).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task two_persons_of_one_name_with_different_numbers_are_two()
    {
        var sales = await app.As("sales");
        (await sales.Post("customers", new { kind = "person", name = "张伟", phone = "13833330011" })).Is(HttpStatusCode.Created);
        (await sales.Post("customers", new { kind = "person", name = "张伟", phone = "13833330012" })).Is(HttpStatusCode.Created);
        (await sales.Post("customers", new { kind = "person", name = "张伟" })).IsProblem(409, "duplicate")["candidates"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task a_renamed_customer_is_found_by_its_new_name_only()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "旧名字公司" })).Id;
        await sales.Patch($"customers/{id}", new { name = "新名字公司" });
        (await sales.Post("customers", new { kind = "company", name = "新名字有限公司" })).IsProblem(409, "duplicate")["candidates"]![0]!["name"]!.ToString().ShouldBe("新名字公司");
        (await sales.Post("customers", new { kind = "company", name = "旧名字公司" })).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task somebody_typing_sees_what_is_on_file()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "成都熊猫食品有限公司", phone = "13833330021" })).Id;
        var byPost = (await sales.Post("customers/duplicates", new { name = "成都熊猫食品", phone = "138 3333 0021" })).Is(HttpStatusCode.OK);
        byPost["data"]!.AsArray().Single()!["id"]!.ToString().ShouldBe(id.ToString());
        (await sales.Get("customers/duplicates?name=成都熊猫食品")).Is(HttpStatusCode.OK)["data"]!.AsArray().Count.ShouldBe(1);
        (await sales.Get("customers/duplicates?phone=138")).Is(HttpStatusCode.OK)["data"]!.AsArray().ShouldBeEmpty();
        (await sales.Get("customers/duplicates")).Is(HttpStatusCode.OK)["data"]!.AsArray().ShouldBeEmpty();
        (await sales.Post("customers/duplicates", new { tel = "1" })).IsProblem(400, "unknown_field").Naming("body.tel");
        (await sales.Get("customers/duplicates?email=a%00b")).IsProblem(400, "invalid_character");
    }

    [Fact]
    public async Task a_key_of_another_system_is_unique_unless_insisted()
    {
        var sales = await app.As("sales");
        var first = (await sales.Post("customers", new { kind = "company", name = "键一公司", externalKeys = new { erp = "K-1" } })).Is(HttpStatusCode.Created).Id;
        (await sales.Post("customers", new { kind = "company", name = "键二公司", externalKeys = new { erp = "K-1" } })).IsProblem(409, "duplicate")["candidates"]![0]!["reasons"]![0]!.ToString().ShouldBe("externalKey");
        var other = (await sales.Post("customers", new { kind = "company", name = "键三公司" })).Id;
        (await sales.Patch($"customers/{other}", new { externalKeys = new { erp = "K-1" } })).IsProblem(409, "external_key_taken");
        (await sales.Get($"customers/{other}")).ETag.ShouldBe("\"1\"");

        var twin = (await sales.Post("customers", new { kind = "company", name = "键二公司", externalKeys = new { erp = "K-1" } }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
        var several = (await sales.Put("customers/by/erp/K-1", new { tier = "A" }));
        ((int)several.Status).ShouldBe(300);
        several["data"]!.AsArray().Select(m => m!["id"]!.ToString()).ShouldBe([first.ToString(), twin.ToString()], ignoreOrder: true);
        several["data"]![0]!["name"]!.ToString().ShouldStartWith("键");
    }

    [Fact]
    public async Task put_by_key_creates_then_changes()
    {
        var integrator = await app.AsIntegrator();
        var body = new { kind = "company", name = "同步公司", tier = "C" };
        (await integrator.Put("customers/by/oa/S-1?updateOnly=true", body)).IsProblem(404, "not_found");
        var created = (await integrator.Put("customers/by/oa/S-1", body)).Is(HttpStatusCode.Created);
        created["externalKeys"]!["oa"]!.ToString().ShouldBe("S-1");
        created.Headers.Location!.ToString().ShouldEndWith(created.Id.ToString());
        var changed = (await integrator.Put("customers/by/oa/S-1", new { tier = "A" })).Is(HttpStatusCode.OK);
        (changed.Id, changed["tier"]!.ToString(), changed.ETag).ShouldBe((created.Id, "A", "\"2\""));
        (await integrator.Put("customers/by/oa/S-1?updateOnly=true", new { tier = "A" })).Is(HttpStatusCode.OK).ETag.ShouldBe("\"2\"");
        (await integrator.Put("customers/by/oa/S-2", new { tier = "A" })).IsProblem(400, "invalid").Naming("body.name").Naming("body.kind");
        (await integrator.Put("customers/by/oa/S-2", new { kind = "company", name = "同步公司" })).IsProblem(409, "duplicate");
        (await integrator.Put("customers/by/oa/A%2FB%20%E5%8F%B7", new { kind = "company", name = "斜杠公司" })).Is(HttpStatusCode.Created)["externalKeys"]!["oa"]!.ToString().ShouldBe("A/B 号");
        (await integrator.Put("customers/by/1a/S-2", body)).IsProblem(400, "invalid_name");
        (await integrator.Put("customers/by/oa/S-1", new { nonsense = 1 })).IsProblem(400, "unknown_field");
    }

    [Fact]
    public async Task put_by_key_from_many_at_once_makes_one_customer()
    {
        var integrator = await app.AsIntegrator();
        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => integrator.Put("customers/by/erp/RACE-1", new { kind = "company", name = "赛跑公司", source = $"第{i}次" }, ("X-Allow-Duplicate", "false"))));
        foreach (var reply in replies) ((int)reply.Status).ShouldBeOneOf(200, 201);
        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        replies.Select(r => r.Id).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task one_key_registered_from_many_at_once_is_taken_once()
    {
        var sales = await app.As("sales");
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => sales.Post("customers", new { kind = "company", name = $"并发登记{i}号", externalKeys = new { erp = "RACE-2" } })));
        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        foreach (var refused in replies.Where(r => r.Status != HttpStatusCode.Created))
            refused.Json["code"]!.ToString().ShouldBeOneOf("duplicate", "external_key_taken");
    }

    [Fact]
    public async Task keys_move_with_their_customer()
    {
        var sales = await app.As("sales");
        var one = (await sales.Post("customers", new { kind = "company", name = "钥匙甲", externalKeys = new { erp = "MOVE-1" } })).Id;
        var two = (await sales.Post("customers", new { kind = "company", name = "钥匙乙" })).Id;
        (await sales.Patch($"customers/{one}", new JsonObject { ["externalKeys"] = new JsonObject { ["erp"] = null } })).Is(HttpStatusCode.OK)["externalKeys"]!.AsObject().Count.ShouldBe(0);
        (await sales.Patch($"customers/{two}", new { externalKeys = new { erp = "MOVE-1" } })).Is(HttpStatusCode.OK);
        (await sales.Put("customers/by/erp/MOVE-1", new { tier = "D" })).Is(HttpStatusCode.OK).Id.ShouldBe(two);
    }
}
