namespace Crm.Imports;

/// <summary>What a name leads to.</summary>
/// <param name="Id">The record, if exactly one is meant.</param>
/// <param name="Count">How many records have the name.</param>
public readonly record struct NameMatch(Guid? Id, int Count);

/// <summary>Records by name: as written, else without regard to case, width, spaces and punctuation.</summary>
public sealed class NameIndex
{
    private readonly Dictionary<string, List<Guid>> exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Guid>> folded = new(StringComparer.Ordinal);

    /// <summary>Every name, once.</summary>
    public IReadOnlyCollection<string> Names => exact.Keys;

    /// <summary>A name without regard to case, width, spaces and punctuation.</summary>
    public static string Fold(string name) => TextSimilarity.Normalise(name);

    /// <summary>Adds a name of a record; a record may have several.</summary>
    public void Add(string name, Guid id)
    {
        Add(exact, name.Trim(), id);
        Add(folded, TextSimilarity.Normalise(name), id);
    }

    /// <summary>Which record a name means: one that is written exactly so counts before those that are only alike.</summary>
    public NameMatch Find(string name)
    {
        if (!exact.TryGetValue(name.Trim(), out var ids) && !folded.TryGetValue(TextSimilarity.Normalise(name), out ids)) return new NameMatch(null, 0);
        return new NameMatch(ids.Count == 1 ? ids[0] : null, ids.Count);
    }

    private static void Add(Dictionary<string, List<Guid>> index, string key, Guid id)
    {
        if (key.Length == 0) return;
        if (!index.TryGetValue(key, out var ids)) index.Add(key, ids = new List<Guid>(1));
        if (!ids.Contains(id)) ids.Add(id);
    }
}
