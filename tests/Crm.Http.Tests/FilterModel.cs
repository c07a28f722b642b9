using System.Globalization;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Http.Tests;

/// <summary>What a filter means, written a second time: plain C# over documents, with the calendar worked out by hand for <see cref="Deals.Clock"/>.</summary>
internal static class FilterModel
{
    private static readonly Dictionary<string, (string Start, string End, string Day)> Times = new()
    {
        ["2026-03-15"] = ("2026-03-14T16:00:00Z", "2026-03-15T16:00:00Z", "2026-03-15"),
        ["today"] = ("2026-03-14T16:00:00Z", "2026-03-15T16:00:00Z", "2026-03-15"),
        ["today-1d"] = ("2026-03-13T16:00:00Z", "2026-03-14T16:00:00Z", "2026-03-14"),
        ["today-1M+1w"] = ("2026-02-21T16:00:00Z", "2026-02-22T16:00:00Z", "2026-02-22"),
        ["now"] = ("2026-03-15T02:30:00Z", "2026-03-15T02:30:00Z", "2026-03-15"),
        ["now-30d"] = ("2026-02-13T02:30:00Z", "2026-02-13T02:30:00Z", "2026-02-13"),
        ["now-3h"] = ("2026-03-14T23:30:00Z", "2026-03-14T23:30:00Z", "2026-03-15"),
        ["2026-03-14T20:00:00Z"] = ("2026-03-14T20:00:00Z", "2026-03-14T20:00:00Z", "2026-03-15"),
        ["2026-03-15T00:00:00+08:00"] = ("2026-03-14T16:00:00Z", "2026-03-14T16:00:00Z", "2026-03-15"),
        // In New York it is still the 14th; clocks went forward there on the 8th.
        ["today(New_York)"] = ("2026-03-14T04:00:00Z", "2026-03-15T04:00:00Z", "2026-03-14"),
        ["now(New_York)-7d"] = ("2026-03-08T03:30:00Z", "2026-03-08T03:30:00Z", "2026-03-07"),
    };

    public static readonly string[] Instants = [.. Times.Values.SelectMany(t => (string[])[t.Start, t.End]).Distinct()];
    public static readonly string[] Days = [.. Times.Values.Select(t => t.Day).Distinct()];
    public static readonly string[] Words = ["", "ab", "AB", "a%b", "a_b", "\\", "张三", "张三丰", "x*y", "7"];
    public static readonly Guid[] Owners = [Guid.Parse("0198c000-0000-7000-8000-00000000000a"), Guid.Parse("0198c000-0000-7000-8000-00000000000b")];

    private static readonly Gen<Comparator> Exact = Gen.Elements(Comparator.Equal, Comparator.NotEqual, Comparator.Has);
    private static readonly Gen<Comparator> All = Gen.Elements(Enum.GetValues<Comparator>());

    public static Gen<Filter> Leaf { get; } = Gen.OneOf(
        Leafs(["name", "stage", "buyerName", "amount.currency", "next.goal", "customer.name"], Gen.OneOf(
            Gen.Zip(All, Gen.Elements(Words).Select(w => (Operand)new Operand.Literal(w, true))),
            Gen.Zip(Exact, from w in Gen.Elements("a", "", "三", "%b") from s in Gen.Elements(true, false) select (Operand)new Operand.Literal(w, true, s, !s)))),
        Leafs(["tier", "customer.tier"], Gen.Zip(Exact, Gen.Elements("a", "b", "keyAccount").Select(w => (Operand)new Operand.Literal(w, false)))),
        Leafs(["amount", "amount.amount", "probability", "size"], Gen.Zip(All, Gen.Elements("0", "1", "1.50", "-2", "2e0").Select(w => (Operand)new Operand.Literal(w, false)))),
        Leafs(["archived"], Gen.Zip(Exact, Gen.Elements("true", "false").Select(w => (Operand)new Operand.Literal(w, false)))),
        Leafs(["closeDate", "createdAt", "seenAt", "next.at"], Gen.Zip(All, Gen.Elements(Times.Keys.ToArray()).Select(Time))),
        Leafs(["ownerId"], Gen.Zip(Exact, Gen.Elements(Owners).Select(w => (Operand)new Operand.Literal(w.ToString(), false)))),
        Leafs(["tags"], Gen.Elements(Words).Select(w => (Comparator.Has, (Operand)new Operand.Literal(w, true)))),
        Leafs(["custom.level", "custom.其他"], Gen.OneOf(
            Gen.Zip(All, Gen.Elements(Words).Select(w => (Operand)new Operand.Literal(w, true))),
            Gen.Zip(All, Gen.Elements("7", "10", "1.50").Select(w => (Operand)new Operand.Literal(w, false))),
            Gen.Zip(Exact, Gen.Elements("true", "ab").Select(w => (Operand)new Operand.Literal(w, false))))),
        from field in Gen.Elements("name", "stage", "tier", "amount", "archived", "closeDate", "seenAt", "ownerId", "tags", "custom", "custom.level", "next", "plans", "next.goal", "customer.tier", "buyerName")
        from test in Gen.Elements((Comparator.Equal, (Operand)new Operand.Null()), (Comparator.NotEqual, new Operand.Null()), (Comparator.Has, new Operand.Any()), (Comparator.NotEqual, new Operand.Any()))
        select (Filter)new Filter.Compare(field, test.Item1, test.Item2, 0, 0));

