using System.Net;
using System.Text.Json.Nodes;
using Crm.Http;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>The search over everything: every kind of record, by what people remember and in spite of what they mistype.</summary>
public sealed partial class looking_for_customers
{
    private const string Families = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗";
    private const string Words = "华腾云鑫盛瑞康达泰恒信博创智联宏图天地银铜风雷星辰松柏梅兰竹菊福禄平顺丰裕隆昌";
    private static readonly string[] Trades = ["信息技术有限公司", "机械制造有限公司", "文化传媒有限公司", "生物医药股份有限公司"];

    [Fact]
    public async Task every_kind_of_record_is_found_at_once_and_the_nearest_first()
    {
        var seller = await app.Hire("search-kinds", "sales", "service");
        var contains = await Register(seller, "南方琥珀珍珠有限公司");
        var begins = await Register(seller, "琥珀珍珠科技");
        var exact = await Register(seller, "琥珀珍珠");
        var opportunity = (await seller.Post("opportunities", new { name = "琥珀珍珠二期", customerId = exact })).Is(HttpStatusCode.Created).Id;
        var ticket = (await seller.Post("tickets", new { subject = "琥珀珍珠无法登录", channel = "phone", customerId = exact })).Is(HttpStatusCode.Created);
        var task = (await seller.Post("tasks", new { title = "给琥珀珍珠寄合同", customerId = exact })).Is(HttpStatusCode.Created).Id;
        await app.Settled();

        var found = await Search(seller, "琥珀珍珠");
        found.Select(g => g.Type).ShouldBe(["customers", "tasks", "opportunities", "tickets"]);
        Ids(found, "customers").ShouldBe([exact, begins, contains]);
        found[0].Hits.Select(h => h!["score"]!.GetValue<decimal>()).ShouldBe([1m, 0.9m, 0.8m]);
        found[0].Hits[2]!["matched"]!.ToJsonString(Crm.EventStore.EventSerializer.Documents).ShouldBe("""{"field":"name","by":"contains","value":"南方琥珀珍珠有限公司","at":2,"length":4,"of":null}""");
        Ids(found, "opportunities").ShouldBe([opportunity]);
        Ids(found, "tickets").ShouldBe([ticket.Id]);
        Ids(found, "tasks").ShouldBe([task]);
        Ids(await Search(seller, ticket["number"]!.ToString()), "tickets").ShouldBe([ticket.Id], "by its number");
        Ids(await Search(seller, "hpzz"), "customers").ShouldBe([exact, begins, contains], ignoreOrder: true, "by initials");
        By(await Search(seller, "hpzz"), exact).ShouldBe("initials");
        By(await Search(seller, "hupozhenzhu"), exact).ShouldBe("pinyin");
        (await Search(seller, "琥珀珍珠", "tickets,tasks")).Select(g => g.Type).ShouldBe(["tasks", "tickets"]);
        var more = (await seller.Get($"search?q={Uri.EscapeDataString("琥珀珍珠")}&types=customers&limit=2")).Is(HttpStatusCode.OK)["groups"]![0]!;
        (more["hits"]!.AsArray().Count, more["hasMore"]!.GetValue<bool>()).ShouldBe((2, true));

        // Similar ones come behind whatever was found exactly, and say so.
        var similar = await Register(seller, "琥珀珍珍文化");
        await app.Settled();
        found = await Search(seller, "琥珀珍珠");
        Ids(found, "customers").ShouldBe([exact, begins, contains, similar]);
        (found[0].Hits[3]!["similar"]!.GetValue<bool>(), found[0].Hits[3]!["matched"]!["value"]!.ToString()).ShouldBe((true, "琥珀珍珍文化"));
        found[0].Hits.Take(3).ShouldAllBe(h => !h!["similar"]!.GetValue<bool>());
    }

