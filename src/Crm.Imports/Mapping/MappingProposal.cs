namespace Crm.Imports;

/// <summary>Proposes a field for each column from its name and from what its values are.</summary>
internal static class MappingProposal
{
    /// <summary>Below this a field is not proposed.</summary>
    private const double Least = 0.6;

    /// <summary>The best assignment of columns to fields; each field is used once, and what remains becomes a custom field.</summary>
    /// <param name="custom">Whether the target keeps custom fields.</param>
    public static IReadOnlyList<ColumnProposal> Propose(IReadOnlyList<ColumnProfile> columns, IReadOnlyList<ImportField> fields, bool custom)
    {
        var pairs =
            from c in columns
            where !IsOurs(c)
            from f in fields
            let score = Score(c, f)
            where score >= Least
            orderby score descending, c.Index
            select (Column: c, Field: f, Score: score);
        var chosen = new Dictionary<int, (string Field, double Score)>();
        var used = new HashSet<string>();
        foreach (var (column, field, score) in pairs)
        {
            if (chosen.ContainsKey(column.Index) || used.Contains(field.Code)) continue;
            chosen[column.Index] = (field.Code, score);
            used.Add(field.Code);
        }
        return columns.Select(c => chosen.TryGetValue(c.Index, out var best) ? new ColumnProposal(c.Name, best.Field, Math.Round(best.Score, 2)) : Rest(c)).ToList();

        ColumnProposal Rest(ColumnProfile c) =>
            custom && c.Type != ColumnType.Empty && !IsOurs(c) && CustomField(c.Name) is { } code && used.Add(code) ? new(c.Name, code, 0.5) : new(c.Name, null, 0);
    }

    /// <summary>How well a file fits a target: the share of columns that found a field, nothing if a required field found none. 0 to 1.</summary>
    public static double Fit(IReadOnlyList<ColumnProposal> proposal, IReadOnlyList<ImportField> fields)
    {
        var found = proposal.Where(p => p.Field is not null && !p.Field.StartsWith("custom.", StringComparison.Ordinal)).ToList();
        if (fields.Any(f => f.Required && found.All(p => p.Field != f.Code))) return 0;
        return proposal.Count == 0 ? 0 : found.Sum(p => p.Confidence) / proposal.Count;
    }

    /// <summary>Code of a custom field from a column name: letters, digits and underscores, a letter first, e.g. <c>custom.year_established</c>; null if nothing remains.</summary>
    public static string? CustomField(string column)
    {
        var code = string.Join('_', TextSimilarity.Words(column));
        if (code.Length == 0) return null;
        if (!char.IsLetter(code[0])) code = "c_" + code;
        return "custom." + (code.Length > 60 ? code[..60] : code);
    }

    /// <summary>The columns that the file of errors adds; they are information for people.</summary>
    private static bool IsOurs(ColumnProfile column) => column.Name is ErrorsCsvFeature.RowColumn or ErrorsCsvFeature.ReasonColumn;

    private static double Score(ColumnProfile column, ImportField field)
    {
        var name = NameScore(column.Name, field);
        if (name < Least) return 0;
        return name * TypeFactor(column, field.Type);
    }

    private static double NameScore(string header, ImportField field)
    {
        var plain = TextSimilarity.Normalise(header);
        var words = TextSimilarity.Words(header);
        var best = 0d;
        foreach (var known in field.Synonyms.Prepend(field.NameEn).Prepend(field.Name).Prepend(field.Code))
        {
            var other = TextSimilarity.Normalise(known);
            if (other.Length == 0) continue;
            if (plain == other) return 1;
            best = Math.Max(best, WordScore(words, TextSimilarity.Words(known)));
            if (other.Length >= 4 && plain.Length >= 4 && TextSimilarity.Ratio(plain, other) is >= 0.8 and var ratio) best = Math.Max(best, ratio * 0.9);
            if (IsChinese(other) && other.Length >= 2 && plain.Contains(other, StringComparison.Ordinal)) best = Math.Max(best, 0.65 + (0.3 * other.Length / plain.Length));
        }
        return best;
    }

    /// <summary>All words of the known name occur in the header: <c>primary phone</c> holds <c>phone</c>; fewer other words score higher.</summary>
    private static double WordScore(IReadOnlyList<string> header, IReadOnlyList<string> known)
    {
        if (known.Count == 0 || header.Count <= known.Count || !known.All(header.Contains)) return 0;
        return 0.55 + (0.35 * known.Count / header.Count);
    }

    private static bool IsChinese(string text) => text.All(c => c >= 0x3400);

    /// <summary>
    /// A column whose name is exactly right keeps its field even if its values do not fit: the rows will say so. A name that is only similar does not.
    /// </summary>
    private static double TypeFactor(ColumnProfile column, ImportFieldType type) => (type, column.Type) switch
    {
        (_, ColumnType.Empty) => 1,
        (ImportFieldType.Date, ColumnType.Date) => 1,
        (ImportFieldType.Date, ColumnType.Text or ColumnType.Number) => 0.6,
        (ImportFieldType.Date, _) => 0.3,
        (ImportFieldType.Money or ImportFieldType.Number, ColumnType.Money or ColumnType.Number) => 1,
        (ImportFieldType.Money or ImportFieldType.Number, ColumnType.Text) => 0.6,
        (ImportFieldType.Money or ImportFieldType.Number, _) => 0.3,
        (ImportFieldType.Email, ColumnType.Email) => 1,
        (ImportFieldType.Email, _) => 0.6,
        (ImportFieldType.Phone, ColumnType.Phone) => 1,
        (ImportFieldType.Phone, ColumnType.Number or ColumnType.Text) => 0.9,
        (ImportFieldType.Phone, _) => 0.3,
        (ImportFieldType.Boolean, ColumnType.Boolean) => 1,
        (ImportFieldType.Boolean, _) => 0.6,
        (ImportFieldType.Reference or ImportFieldType.Choice, ColumnType.Date or ColumnType.Money) => 0.3,
        (ImportFieldType.Text, ColumnType.Date) => 0.7,
        _ => 1,
    };
}
