using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Crm.Http.Tests;

public sealed class parsing_filters
{
    [Fact]
    public void reads_back_what_was_written() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
            Arb.From(FilterText.Any(FilterText.AnyLeaf)), Arb.From(Gen.Choose(0, int.MaxValue)),
            (filter, seed) => FilterText.Placeless(Filter.Parse(FilterText.Write(filter, new Random(seed)))) == filter));

    [Fact]
    public void never_fails_but_with_a_position_inside_the_text() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(
            Arb.From(Gen.Elements("a", "stage", "=", "!=", ":", "<", "(", ")", "\"", "'", "\\", "*", "-", ".", "AND", "OR", "NOT", "now", "today(", " ", "\0", "\ud800", "张", "\\u00", "null").ListOf().Select(string.Concat)),
            text =>
            {
                try
                {
                    return Filter.Parse(text) is not null;
                }
                catch (QueryException e)
                {
                    return e.Error is { Code: "invalid_filter", In: "filter" } && (int)e.Error.Context["position"]! is var at && at >= 0 && at <= text.Length;
                }
            }));

    [Theory]
    [InlineData("a=1 AND b=2 OR c=3", "a=1 AND (b=2 OR c=3)")]
    [InlineData("a=1 b=2 AND c=3", "a=1 AND b=2 AND c=3")]
    [InlineData("a=1 b=2 OR c=3 d=4", "a=1 AND (b=2 OR c=3) AND d=4")]
    [InlineData("NOT a=1 OR b=2", "(NOT a=1) OR b=2")]
    [InlineData("-a=1", "NOT a=1")]
    [InlineData("stage = (lead OR won)", "(stage=lead OR stage=won)")]
    [InlineData("stage != (lead won)", "(stage!=lead AND stage!=won)")]
    [InlineData("amount > (-5 OR NOT -3)", "(amount > -5 OR NOT amount > -3)")]
    [InlineData("a=1AND b=2", "a=\"1AND\" b=2")]
    [InlineData("createdAt>2026-01-01T08:00:00+08:00", "createdAt > \"2026-01-01T08:00:00+08:00\"")]
    [InlineData("ANDROID ORDER", "\"ANDROID\" AND \"ORDER\"")]
    [InlineData("example.com", "\"example.com\"")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("custom.\"a.b\" = 1", "custom.a.b = 1")]
    [InlineData("*", "")]
    [InlineData("  ", "")]
    public void follows_the_precedence_of_aip_160(string text, string same) => Plain(Filter.Parse(text)).ShouldBe(Plain(Filter.Parse(same)));

    [Theory]
    [InlineData("stage =", 7, "缺少要比较的值")]
    [InlineData("stage = = 1", 8, "缺少要比较的值")]
    [InlineData("(a=1", 0, "没有对应")]
    [InlineData("a=1)", 3, "多余")]
    [InlineData("a=1 AND", 7, "缺少条件")]
    [InlineData("OR a=1", 0, "位置不对")]
    [InlineData("a=1 AND OR b=2", 8, "位置不对")]
    [InlineData("NOT", 3, "缺少条件")]
    [InlineData("()", 1, "缺少条件")]
    [InlineData("= 1", 0, "不能是")]
    [InlineData("a. = 1", 0, "不完整")]
    [InlineData("a = \"x", 4, "没有结束")]
    [InlineData("a = \"\\q\"", 5, "转义")]
    [InlineData("a = \"\\ud800\"", 4, "不允许")]
    [InlineData("a = \"\\u0000\"", 4, "不允许")]
    [InlineData("a = \0", 4, "不允许")]
    [InlineData("a = 1 and b = 2", 6, "大写")]
    [InlineData("--a", 1, "“-”之后")]
    [InlineData("foo(1) = 2", 0, "没有函数")]
    [InlineData("a > yesterday()", 4, "只有 now 和 today")]
    [InlineData("a > now(\"UTC\")-3x", 4, "只有 now 和 today")]
    [InlineData("a > now(UTC)", 8, "时区")]
    public void names_the_position_of_a_mistake(string text, int position, string message)
    {
        var error = Should.Throw<QueryException>(() => Filter.Parse(text)).Error;
        error.Code.ShouldBe("invalid_filter");
        error.Context["position"].ShouldBe(position);
        error.Zh.ShouldContain(message);
        error.En.ShouldContain($"(position {position})");
    }

    [Fact]
    public void stands_the_largest_and_refuses_the_deepest()
    {
        Filter.Parse(string.Join(" OR ", Enumerable.Repeat("a=1", 1400))).ShouldBeOfType<Filter.Or>().Terms.Count.ShouldBe(1400);
        Filter.Parse(new string('(', 50) + "a" + new string(')', 50)).ShouldBe(new Filter.Search("a"));
        Should.Throw<QueryException>(() => Filter.Parse(new string('(', 51) + "a" + new string(')', 51))).Error.Context["position"].ShouldBe(50);
        Should.Throw<QueryException>(() => Filter.Parse(new string('(', 10_000))).Error.Code.ShouldBe("invalid_filter");
        Should.Throw<QueryException>(() => Filter.Parse(string.Concat(Enumerable.Repeat("a=(", 3000)))).Error.Code.ShouldBe("invalid_filter");
        Should.Throw<QueryException>(() => Filter.Parse(new string('a', 10_001))).Error.Code.ShouldBe("invalid_filter");
        // Parentheses side by side are not depth.
        Filter.Parse(string.Join(' ', Enumerable.Repeat("(a)", 2000))).ShouldBeOfType<Filter.And>();
    }

    // Quoting a word changes nothing that matters here.
    private static string Plain(Filter filter) => filter switch
    {
        Filter.And and => $"({string.Join(" & ", and.Terms.Select(Plain))})",
        Filter.Or or => $"({string.Join(" | ", or.Terms.Select(Plain))})",
        Filter.Not not => $"!{Plain(not.Term)}",
        Filter.Compare { Value: Operand.Literal literal } compare => $"{compare.Path} {compare.Comparator} {literal.Value}",
        _ => filter.ToString(),
    };
}
