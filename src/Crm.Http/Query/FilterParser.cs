using System.Text;

namespace Crm.Http;

/// <summary>Recursive descent over the AIP-160 grammar, one pass without backtracking; only parentheses recurse, at most <see cref="Filter.MaxDepth"/> deep.</summary>
internal sealed class FilterParser(string text)
{
    private sealed record Restriction(string Path, Comparator Comparator, int Position);

    private int at;
    private int depth;

    public Filter Parse()
    {
        if (text.Length > Filter.MaxLength)
            throw QueryError.Filter(Filter.MaxLength, $"筛选条件最长 {Filter.MaxLength} 个字符", $"A filter has at most {Filter.MaxLength} characters");
        if (FirstInvalid(text) is { } bad) throw QueryError.Filter(bad, "筛选条件含有不允许的字符", "The filter contains a character that is not allowed");
        Skip();
        if (AtEnd) return new Filter.All();
        var filter = Expression(null);
        return AtEnd ? filter : throw QueryError.Filter(at, "多余的“)”", "There is a ')' without its '('");
    }

    // expression = sequence { "AND" sequence }; sequence = factor { factor }. Both mean AND.
    private Filter Expression(Restriction? values)
    {
        var terms = new List<Filter>();
        do
        {
            do terms.Add(Factor(values));
            while (!AtEnd && text[at] != ')' && !AtKeyword("AND"));
        }
        while (TakeKeyword("AND"));
        return terms.Count == 1 ? terms[0] : new Filter.And(terms);
    }

    // factor = term { "OR" term }
    private Filter Factor(Restriction? values)
    {
        var terms = new List<Filter> { Term(values) };
        while (TakeKeyword("OR")) terms.Add(Term(values));
        return terms.Count == 1 ? terms[0] : new Filter.Or(terms);
    }

    // term = [ "NOT" | "-" ] simple. Among values "-" is the sign of a number.
    private Filter Term(Restriction? values)
    {
        if (TakeKeyword("NOT")) return new Filter.Not(Simple(values));
        if (values is null && !AtEnd && text[at] == '-')
        {
            at++;
            return new Filter.Not(Simple(values));
        }
        return Simple(values);
    }

    private Filter Simple(Restriction? values)
    {
        if (AtEnd || text[at] == ')') throw QueryError.Filter(at, "此处缺少条件", "A condition is missing here");
        foreach (var keyword in (ReadOnlySpan<string>)["AND", "OR", "NOT"])
            if (AtKeyword(keyword)) throw QueryError.Filter(at, $"“{keyword}”的位置不对", $"'{keyword}' cannot stand here");
        if (text[at] == '(') return Parenthesis(values);
        if (values is not null)
        {
            var place = at;
            return new Filter.Compare(values.Path, values.Comparator, Operand(), values.Position, place);
        }

        var start = at;
        if (text[at] == '-') throw QueryError.Filter(at, "“-”之后缺少条件", "A condition must follow '-'");
        var (path, quoted, whole) = Member();
        if (!AtEnd && text[at] == '(') throw QueryError.Filter(start, $"没有函数“{path}”", $"There is no function '{path}'");
        Skip();
        if (Comparator() is not { } comparator) return Bare(path, quoted, start);
        if (!whole) throw QueryError.Filter(start, "字段名不完整", "The name of the field is not complete");
        Skip();
        if (!AtEnd && text[at] == '(') return Parenthesis(new(path, comparator, start));
        var valuePosition = at;
        return new Filter.Compare(path, comparator, Operand(), start, valuePosition);
    }

    private Filter Parenthesis(Restriction? values)
    {
        if (++depth > Filter.MaxDepth)
            throw QueryError.Filter(at, $"括号最多嵌套 {Filter.MaxDepth} 层", $"Parentheses nest at most {Filter.MaxDepth} deep");
        var open = at++;
        Skip();
        var inner = Expression(values);
        if (AtEnd) throw QueryError.Filter(open, "“(”没有对应的“)”", "The '(' has no ')'");
        at++;
        depth--;
        Skip();
        return inner;
    }

    private static Filter Bare(string word, bool quoted, int position)
    {
        if (quoted) return new Filter.Search(word);
        // "and" in small letters would silently become one more word to search for.
        if (word.ToUpperInvariant() is "AND" or "OR" or "NOT")
            throw QueryError.Filter(position, $"“{word}”须大写；要搜索这个词请加引号", $"Write '{word}' in capitals, or in quotes to search for the word");
        return word.Trim('*') is { Length: > 0 } search ? new Filter.Search(search) : new Filter.All();
    }

    // member = value { "." value }; text with dots that no comparator follows is a word to search for.
    private (string Path, bool Quoted, bool Whole) Member()
    {
        var start = at;
        var path = new StringBuilder();
        bool quoted = false, whole = true;
        while (true)
        {
            quoted |= AtQuote;
            var segment = AtQuote ? QuotedString().Value : Word(memberOnly: true);
            whole &= segment.Length > 0;
            path.Append(segment);
            if (AtEnd || text[at] != '.') break;
            path.Append('.');
            at++;
        }
        if (at == start) throw QueryError.Filter(at, $"此处不能是“{text[at]}”", $"'{text[at]}' cannot stand here");
        return (path.ToString(), quoted, whole);
    }

