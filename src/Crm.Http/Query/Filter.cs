namespace Crm.Http;

/// <summary>
/// A filter in the AIP-160 grammar (C2), parsed but not yet bound to fields: <c>OR</c> binds tighter than <c>AND</c>, words side by side are
/// joined by AND, <c>NOT</c> and <c>-</c> negate, a bare word or string is quick search, <c>field:*</c> and <c>field = null</c> test presence,
/// <c>stage = (lead OR won)</c> repeats the comparison for each value. Logic has two values: a comparison with an empty field is false, its negation true.
/// </summary>
public abstract record Filter
{
    /// <summary>Longest text that is parsed, in UTF-16 units.</summary>
    public const int MaxLength = 10_000;

    /// <summary>Deepest nesting of parentheses.</summary>
    public const int MaxDepth = 50;

    private Filter() { }

    /// <summary>Parses a filter; empty text filters nothing.</summary>
    /// <exception cref="QueryException"><c>invalid_filter</c> with the position.</exception>
    public static Filter Parse(string? text) => new FilterParser(text ?? "").Parse();

    /// <summary>Everything.</summary>
    public sealed record All : Filter;

    /// <summary>Every one of at least two terms.</summary>
    public sealed record And(IReadOnlyList<Filter> Terms) : Filter
    {
        /// <inheritdoc/>
        public bool Equals(And? other) => other is not null && Terms.SequenceEqual(other.Terms);

        /// <inheritdoc/>
        public override int GetHashCode() => Terms.Count;
    }

    /// <summary>One of at least two terms.</summary>
    public sealed record Or(IReadOnlyList<Filter> Terms) : Filter
    {
        /// <inheritdoc/>
        public bool Equals(Or? other) => other is not null && Terms.SequenceEqual(other.Terms);

        /// <inheritdoc/>
        public override int GetHashCode() => Terms.Count;
    }

    /// <summary>The complement: also records whose field is empty.</summary>
    public sealed record Not(Filter Term) : Filter;

    /// <summary>Quick search for a bare word or string.</summary>
    public sealed record Search(string Text) : Filter;

    /// <summary>A field against a value; positions are offsets in the text, for error messages.</summary>
    public sealed record Compare(string Path, Comparator Comparator, Operand Value, int Position, int ValuePosition) : Filter;
}

/// <summary>How a field is compared. <c>:</c> means contains for text and has for lists, else the same as <c>=</c>.</summary>
public enum Comparator { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Has }

/// <summary>The right-hand side of a comparison. What a literal means (number, date, code) is decided by the field it is compared with.</summary>
public abstract record Operand
{
    private Operand() { }

    /// <summary>The bare word <c>null</c>.</summary>
    public sealed record Null : Operand;

    /// <summary>The bare <c>*</c>: any value.</summary>
    public sealed record Any : Operand;

    /// <summary>A word or string; an unescaped <c>*</c> at its beginning or end stands for any text there and is not part of <paramref name="Value"/>.</summary>
    public sealed record Literal(string Value, bool Quoted, bool OpenStart = false, bool OpenEnd = false) : Operand;

    /// <summary><c>now("Asia/Shanghai")-30d</c> or <c>today("Asia/Shanghai")-1M</c>; the bare forms <c>now-30d</c> and <c>today</c> are literals until a field asks for a time.</summary>
    public sealed record Relative(Moment Moment) : Operand;
}
