using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Http.Tests;

/// <summary>One database for every question.</summary>
public sealed class PhoneBook(PostgresFixture postgres) : IAsyncLifetime
{
    public Deals Deals { get; private set; } = Deals.Nowhere;

    public async ValueTask InitializeAsync()
    {
        Deals = await Deals.In(postgres);
        await Deals.Put([.. quick_search.People.Select((p, i) => new DealView { Id = Guid.CreateVersion7(), Name = p.Name, Phone = p.Phone, CreatedAt = Deals.Clock.Now, Size = i })]);
    }

    public ValueTask DisposeAsync() => Deals.DisposeAsync();
}

public sealed class quick_search(PhoneBook book) : IClassFixture<PhoneBook>
{
    internal static readonly (string Name, string? Phone)[] People =
    [
        ("张三", "13800138000"), ("张三丰", "+86 139-1234-5678"), ("李四", "(021) 6655-4433"), ("单雄信", null), ("解晓东", null), ("曾国藩", null),
        ("重庆银行", null), ("ABC科技有限公司", null), ("吕布", null), ("100%棉", null), ("a_b\\c", null), ("Straße GmbH", null), ("Ｆｕｌｌ Ｗｉｄｔｈ", null),
        ("𠮷野家", null), ("上海云帆 信息技术", null), ("3.5寸", null),
    ];

    [Theory]
    [InlineData("张三", "张三,张三丰")]
    [InlineData("三丰", "张三丰")]
    [InlineData("丰", "张三丰")]
    [InlineData("zs", "张三,张三丰")]
    [InlineData("ZhangSan", "张三,张三丰")]
    [InlineData("zhang feng", "张三丰")]
    [InlineData("ngsanf", "张三丰")]
    [InlineData("lv", "吕布")]
    [InlineData("ng", "")]
    [InlineData("angs", "张三,张三丰")]
    [InlineData("5cun", "3.5寸")]
    [InlineData("bc科", "ABC科技有限公司")]
    [InlineData("c科技", "ABC科技有限公司")]
    [InlineData("zsf", "张三丰")]
    [InlineData("shan xx", "单雄信,上海云帆 信息技术")]
    [InlineData("shanxiongxin", "单雄信")]
    [InlineData("danxiongxin", "单雄信")]
    [InlineData("sxx", "单雄信")]
    [InlineData("xiexiaodong", "解晓东")]
    [InlineData("zengguofan", "曾国藩")]
    [InlineData("chongqingyinhang", "重庆银行")]
    [InlineData("cqyh", "重庆银行")]
    [InlineData("lvbu", "吕布")]
    [InlineData("lubu", "吕布")]
    [InlineData("abckjyx", "ABC科技有限公司")]
    [InlineData("keji", "ABC科技有限公司")]
    [InlineData("8000", "张三")]
    [InlineData("5678", "张三丰")]
    [InlineData("139-1234", "张三丰")]
    [InlineData("13912345678", "张三丰")]
    [InlineData("66554433", "李四")]
    [InlineData("(021)6655", "李四")]
    [InlineData("021 4433", "李四")]
    [InlineData("100%", "100%棉")]
    [InlineData("%", "")]
    [InlineData("_", "")]
    [InlineData("a_b", "a_b\\c")]
    [InlineData("axb", "")]
    [InlineData("\\c", "a_b\\c")]
    [InlineData("%%", "")]
    [InlineData("STRASSE", "")]
    [InlineData("straße gmbh", "Straße GmbH")]
    [InlineData("full width", "Ｆｕｌｌ Ｗｉｄｔｈ")]
    [InlineData("ｆｕｌｌ", "Ｆｕｌｌ Ｗｉｄｔｈ")]
    [InlineData("𠮷", "𠮷野家")]
    [InlineData("云帆信息", "")]
    [InlineData("云帆 技术", "上海云帆 信息技术")]
    [InlineData("yunfanxinxi", "上海云帆 信息技术")]
    [InlineData("3.5", "3.5寸")]
    [InlineData("L", "李四,吕布")]
    [InlineData("1", "张三,100%棉")]
    [InlineData("三李", "")]
    [InlineData("  ", "*")]
    public async Task finds(string q, string expected)
    {
        string[] names = expected switch { "" => [], "*" => [.. People.Select(p => p.Name)], _ => expected.Split(',') };
        Deals.Names(await book.Deals.List(("q", q), ("sort", "size"))).ShouldBe(names);
        if (q.Trim().Length > 0)
            Deals.Names(await book.Deals.List(("filter", $"size >= 0 AND \"{q.Replace("\\", "\\\\", StringComparison.Ordinal)}\""), ("sort", "size"))).ShouldBe(names);
    }