    public static bool Holds(Filter filter, JsonObject deal, JsonObject? buyer) => filter switch
    {
        Filter.And and => and.Terms.All(t => Holds(t, deal, buyer)),
        Filter.Or or => or.Terms.Any(t => Holds(t, deal, buyer)),
        Filter.Not not => !Holds(not.Term, deal, buyer),
        Filter.Compare { Comparator: Comparator.NotEqual } compare => !Holds(compare with { Comparator = Comparator.Equal }, deal, buyer),
        Filter.Compare { Value: Operand.Null } compare => !Present(Value(compare.Path, deal, buyer)),
        Filter.Compare { Value: Operand.Any } compare => Present(Value(compare.Path, deal, buyer)),
        Filter.Compare compare => Value(compare.Path, deal, buyer) is { } value && Holds(compare, value),
        _ => throw new ArgumentException("not generated"),
    };

    private static bool Holds(Filter.Compare compare, JsonNode value)
    {
        var literal = compare.Value as Operand.Literal;
        switch (compare.Path)
        {
            case "amount" or "amount.amount" or "probability" or "size":
                return Signed(compare.Comparator, value.GetValue<decimal>().CompareTo(decimal.Parse(literal!.Value, NumberStyles.Float, CultureInfo.InvariantCulture)));
            case "archived" or "tier" or "customer.tier" or "ownerId":
                return value.ToString() == literal!.Value;
            case "closeDate":
                return Signed(compare.Comparator, string.CompareOrdinal(value.ToString(), Times[Key(compare.Value)].Day));
            case "createdAt" or "seenAt" or "next.at":
                var (instant, time) = (DateTimeOffset.Parse(value.ToString(), null), Times[Key(compare.Value)]);
                var (start, end) = (DateTimeOffset.Parse(time.Start, null), DateTimeOffset.Parse(time.End, null));
                return Signed(compare.Comparator, instant < start ? -1 : instant == start || instant < end ? 0 : 1);
            case "tags":
                return value.AsArray().Any(t => t!.ToString() == literal!.Value);
            case "custom.level" or "custom.其他":
                return Open(compare, value, literal!);
            default:
                return Text(compare.Comparator, value.ToString(), literal!);
        }
    }

    private static bool Open(Filter.Compare compare, JsonNode value, Operand.Literal literal)
    {
        var equal = compare.Comparator is Comparator.Equal or Comparator.Has;
        if (!literal.Quoted && decimal.TryParse(literal.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return (value.GetValueKind() == System.Text.Json.JsonValueKind.Number && Signed(compare.Comparator, value.GetValue<decimal>().CompareTo(number)))
                || (equal && value.ToString() == literal.Value);
        return (equal || value.GetValueKind() == System.Text.Json.JsonValueKind.String) && Text(compare.Comparator, value.ToString(), literal);
    }

    private static bool Text(Comparator comparator, string text, Operand.Literal literal) => (comparator, literal.OpenStart, literal.OpenEnd) switch
    {
        (Comparator.Has, _, _) => text.Contains(literal.Value, StringComparison.OrdinalIgnoreCase),
        (Comparator.Equal, true, _) => text.EndsWith(literal.Value, StringComparison.Ordinal),
        (Comparator.Equal, _, true) => text.StartsWith(literal.Value, StringComparison.Ordinal),
        _ => Signed(comparator, string.CompareOrdinal(text, literal.Value)),
    };

    private static JsonNode? Value(string path, JsonObject deal, JsonObject? buyer) => path switch
    {
        "buyerName" or "customer.name" => buyer?["name"],
        "customer.tier" => buyer?["tier"],
        "amount" => deal["amount"]?["amount"],
        _ when path.Split('.', 2) is [var outer, var inner] => deal[outer]?[inner],
        _ => deal[path],
    };

    private static bool Present(JsonNode? value) => value is not null and not JsonArray { Count: 0 } and not JsonObject { Count: 0 };

    private static bool Signed(Comparator comparator, int order) => comparator switch
    {
        Comparator.Less => order < 0,
        Comparator.LessOrEqual => order <= 0,
        Comparator.Greater => order > 0,
        Comparator.GreaterOrEqual => order >= 0,
        _ => order == 0,
    };

    private static Operand Time(string key) => key.Contains("New_York", StringComparison.Ordinal)
        ? new Operand.Relative(Moment.Parse(key.Replace("(New_York)", "", StringComparison.Ordinal), "America/New_York")!)
        : new Operand.Literal(key, false);

    private static string Key(Operand operand) => operand is Operand.Relative { Moment: var moment }
        ? (moment.IsDay ? "today" : "now") + "(New_York)" + moment.Offsets
        : ((Operand.Literal)operand).Value;

    private static Gen<Filter> Leafs(string[] fields, Gen<(Comparator, Operand)> test) =>
        from field in Gen.Elements(fields) from t in test select (Filter)new Filter.Compare(field, t.Item1, t.Item2, 0, 0);
}
