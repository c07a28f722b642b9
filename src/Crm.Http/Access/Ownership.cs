namespace Crm.Http;

/// <summary>
/// How it is read from a record who is responsible for it, in memory and in SQL. Both say the same: a record is within reach if one of its owners is
/// among the people whose records the caller's right is good for.
/// </summary>
/// <typeparam name="T">The record's state.</typeparam>
/// <param name="Owners">The people a record belongs to; the first is who is responsible, null for nobody.</param>
/// <param name="Within">The same as a condition, from the alias of a table with the record's columns and the placeholder of a <c>uuid[]</c>.</param>
/// <param name="OfNobody">The condition that nobody is responsible, from the alias.</param>
public sealed record Ownership<T>(Func<T, IReadOnlyList<Guid?>> Owners, Func<string, string, string> Within, Func<string, string> OfNobody)
{
    /// <summary>Who is responsible for the record's customer, and so for the record; null for nobody. Asked only where the record's own people do not settle it.</summary>
    public Func<T, CancellationToken, ValueTask<Guid?>>? Above { get; init; }

    /// <summary>The shares of a record beyond its owners; its document has them as <c>shares</c>. Null where records cannot be shared.</summary>
    public Func<T, IReadOnlyList<Share>>? Shares { get; init; }

    /// <summary>The condition that a record is within reach.</summary>
    /// <param name="alias">The alias of the table.</param>
    /// <param name="rows">The reach; not that of everything.</param>
    /// <param name="shared">The users and departments whose shares are the caller's, as JSON that a share holds.</param>
    /// <param name="parameters">Receives the values.</param>
    public string Condition(string alias, RowReach rows, IReadOnlyList<string> shared, SqlParameters parameters)
    {
        List<string> any = [Within(alias, parameters.Add(rows.Owners, NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Uuid))];
        if (rows.OfNobody) any.Add(OfNobody(alias));
        // One comparison each: only so can an index of the document's shares serve them.
        if (Shares is not null) any.AddRange(shared.Select(s => $"({alias}.doc->'shares' @> {parameters.Add(s, NpgsqlTypes.NpgsqlDbType.Jsonb)})"));
        return $"({string.Join(" or ", any)})";
    }
}

/// <summary>Whose records a right of a caller is good for.</summary>
/// <param name="IsAll">Everybody's and nobody's.</param>
/// <param name="Owners">These people's.</param>
/// <param name="OfNobody">Also those that nobody is responsible for: whoever leads a department may hand them out.</param>
public sealed record RowReach(bool IsAll, Guid[] Owners, bool OfNobody)
{
    /// <summary>Everything.</summary>
    public static RowReach All { get; } = new(true, [], true);

    /// <summary>Nothing.</summary>
    public static RowReach None { get; } = new(false, [], false);

    /// <summary>Whether a record of this person is within reach.</summary>
    public bool Holds(Guid? owner) => IsAll || (owner is { } id ? Owners.Contains(id) : OfNobody);

    /// <summary>Whether a record of these people is within reach: of one of them, or of nobody.</summary>
    public bool Holds(IReadOnlyList<Guid?> owners) => IsAll || (OfNobody && owners[0] is null) || owners.Any(o => o is { } id && Owners.Contains(id));
}
