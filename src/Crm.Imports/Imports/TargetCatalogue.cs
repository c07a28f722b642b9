using System.Text.RegularExpressions;

namespace Crm.Imports;

/// <summary>Every target that the modules registered, and what their rows can refer to.</summary>
internal sealed class TargetCatalogue(IEnumerable<ImportTarget> targets, IEnumerable<IReferenceSource> sources)
{
    private const double LeastFit = 0.3;

    public IReadOnlyList<ImportTarget> All { get; } = [.. targets.OrderBy(t => t.Code, StringComparer.Ordinal)];

    public IReadOnlyDictionary<string, IReferenceSource> Sources { get; } = sources.ToDictionary(s => s.Resource);

    public ImportTarget? Find(string? code) => All.FirstOrDefault(t => t.Code == code);

    /// <summary>The proposed mapping of a file's columns to a target: that of the system it is an export of, else by names and values.</summary>
    public ImportColumn[] Propose(ImportTarget target, IReadOnlyList<ColumnProfile> profile)
    {
        var preset = SystemPreset.Find(profile.Select(c => c.Name), target.Code);
        var rest = profile.Where(c => preset?.Fields.ContainsKey(c.Name.Trim()) != true).ToList();
        var taken = preset?.Fields.Values.ToHashSet() ?? [];
        var proposed = MappingProposal.Propose(rest, [.. target.Fields.Where(f => !taken.Contains(f.Code))], target.HasCustomFields).Zip(rest).ToDictionary(p => p.Second.Index, p => p.First);
        return [.. profile.Select((c, i) => proposed.TryGetValue(c.Index, out var p) ? new ImportColumn(c.Name, i, p.Field, null, p.Confidence) : new ImportColumn(c.Name, i, preset!.Fields[c.Name.Trim()], null, 1))];
    }

    /// <summary>The target that the columns fit best, or null if they fit none.</summary>
    public ImportTarget? Guess(IReadOnlyList<ColumnProfile> profile)
    {
        if (SystemPreset.Find(profile.Select(c => c.Name)) is { } preset && Find(preset.Target) is { } exported) return exported;
        var best = All
            .Select(t => (Target: t, Fit: MappingProposal.Fit(MappingProposal.Propose(profile, t.Fields, t.HasCustomFields), t.Fields)))
            .OrderByDescending(x => x.Fit)
            .FirstOrDefault();
        return best.Fit >= LeastFit ? best.Target : null;
    }
}

internal static partial class TargetFields
{
    public static bool Accepts(this ImportTarget target, string field) =>
        target.Fields.Any(f => f.Code == field)
        || (target.HasCustomFields && Custom().IsMatch(field))
        || (target.HasExternalKeys && ExternalKey().IsMatch(field));

    /// <summary>The type of a field; a custom field takes the type of its column, a key is text.</summary>
    public static ImportFieldType TypeOf(this ImportTarget target, string field, ColumnType column) =>
        target.Fields.FirstOrDefault(f => f.Code == field)?.Type ?? (ExternalKey().IsMatch(field) ? ColumnType.Text : column) switch
        {
            ColumnType.Number or ColumnType.Money => ImportFieldType.Number,
            ColumnType.Date => ImportFieldType.Date,
            ColumnType.Boolean => ImportFieldType.Boolean,
            _ => ImportFieldType.Text,
        };

    [GeneratedRegex(@"^custom\.\p{L}[\p{L}\p{N}_-]{0,59}$")]
    private static partial Regex Custom();

    [GeneratedRegex(@"^externalKeys\.[a-z][a-z0-9_-]{0,49}$")]
    private static partial Regex ExternalKey();
}
