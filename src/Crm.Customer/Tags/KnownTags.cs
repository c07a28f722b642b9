using Crm.EventStore;

namespace Crm.Customers;

/// <summary>One name of the catalogue.</summary>
/// <param name="Name">A name of today or of before.</param>
/// <param name="Current">What the tag is called today.</param>
/// <param name="Computed">Whether a rule gives it.</param>
internal sealed record KnownTag(string Name, string Current, bool Computed);

/// <summary>The names of the catalogue as they are in the store at this moment.</summary>
/// <param name="All">All of them, former names included.</param>
internal sealed record KnownTags(IReadOnlyList<KnownTag> All)
{
    /// <summary>No catalogue.</summary>
    public static readonly KnownTags None = new([]);

    /// <summary>Reads them; there are some hundreds at most.</summary>
    public static async Task<KnownTags> LoadAsync(DocumentStore store, CancellationToken ct)
    {
        var all = new List<KnownTag>();
        await using var command = store.DataSource.CreateCommand("select name, current, computed from customer.tag_names");
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) all.Add(new KnownTag(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
        return new KnownTags(all);
    }

    /// <summary>Whether a rule gives the tag of this name.</summary>
    public bool IsComputed(string name) => All.Any(k => k.Name == name && k.Computed);

    /// <summary>Every name under which a customer may have the tag, this one first.</summary>
    public IEnumerable<string> Names(string name) =>
        All.FirstOrDefault(k => k.Name == name) is { } known ? All.Where(k => k.Current == known.Current).Select(k => k.Name).Prepend(name).Distinct() : [name];
}
