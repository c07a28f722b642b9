using Crm.Http;

namespace Crm.Service;

/// <summary>Why commands on tickets are refused.</summary>
internal static class TicketErrors
{
    public static readonly Rejection UnknownCustomer = new("unknown_customer", "没有这个客户。", "There is no such customer.", 400, "customerId");

    public static readonly Rejection UnknownContact = new("unknown_contact", "该客户没有这个联系人。", "The customer has no such contact.", 400, "contactId");

    public static readonly Rejection ContactWithoutCustomer = new("contact_without_customer", "填写联系人时必须同时有客户。", "A contact needs its customer beside it.", 400, "contactId");

    public static readonly Rejection UnknownAssignee = new("unknown_user", "没有这个用户，或该用户已停用，无法分配工单。", "There is no such active user to take the ticket.", 400, "assigneeId");

    public static readonly Rejection Finished = new("ticket_finished", "工单已解决或已关闭，请先重新打开。", "The ticket is resolved or closed; reopen it first.");

    public static readonly Rejection Closed = new("ticket_closed", "工单已关闭，请先重新打开。", "The ticket is closed; reopen it first.");

    public static readonly Rejection NotFinished = new("ticket_not_finished", "工单还没有解决，不能重新打开。", "The ticket is not resolved, so there is nothing to reopen.");

    public static readonly Rejection NotResolved = new("ticket_not_resolved", "工单解决之后才能进行此操作。", "The ticket must be resolved first.");

    public static readonly Rejection TooManyAnswers = new("too_many", "一张工单最多 500 条回复，请另开一张工单。", "A ticket has at most 500 answers; open another one.", 409);

    public static readonly Rejection TooManyOwnFields = new("too_many", "自定义字段最多 100 个。", "There are at most 100 custom fields.", 400, "custom");
}