    [Fact]
    public async Task whatever_somebody_remembers_of_a_name_finds_it()
    {
        var random = new Random(20);
        string Of(string from) => from[random.Next(from.Length)].ToString();
        var seller = await app.Hire("search-names", "sales");
        var people = new Dictionary<string, Guid>();
        while (people.Count < 10)
        {
            var company = people.Count % 2 == 0;
            var name = company ? "苏州" + Of(Words) + Of(Words) + Of(Words) + Trades[random.Next(Trades.Length)] : Of(Families) + Of(Words) + Of(Words);
            if (!people.ContainsKey(name)) people[name] = (await seller.Post("customers", new { kind = company ? "company" : "person", name }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
        }
        await app.Settled();
        foreach (var (name, id) in people)
        {
            var (from, length) = (random.Next(name.Length - 2), 2 + random.Next(2));
            var part = name.Substring(from, Math.Min(length, name.Length - from));
            var (core, begin) = name.StartsWith("苏州", StringComparison.Ordinal) ? (name[2..5], name[..6]) : (name[..3], null);
            var pinyin = Pinyin.SortKey(core);
            var initials = string.Concat(core.Select(c => Pinyin.SortKey(c.ToString())[0]));
            string[] remembered = [part, pinyin, initials, .. Mistyped(pinyin, random)];
            foreach (var words in begin is null ? remembered : [.. remembered, Wrong(begin, random)])
                Ids(await Search(seller, words, "customers"), "customers").ShouldContain(id, $"{words} → {name}");
        }
    }

    [Fact]
    public async Task a_customer_is_found_by_its_contacts_and_only_by_whoever_may_see_it()
    {
        var (admin, seller, other) = (await app.As("admin"), await app.Hire("search-contacts", "sales"), await app.Hire("search-other", "sales"));
        var id = await Register(seller, "杭州翡翠玛瑙有限公司");
        await seller.Post($"customers/{id}/contacts", new { name = "欧阳翡翠", phone = "13977660055", email = "ouyang@feicui.example" });
        await seller.Post("opportunities", new { name = "翡翠玛瑙扩容", customerId = id });
        await app.Settled();

        var byName = Hit(await Search(seller, "欧阳翡翠"), id);
        (byName["title"]!.ToString(), byName["matched"]!["field"]!.ToString(), byName["matched"]!["value"]!.ToString()).ShouldBe(("杭州翡翠玛瑙有限公司", "contacts.name", "欧阳翡翠"));
        foreach (var number in new[] { "13977660055", "139 7766 0055", "0055" })
        {
            var byNumber = Hit(Groups(await seller.Post("search", new { q = number })), id)["matched"]!;
            (byNumber["field"]!.ToString(), byNumber["value"]!.ToString(), byNumber["of"]!.ToString()).ShouldBe(("contacts.phone", "139****0055", "欧阳翡翠"));
        }
        Hit(Groups(await seller.Post("search", new { q = "ouyang@feicui.example" })), id)["matched"]!["value"]!.ToString().ShouldBe("o***@feicui.example");
        Hit(Groups(await admin.Post("search", new { q = "0055", types = new[] { "customers" } })), id)["matched"]!["value"]!.ToString().ShouldBe("13977660055");
        foreach (var words in new[] { "翡翠玛瑙", "欧阳翡翠", "翡翠玛脑", "feicuimanao", "feicuimano", "fcmn", "13977660055" })
            Groups(await other.Post("search", new { q = words })).ShouldBeEmpty(words);

        await app.Settled();
        var ledger = (await admin.Get($"customers/{id}/access-ledger"))["data"]!.AsArray();
        ledger.Count(l => l!["kind"]!.ToString() == "searched").ShouldBe(5, "each look for a number or an address, and no other");
    }

    [Fact]
    public async Task what_is_archived_is_found_and_marked_what_is_gone_is_not()
    {
        var seller = await app.Hire("search-gone", "sales", "manager");
        var (archived, deleted, target, source) = (await Register(seller, "水晶档案公司"), await Register(seller, "水晶删除公司"), await Register(seller, "水晶合并公司"), await Register(seller, "水晶旧名公司"));
        foreach (var done in new[] { await seller.Post($"customers/{archived}/archive", new { }), await seller.Delete($"customers/{deleted}"), await seller.Post($"customers/{target}/merge", new { sourceId = source }) })
            done.Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.NoContent);
        await app.Settled();
        var hits = await Search(seller, "水晶");
        Ids(hits, "customers").ShouldBe([archived, target], ignoreOrder: true);
        Hit(hits, archived)["archived"]!.GetValue<bool>().ShouldBeTrue();
        Hit(hits, target)["archived"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Theory]
    [InlineData("", "required", "query.q")]
    [InlineData("q=%20", "required", "query.q")]
    [InlineData("q=a&limit=51", "limit_out_of_range", "query.limit")]
    [InlineData("q=a&limit=x", "limit_out_of_range", "query.limit")]
    [InlineData("q=a&types=customers,secrets", "unknown_value", "query.types")]
    public async Task a_search_says_what_is_wrong_with_it(string query, string code, string where) => (await (await app.As("sales")).Get("search?" + query)).IsProblem(400, code).Naming(where);

    [Fact]
    public async Task a_search_survives_any_text()
    {
        var sales = await app.As("sales");
        foreach (var text in new[] { "%", "_", "\\", "'", "^", "=abcd", "\n", "a\nb", "％＿", "𠮷𠮷𠮷𠮷", "zhang san li si", "....", "123456789012345678901234567890", "@@", "a@", "有限公司有限公司有限公司", new string('长', 200), new string('z', 200) })
            (await sales.Post("search", new { q = text })).Status.ShouldBe(string.IsNullOrWhiteSpace(text) ? HttpStatusCode.BadRequest : HttpStatusCode.OK, text);
        (await sales.Post("search", new { q = new string('a', 201) })).IsProblem(400, "too_long").Naming("body.q");
        (await sales.Post("search", new { q = "a", sort = "name" })).IsProblem(400, "unknown_field").Naming("body.sort");
    }

    private static async Task<Guid> Register(Api seller, string name) => (await seller.Post("customers", new { kind = "company", name }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    private static async Task<List<(string Type, JsonArray Hits)>> Search(Api api, string words, string? types = null) =>
        Groups(await api.Get($"search?q={Uri.EscapeDataString(words)}&limit=50{(types is null ? "" : "&types=" + types)}"));

    private static List<(string Type, JsonArray Hits)> Groups(Reply reply) => [.. reply.Is(HttpStatusCode.OK)["groups"]!.AsArray().Select(g => (g!["type"]!.ToString(), g["hits"]!.AsArray()))];

    private static List<Guid> Ids(List<(string Type, JsonArray Hits)> groups, string type) => [.. groups.Where(g => g.Type == type).SelectMany(g => g.Hits).Select(h => h!["id"]!.GetValue<Guid>())];

    private static JsonNode Hit(List<(string Type, JsonArray Hits)> groups, Guid id) => groups.SelectMany(g => g.Hits).Single(h => h!["id"]!.GetValue<Guid>() == id)!;

    private static string By(List<(string Type, JsonArray Hits)> groups, Guid id) => Hit(groups, id)["matched"]!["by"]!.ToString();

    /// <summary>A letter wrong, missing, too many, and two swapped.</summary>
    private static IEnumerable<string> Mistyped(string word, Random random)
    {
        var at = 1 + random.Next(word.Length - 2);
        var letter = (char)('a' + random.Next(26));
        return [$"{word[..at]}{letter}{word[(at + 1)..]}", word.Remove(at, 1), $"{word[..at]}{letter}{word[at..]}", $"{word[..at]}{word[at + 1]}{word[at]}{word[(at + 2)..]}"];
    }

    private static string Wrong(string text, Random random)
    {
        var at = random.Next(text.Length);
        return $"{text[..at]}囍{text[(at + 1)..]}";
    }
}
