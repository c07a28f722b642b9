namespace Crm.Imports;

/// <summary>Compares the values of mapped columns with what is known, before any row is imported.</summary>
internal static class ValueSuggestions
{
    private const int MostUnknown = 200;

    public static IReadOnlyList<Suggestion> Of(PreparedImport prepared)
    {
        var (import, target, _, run, profile, references) = prepared;
        var found = new List<Suggestion>();
        foreach (var column in import.Columns)
        {
            if (column.Field is not { } field || profile[column.Index].Values is not { } values) continue;
            var chosen = import.Values.Where(v => v.Field == field).GroupBy(v => v.From).ToDictionary(g => g.Key, g => g.Last().To);
            found.AddRange(chosen.Select(c => new Suggestion(field, c.Key, c.Value, values.GetValueOrDefault(c.Key), 1, "chosen", c.Value is not null)));
            if ((references.Names(field) ?? Known(target, run, field)) is not { } known) continue;
            var rest = values.Where(v => !chosen.ContainsKey(v.Key) && !references.Means(field, v.Key) && (target.Fields.FirstOrDefault(f => f.Code == field) is not { Choices.Count: > 0 } f || Choices.Find(f, v.Key) is null))
                .ToDictionary();
            var suggestions = new ValueMatcher(known.Values).Suggest(rest);
            found.AddRange(suggestions.Select(s => new Suggestion(field, s.From, s.To, s.Rows, s.Confidence, ImportTables.Code(s.Reason), s.IsCertain)));
            if (!known.Closed) continue;
            var explained = known.Values.Concat(suggestions.Select(s => s.From)).ToHashSet();
            found.AddRange(rest.Where(v => !explained.Contains(v.Key)).OrderByDescending(v => v.Value).Take(MostUnknown)
                .Select(v => new Suggestion(field, v.Key, null, v.Value, 0, "unknown", false)));
        }
        return found;
    }

    /// <summary>The values of the mapped columns as a person's own replacements leave them.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Values(Import import, IReadOnlyList<ColumnProfile> profile)
    {
        var all = new Dictionary<string, IReadOnlyDictionary<string, int>>();
        foreach (var column in import.Columns)
        {
            if (column.Field is not { } field || profile[column.Index].Values is not { } values) continue;
            var replaced = new Dictionary<string, int>();
            foreach (var (value, rows) in values)
            {
                var read = import.Values.LastOrDefault(v => v.Field == field && v.From == value)?.To ?? value;
                replaced[read] = replaced.GetValueOrDefault(read) + rows;
            }
            all[field] = replaced;
        }
        return all;
    }

    private static KnownValues? Known(ImportTarget target, ImportRun run, string field) =>
        run.Known(field) ?? (target.Fields.FirstOrDefault(f => f.Code == field) is { Choices.Count: > 0 } choice
            ? new KnownValues([.. choice.Choices.SelectMany(c => c.Value.Prepend(c.Key))], Closed: true)
            : null);
}