    [Fact]
    public async Task means_the_same_as_a_bare_word_of_a_filter()
    {
        var source = Deals.Source with { Search = (query, parameters) => $"({SearchText.Predicate(query, "d", parameters)} or d.doc->>'size' = '2')" };
        foreach (var request in ((string, string?)[])[("q", "zsf"), ("filter", "zsf size >= 0")])
            Deals.Names(await (await Deals.Query(request)).ReadAsync(book.Deals.Db, source, Deals.Clock, ct: TestContext.Current.CancellationToken)).Order(StringComparer.Ordinal).ShouldBe(["张三丰", "李四"]);
    }

    [Theory]
    [InlineData("zhagnsan", "zhangsan", true)]
    [InlineData("zhansan", "zhangsan", true)]
    [InlineData("zhanggsan", "zhangsan", true)]
    [InlineData("zhamgsan", "zhangsan", true)]
    [InlineData("zhagnsna", "zhangsan", false)]
    [InlineData("腾迅", "腾讯", true)]
    [InlineData("腾腾", "讯讯", false)]
    public void one_error_is_one_error(string typed, string meant, bool close)
    {
        Mistypings.AreClose(typed, meant).ShouldBe(close);
        if (typed.All(char.IsAsciiLetterLower)) Mistypings.OfLetters(typed).Contains(meant).ShouldBe(close);
    }

    [Fact]
    public void reads_every_character_of_common_use_and_keeps_readings_few()
    {
        foreach (var name in (string[])["欧阳娜娜", "尉迟恭", "万俟卨", "朴树", "区小萍", "仇英", "任我行", "查良镛", "盖叫天", "翟天临", "厦门航空", "长沙重工", "六安茶业", "乐清电器"])
            Pinyin.Ways(name).ShouldNotBeEmpty();
        Pinyin.Ways("厦门航空").ShouldContain(("xiamenhangkong", "xmhk"));
        Pinyin.Ways("区小萍").ShouldContain(("ouxiaoping", "oxp"));
        Pinyin.Ways("仇英").ShouldContain(w => w.Initials == "qy");
        Pinyin.Ways("长重行乐会都朝调").Count.ShouldBeLessThanOrEqualTo(8);
        Pinyin.Ways("plain latin").ShouldBeEmpty();
        Pinyin.SortKey("张三").ShouldBe("zhangsan");
        ((string[])["赵六", "Bob", "王五", "阿里"]).OrderBy(Pinyin.SortKey, StringComparer.Ordinal).ShouldBe(["阿里", "Bob", "王五", "赵六"]);
    }

    [Fact]
    public void survives_any_text()
    {
        var search = SearchText.Of("\0\u0001a\ud800b", null, "", " ", new string('长', 5000), "\r\nx\u2028y");
        search.Text.ShouldNotContain('\0');
        search.Grams.ShouldNotContain(g => g.Contains('\0', StringComparison.Ordinal) || g.Contains('\u001f', StringComparison.Ordinal));
        SearchText.Of(null, "").ShouldSatisfyAllConditions(s => s.Grams.ShouldBeEmpty());
    }
}
