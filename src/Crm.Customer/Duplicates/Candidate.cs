namespace Crm.Customers;

/// <summary>A customer on file that is likely to be the same as a new one (C8).</summary>
/// <param name="Id">The customer on file.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reasons">What matches: <c>externalKey phone email name</c>.</param>
/// <param name="Score">How likely, 0 to 1: 1 − Π(1 − weight) over the reasons; weights externalKey 1, phone 0.9, email 0.9, name 0.8.</param>
/// <param name="Archived">Whether it is archived, so that restoring it may be better than a second one.</param>
internal sealed record Candidate(Guid Id, string Name, string[] Reasons, decimal Score, bool Archived)
{
    private static readonly string[] Order = ["externalKey", "phone", "email", "name"];

    public static Candidate Of(Guid id, string name, IEnumerable<string> reasons, bool archived)
    {
        string[] all = [.. Order.Intersect(reasons)];
        return new(id, name, all, 1 - all.Aggregate(1m, (rest, reason) => rest * (1 - Weight(reason))), archived);
    }

    private static decimal Weight(string reason) => reason switch { "externalKey" => 1m, "name" => 0.8m, _ => 0.9m };
}
