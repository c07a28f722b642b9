using System.Globalization;
using System.Text;

namespace Crm.Host;

/// <summary>
/// Figures in the Prometheus text format 0.0.4, named as OpenTelemetry prescribes for it: dots become underscores, the unit is
/// appended, a counter ends in <c>_total</c>.
/// </summary>
internal static class PrometheusText
{
    public static string Write(IEnumerable<Figure> figures)
    {
        var text = new StringBuilder();
        foreach (var family in figures.GroupBy(Name).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var first = family.First();
            if (first.Help.Length > 0) text.Append(CultureInfo.InvariantCulture, $"# HELP {family.Key} {Escape(first.Help, quoted: false)}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Key} {first.Kind.ToString().ToLowerInvariant()}\n");
            foreach (var figure in family)
            {
                if (figure.Kind == FigureKind.Histogram) Histogram(text, family.Key, figure);
                else Line(text, family.Key, figure, null, figure.Value);
            }
        }
        return text.ToString();
    }

    private static void Histogram(StringBuilder text, string name, Figure figure)
    {
        long upTo = 0;
        foreach (var (bound, count) in figure.Buckets)
            Line(text, name + "_bucket", figure, double.IsPositiveInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture), upTo += count);
        Line(text, name + "_sum", figure, null, figure.Value);
        Line(text, name + "_count", figure, null, figure.Count);
    }

    private static void Line(StringBuilder text, string name, Figure figure, string? bound, double value)
    {
        text.Append(name);
        var labels = figure.Tags.Select(t => (Key: Plain(t.Key), Text: Convert.ToString(t.Value, CultureInfo.InvariantCulture) ?? ""));
        if (bound is not null) labels = labels.Append(("le", bound));
        var separator = '{';
        foreach (var (key, label) in labels)
        {
            text.Append(separator).Append(key).Append("=\"").Append(Escape(label, quoted: true)).Append('"');
            separator = ',';
        }
        if (separator == ',') text.Append('}');
        text.Append(CultureInfo.InvariantCulture, $" {value}\n");
    }

    private static string Name(Figure figure)
    {
        var name = Plain(figure.Name);
        var unit = figure.Unit switch { "s" => "_seconds", "By" => "_bytes", "ms" => "_milliseconds", "%" => "_percent", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return figure.Kind == FigureKind.Counter ? name + "_total" : name;
    }

    private static string Plain(string name) => string.Create(name.Length, name, static (plain, from) =>
    {
        for (var i = 0; i < plain.Length; i++) plain[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
    });

    private static string Escape(string text, bool quoted)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quoted ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }
}
