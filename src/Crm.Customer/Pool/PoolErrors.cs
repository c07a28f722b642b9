using System.Globalization;
using Crm.Http;

namespace Crm.Customers;

/// <summary>Why commands on the pool are refused.</summary>
internal static class PoolErrors
{
    public static readonly Rejection Unknown = new("not_found", "没有找到。", "Not found.", 404);

    public static readonly Rejection NotInPool = new("not_in_pool", "客户不在公海中。", "The customer is not in the pool.");

    public static readonly Rejection FormerOwnerGone = new("unknown_user", "原负责人已不存在，无法退回。", "Who had the customer is not there any more; it cannot go back.");

    public static Rejection AlreadyClaimed(Guid owner, string? name) => new(
        "already_claimed", $"客户已被 {name ?? "他人"} 领取。", $"The customer was claimed by {name ?? "somebody else"}.",
        Extensions: new Dictionary<string, object?> { ["ownerId"] = owner, ["ownerName"] = name });

    public static Rejection TooManyHeld(int cap) => new(
        "holding_cap", $"您负责的客户已达上限 {cap} 个，请先释放一些。", $"You are responsible for {cap} customers, which is the most there may be; release some first.",
        Extensions: new Dictionary<string, object?> { ["cap"] = cap });

    public static Rejection TooManyToday(int cap) => new(
        "daily_claim_cap", $"今天已领取 {cap} 个客户，达到每日上限。", $"You have claimed {cap} customers today, which is the most for one day.",
        Extensions: new Dictionary<string, object?> { ["cap"] = cap });

    public static Rejection TooSoon(DateTimeOffset until) => new(
        "reclaim_too_soon", "您此前负责过该客户，暂时不能再次领取。", "You had this customer before and cannot claim it again yet.",
        Extensions: new Dictionary<string, object?> { ["until"] = until.ToString("O", CultureInfo.InvariantCulture) });
}