    private Operand Operand()
    {
        if (AtQuote)
        {
            var literal = QuotedString();
            Skip();
            return literal;
        }
        var start = at;
        var word = Word(memberOnly: false);
        if (word.Length == 0) throw QueryError.Filter(start, "此处缺少要比较的值", "A value to compare with is missing here");
        if (!AtEnd && text[at] == '(') return Function(word, start);
        Skip();
        return word switch
        {
            "null" => new Operand.Null(),
            "*" => new Operand.Any(),
            _ => Literal(word, false, word[0] == '*', word.Length > 1 && word[^1] == '*'),
        };
    }

    // now("Zone")-30d, today()-1M: the zone decides where a day begins and how long a month is.
    private Operand.Relative Function(string name, int start)
    {
        at++;
        var zone = AtQuote ? QuotedString().Value : null;
        if (AtEnd || text[at] != ')') throw QueryError.Filter(at, "时区须写成带引号的名称，之后是“)”", "Expected a time zone in quotes and then ')'");
        at++;
        var offsets = Word(memberOnly: false);
        Skip();
        return Moment.Parse(name + offsets, zone) is { } moment
            ? new Operand.Relative(moment)
            : throw QueryError.Filter(start, "只有 now 和 today，可加减如 -30d、+3M", "Only now and today are known here, with offsets such as -30d or +3M");
    }

    private Comparator? Comparator()
    {
        if (AtEnd) return null;
        var next = at + 1 < text.Length ? text[at + 1] : '\0';
        var (comparator, length) = (text[at], next) switch
        {
            ('<', '=') => (Http.Comparator.LessOrEqual, 2),
            ('>', '=') => (Http.Comparator.GreaterOrEqual, 2),
            ('!', '=') => (Http.Comparator.NotEqual, 2),
            ('<', _) => (Http.Comparator.Less, 1),
            ('>', _) => (Http.Comparator.Greater, 1),
            ('=', _) => (Http.Comparator.Equal, 1),
            (':', _) => (Http.Comparator.Has, 1),
            _ => ((Comparator?)null, 0),
        };
        at += length;
        return comparator;
    }

    // A value may contain ':' and '.', as in 2026-01-01T08:00:00+08:00; a field name ends there.
    private string Word(bool memberOnly)
    {
        var start = at;
        while (!AtEnd && IsWord(text[at]) && !(memberOnly && text[at] is '.' or ':')) at++;
        return text[start..at];
    }

    private bool IsWord(char c) => !char.IsWhiteSpace(c) && c is not ('(' or ')' or '"' or '=' or '<' or '>') && !(c == '!' && at + 1 < text.Length && text[at + 1] == '=');

    private Operand.Literal QuotedString()
    {
        var quote = text[at];
        var open = at++;
        var value = new StringBuilder();
        bool openStart = false, openEnd = false;
        for (; !AtEnd && text[at] != quote; at++)
        {
            openEnd = text[at] == '*' && at > open + 1;
            openStart |= text[at] == '*' && at == open + 1;
            value.Append(text[at] == '\\' ? Escape() : text[at]);
        }
        if (AtEnd) throw QueryError.Filter(open, "引号没有结束", "The quotation mark is not closed");
        at++;
        var result = value.ToString();
        if (FirstInvalid(result) is not null) throw QueryError.Filter(open, "文本含有不允许的字符", "The text contains a character that is not allowed");
        return Literal(result, true, openStart, openEnd);
    }

    private static Operand.Literal Literal(string value, bool quoted, bool openStart, bool openEnd) =>
        new(value[(openStart ? 1 : 0)..^(openEnd ? 1 : 0)], quoted, openStart, openEnd);

    private char Escape()
    {
        var start = at++;
        var next = AtEnd ? '\0' : text[at];
        if (next == 'u' && at + 4 < text.Length && ushort.TryParse(text.AsSpan(at + 1, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var unit))
        {
            at += 4;
            return (char)unit;
        }
        return next switch
        {
            '"' or '\'' or '\\' or '*' => next,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            _ => throw QueryError.Filter(start, "不认识的转义；可用 \\\" \\' \\\\ \\* \\n \\r \\t \\uXXXX", "Unknown escape; there are \\\" \\' \\\\ \\* \\n \\r \\t \\uXXXX"),
        };
    }

    /// <summary>Where a text holds what PostgreSQL cannot store: NUL or half of a surrogate pair.</summary>
    internal static int? FirstInvalid(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\0') return i;
            if (!char.IsSurrogate(value[i])) continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1])) return i;
            i++;
        }
        return null;
    }

    private bool AtEnd => at >= text.Length;

    private bool AtQuote => !AtEnd && text[at] is '"' or '\'';

    private bool AtKeyword(string keyword) =>
        text.AsSpan(at).StartsWith(keyword, StringComparison.Ordinal)
        && (at + keyword.Length == text.Length || char.IsWhiteSpace(text[at + keyword.Length]) || text[at + keyword.Length] is '(' or ')' or '"' or '\'');

    private bool TakeKeyword(string keyword)
    {
        if (!AtKeyword(keyword)) return false;
        at += keyword.Length;
        Skip();
        return true;
    }

    private void Skip()
    {
        while (!AtEnd && char.IsWhiteSpace(text[at])) at++;
    }
}
