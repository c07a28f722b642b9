using Crm.Http;

namespace Crm.Imports;

/// <summary>A record that a text of a file may mean.</summary>
/// <param name="Text">The text, as it was asked for.</param>
/// <param name="Id">The record.</param>
/// <param name="Rank">How sure it is, 0 being the surest: of the records of a text those of the lowest rank are meant.</param>
public sealed record Referred(string Text, Guid Id, int Rank)
{
    /// <summary>The records that each text means: several where it cannot be told which.</summary>
    /// <param name="found">What was found for all texts.</param>
    public static ILookup<string, Guid> Meant(IEnumerable<Referred> found) =>
        found.GroupBy(f => f.Text).SelectMany(g => g.Where(f => f.Rank == g.Min(x => x.Rank)).Select(f => (f.Text, f.Id)).Distinct()).ToLookup(f => f.Text, f => f.Id);
}

/// <summary>Finds the records of one kind that people mean by ids, numbers and names, so that files of every module can refer to them. A module registers one for each kind that others refer to.</summary>
public interface IReferenceSource
{
    /// <summary>Plural resource name: <c>customers</c>.</summary>
    string Resource { get; }

    /// <summary>Names of the projections it reads beside what is written with the events; the engine waits for them.</summary>
    IReadOnlyList<string> Projections => [];

    /// <summary>The records that texts may mean, as far as the caller may see them: an id before a number, a number before a name. One look-up for all of them.</summary>
    /// <param name="texts">Different texts, without blanks around them.</param>
    /// <param name="systems">The other systems whose keys count.</param>
    /// <param name="access">For whom it is asked.</param>
    /// <param name="ct">Cancels the look-up.</param>
    Task<IEnumerable<Referred>> FindAsync(string[] texts, string[] systems, Access access, CancellationToken ct);

    /// <summary>Every name, where records are few enough to propose one for a name that is written wrongly; none where they are not.</summary>
    /// <param name="ct">Cancels the look-up.</param>
    Task<IReadOnlyList<string>> NamesAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<string>>([]);
}
