using FsCheck;
using FsCheck.Fluent;

namespace Crm.Http.Tests;

/// <summary>Random filters and their text, written in any of the ways the grammar allows.</summary>
internal static class FilterText
{
    public static readonly Gen<string> AnyText = Gen.Elements('a', 'Z', '7', '张', '三', ' ', '"', '\'', '\\', '*', '(', ')', '.', ':', '=', '!', '-', '%', '_', '\n', '\ud842', '\udfb7')
        .ListOf().Select(c => Whole(string.Concat(c)));

    public static Gen<Filter> Any(Gen<Filter> leaf) => Gen.Sized(size => Any(leaf, Math.Min(size, 25)));

    public static Gen<Filter> AnyLeaf { get; } = Gen.OneOf(
        AnyText.Where(t => t.Length > 0).Select(t => (Filter)new Filter.Search(t)),
        from path in Gen.Elements("stage", "customer.tier", "custom.行业 规模", "custom.a\"b", "AND.x", "名称")
        from comparator in Gen.Elements(Enum.GetValues<Comparator>())
        from value in Gen.OneOf(
            Gen.Constant((Operand)new Operand.Null()),
            Gen.Constant((Operand)new Operand.Any()),
            Gen.Elements("lead", "-2.5", "now-30d", "2026-01-31T08:00:00+08:00", "谈判").Select(w => (Operand)new Operand.Literal(w, false)),
            from text in AnyText
            from start in Gen.Elements(true, false)
            from end in Gen.Elements(true, false)
            where !end || text.Length > 0 || start
            select (Operand)new Operand.Literal(text, true, start, end),
            from day in Gen.Elements(true, false)
            from zone in Gen.Elements(null, "Asia/Shanghai")
            from offsets in Gen.Elements("", "-30d", "+3M-1w")
            select (Operand)new Operand.Relative(new(day, zone, offsets)))
        select (Filter)new Filter.Compare(path, comparator, value, 0, 0));

    /// <summary>The text of a filter; parentheses only where precedence demands them. <paramref name="style"/> picks among equal spellings.</summary>
    public static string Write(Filter filter, Random style) => filter switch
    {
        Filter.All => "",
        Filter.And and => string.Join(style.Next(2) == 0 ? " AND " : "  ", and.Terms.Select(t => t is Filter.And ? $"({Write(t, style)})" : Write(t, style))),
        Filter.Or or => string.Join(" OR ", or.Terms.Select(t => t is Filter.And or Filter.Or ? $"( {Write(t, style)} )" : Write(t, style))),
        Filter.Not not => (style.Next(2) == 0 ? "NOT " : "-") + (not.Term is Filter.Search or Filter.Compare ? Write(not.Term, style) : $"({Write(not.Term, style)})"),
        Filter.Search search => Quote(search.Text, style),
        Filter.Compare compare => string.Join('.', compare.Path.Split('.', 2).Select(s => s.All(char.IsLetter) ? s : Quote(s, style)))
            + Sign(compare.Comparator, style) + Write(compare.Value, style),
        _ => throw new ArgumentException("unknown filter"),
    };

    /// <summary>The filter without positions, for comparison.</summary>
    public static Filter Placeless(Filter filter) => filter switch
    {
        Filter.And and => new Filter.And([.. and.Terms.Select(Placeless)]),
        Filter.Or or => new Filter.Or([.. or.Terms.Select(Placeless)]),
        Filter.Not not => new Filter.Not(Placeless(not.Term)),
        Filter.Compare compare => compare with { Position = 0, ValuePosition = 0 },
        _ => filter,
    };

    private static Gen<Filter> Any(Gen<Filter> leaf, int size)
    {
        if (size <= 1) return leaf;
        Gen<Filter> smaller = Any(leaf, size / 3);
        Gen<IReadOnlyList<Filter>> terms = from n in Gen.Choose(2, 4) from list in smaller.ListOf(n) select (IReadOnlyList<Filter>)list;
        return Gen.OneOf(leaf, terms.Select(t => (Filter)new Filter.And(t)), terms.Select(t => (Filter)new Filter.Or(t)), smaller.Select(t => (Filter)new Filter.Not(t)));
    }

    private static string Sign(Comparator comparator, Random style)
    {
        var sign = comparator switch
        {
            Comparator.Equal => "=",
            Comparator.NotEqual => "!=",
            Comparator.Less => "<",
            Comparator.LessOrEqual => "<=",
            Comparator.Greater => ">",
            Comparator.GreaterOrEqual => ">=",
            _ => ":",
        };
        return style.Next(2) == 0 ? sign : $" {sign}\t";
    }

    private static string Write(Operand operand, Random style) => operand switch
    {
        Operand.Null => "null",
        Operand.Any => "*",
        Operand.Literal { Quoted: false } word => word.Value,
        Operand.Literal text => Quote(text.Value, style, text.OpenStart ? "*" : "", text.OpenEnd ? "*" : ""),
        Operand.Relative { Moment: var moment } => (moment.IsDay ? "today" : "now") + "(" + (moment.Zone is null ? "" : Quote(moment.Zone, style)) + ")" + moment.Offsets,
        _ => throw new ArgumentException("unknown operand"),
    };

    private static string Quote(string text, Random style, string before = "", string after = "")
    {
        var quote = style.Next(2) == 0 ? '"' : '\'';
        var escaped = string.Concat(text.Select(c => c switch
        {
            '\\' or '*' => $"\\{c}",
            '\n' => style.Next(2) == 0 ? "\\n" : "\n",
            _ when c == quote => $"\\{c}",
            _ when !char.IsSurrogate(c) && style.Next(20) == 0 => $"\\u{(int)c:x4}",
            _ => c.ToString(),
        }));
        return $"{quote}{before}{escaped}{after}{quote}";
    }

    private static string Whole(string text) => string.Concat(text.EnumerateRunes().Where(r => r.Value != 0xfffd));
}
