using Crm.Http;

namespace Crm.Customers;

/// <summary>A customer on file that is likely to be the same as a new one (C8).</summary>
/// <param name="Id">The customer on file.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reasons">What matches: <c>externalKey phone email name</c>.</param>
/// <param name="Score">How likely, 0 to 1: 1 − Π(1 − weight) over the reasons; weights externalKey 1, phone 0.9, email 0.9, name 0.8.</param>
/// <param name="Archived">Whether it is archived, so that restoring it may be better than a second one.</param>
/// <param name="OwnerId">Who is responsible for it.</param>
/// <param name="InPool">Whether it is in the pool, so that claiming it may be better than a second one.</param>
internal sealed record Candidate(Guid Id, string Name, string[] Reasons, decimal Score, bool Archived, Guid? OwnerId = null, bool InPool = false)
{
    private static readonly string[] Order = ["externalKey", "phone", "email", "name"];

    public static Candidate Of(Guid id, string name, IEnumerable<string> reasons, bool archived, Guid? owner = null, bool inPool = false)
    {
        string[] all = [.. Order.Intersect(reasons)];
        return new(id, name, all, 1 - all.Aggregate(1m, (rest, reason) => rest * (1 - Weight(reason))), archived, owner, inPool);
    }

    private static decimal Weight(string reason) => reason switch { "externalKey" => 1m, "name" => 0.8m, _ => 0.9m };
}

/// <summary>
/// A candidate as it is answered. Of one that the caller may not see (撞单) nothing is told but that it is on file, by what it was found, and whose
/// department has it.
/// </summary>
/// <param name="Id">The customer on file; null if the caller may not see it.</param>
/// <param name="Name">Its name; null if the caller may not see it.</param>
/// <param name="Reasons">What matches: <c>externalKey phone email name</c>.</param>
/// <param name="Score">How likely, 0 to 1.</param>
/// <param name="Archived">Whether it is archived.</param>
/// <param name="InPool">Whether it is in the pool: whoever may claim customers sees it then, by id and name, and can have it.</param>
/// <param name="Department">The department of who is responsible, where the caller may not see the customer.</param>
internal sealed record ShownCandidate(Guid? Id, string? Name, string[] Reasons, decimal Score, bool Archived, string? Department, bool InPool = false)
{
    public static ShownCandidate Of(Candidate candidate, Access? access) => access?.Rows(Right.View("customers")).Holds(candidate.OwnerId) != false || (candidate.InPool && access.May(Right.Claim))
        ? new(candidate.Id, candidate.Name, candidate.Reasons, candidate.Score, candidate.Archived, null, candidate.InPool)
        : new(null, null, candidate.Reasons, candidate.Score, false, access.Picture.DepartmentOf(candidate.OwnerId));
}
