using Crm.Http;

namespace Crm.Customers;

/// <summary>Why merges and what undoes them are refused.</summary>
internal static class MergeErrors
{
    public static readonly Rejection SameCustomer = new("same_customer", "不能把客户与自己合并。", "A customer cannot be merged with itself.", 409, "sourceId");

    public static readonly Rejection UnknownMerge = new("not_found", "该客户没有这次合并，或已被撤销。", "This customer has no such merge, or it was taken back already.", 404, "mergeId");

    public static readonly Rejection UnknownActivity = new("unknown_activity", "只能分配合并之后在该客户上产生的活动。", "Only what happened on the customer since the merge can be assigned.", 400, "assign");

    public static readonly Rejection NotDismissed = new("not_found", "没有在该客户上标记过这两个客户不重复。", "Nobody said on this customer that the two are no duplicates.", 404);

    /// <summary>The customer was merged into another.</summary>
    public static Rejection Merged(Guid id, Guid into) => new("merged", "该客户已合并到另一个客户，请在那里操作。", "The customer was merged into another one; do it there.",
        Extensions: new Dictionary<string, object?> { ["id"] = id, ["mergedInto"] = into });
}
