using Crm.Http;

namespace Crm.Customers;

/// <summary>Why commands on customers are refused.</summary>
internal static class CustomerErrors
{
    public static readonly Rejection Archived = new("archived", "客户已归档，请先恢复再修改。", "The customer is archived; restore it before changing it.");

    public static readonly Rejection Erased = new("erased", "该客户的个人信息已被永久删除，不能再修改。", "What was known of this customer was erased for good; it cannot be changed any more.", 410);

    public static readonly Rejection ContactErased = new("erased", "该联系人的个人信息已被永久删除，不能再修改。", "What was known of this contact was erased for good; it cannot be changed any more.", 410);

    public static readonly Rejection UnknownOwner = new("unknown_user", "没有这个用户，无法设为负责人。", "There is no such user to be the owner.", 400, "ownerId");

    public static readonly Rejection UnknownPlanOwner = new("unknown_user", "没有这个用户，无法负责下一步计划。", "There is no such user to own the next plan.", 400, "next.ownerId");

    public static readonly Rejection UnknownParent = new("unknown_parent", "没有这个上级客户。", "There is no such parent customer.", 400, "parentId");

    public static readonly Rejection ParentCycle = new("parent_cycle", "上级客户不能是自己或自己的下级。", "A customer cannot be its own parent or the child of its child.", 409, "parentId");

    /// <summary>Refuses participants that are no contacts of the customer; null if all are.</summary>
    public static Rejection? UnknownAmong(IEnumerable<Guid>? contacts, Customer customer) =>
        contacts?.All(id => customer.Contacts.Any(c => c.Id == id && !c.Erased)) == false ? UnknownContact with { Status = 400, Field = "participantContactIds" } : null;

    public static readonly Rejection UnknownContact = new("not_found", "没有这个联系人。", "There is no such contact.", 404);

    public static readonly Rejection UnknownTag = new("not_found", "该客户没有这个标签。", "The customer does not have this tag.", 404);

    public static readonly Rejection NumbersOfCompany = new("person_only", "身份证号和银行卡号只能填写在个人客户上。", "Only a person has an identity card or bank card number here.", 400, "idNumber");

    public static readonly Rejection TooManyConsents = new("too_many", "一个客户最多 200 条授权记录。", "A customer has at most 200 consents.", 400);

    public static readonly Rejection UnknownConsent = new("not_found", "没有这条授权记录。", "There is no such consent.", 404);

    public static readonly Rejection ConsentInFuture = new("in_future", "同意日期不能晚于今天。", "The day of a consent cannot be after today.", 400, "givenOn");

    public static readonly Rejection WithdrawnOutOfTime = new("out_of_range", "撤回日期应在同意日期与今天之间。", "A consent is withdrawn between the day it was given and today.", 400, "withdrawnOn");

    public static readonly Rejection TooManyTags = new("too_many", "一个客户最多 50 个标签。", "A customer has at most 50 tags.", 400, "tags");

    public static readonly Rejection TooManyContacts = new("too_many", "一个客户最多 200 个联系人。", "A customer has at most 200 contacts.", 400);

    public static readonly Rejection TooManyOwnFields = new("too_many", "自定义字段最多 100 个。", "There are at most 100 custom fields.", 400, "custom");

    public static readonly Rejection FollowUpInFuture = new("in_future", "跟进时间不能晚于现在。", "A follow-up cannot have happened in the future.", 400, "at");

    public static readonly Rejection PlanBeforeFollowUp = new("plan_before_follow_up", "下一步计划的时间必须晚于本次跟进。", "The next plan must be after the follow-up.", 400, "next.at");

    public static readonly Rejection PlanInPast = new("in_past", "计划时间不能早于现在。", "A plan cannot lie in the past.", 400, "at");

    public static readonly Rejection UnknownFollowUp = new("not_found", "没有这条跟进记录。", "There is no such follow-up.", 404);

    public static readonly Rejection NotTheAuthor = new("forbidden", "只有记录人或其主管可以更正或删除这条跟进记录。", "Only who wrote this follow-up, or a manager, may correct or delete it.", 403);

    public static readonly Rejection LeftInFuture = new("in_future", "离职日期不能晚于今天。", "The day a contact left cannot be after today.", 400, "leftAt");

    public static readonly Rejection BirthdayInFuture = new("in_future", "生日不能晚于今天。", "A birthday cannot be after today.", 400, "birthday");

    /// <summary>C8: the new customer looks like one on file.</summary>
    public static Rejection Duplicate(IReadOnlyList<ShownCandidate> candidates) => new(
        "duplicate", "可能已有相同的客户。确认不是同一个客户后，可用 X-Allow-Duplicate: true 继续。",
        "A customer like this is on file. If it is another one, send X-Allow-Duplicate: true.",
        Extensions: new Dictionary<string, object?> { ["candidates"] = candidates });
}
