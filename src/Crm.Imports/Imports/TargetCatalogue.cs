using System.Text.RegularExpressions;

namespace Crm.Imports;

/// <summary>Every target that the modules registered.</summary>
internal sealed class TargetCatalogue(IEnumerable<ImportTarget> targets)
{
    private const double LeastFit = 0.3;

    public IReadOnlyList<ImportTarget> All { get; } = [.. targets.OrderBy(t => t.Code, StringComparer.Ordinal)];

    public ImportTarget? Find(string? code) => All.FirstOrDefault(t => t.Code == code);

    /// <summary>The proposed mapping of a file's columns to a target.</summary>
    public ImportColumn[] Propose(ImportTarget target, IReadOnlyList<ColumnProfile> profile) =>
        [.. MappingProposal.Propose(profile, target.Fields, target.HasCustomFields).Select((p, i) => new ImportColumn(p.Column, i, p.Field, null, p.Confidence))];

    /// <summary>The target that the columns fit best, or null if they fit none.</summary>
    public ImportTarget? Guess(IReadOnlyList<ColumnProfile> profile)
    {
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
        || (target.HasCustomFields && Custom().IsMatch(field));

    /// <summary>The type of a field; a custom field takes the type of its column.</summary>
    public static ImportFieldType TypeOf(this ImportTarget target, string field, ColumnType column) =>
        target.Fields.FirstOrDefault(f => f.Code == field)?.Type ?? column switch
        {
            ColumnType.Number or ColumnType.Money => ImportFieldType.Number,
            ColumnType.Date => ImportFieldType.Date,
            ColumnType.Boolean => ImportFieldType.Boolean,
            _ => ImportFieldType.Text,
        };

    [GeneratedRegex(@"^custom\.\p{L}[\p{L}\p{N}_-]{0,59}$")]
    private static partial Regex Custom();
}
