using Crm.Http;

namespace Crm.Service;

/// <summary>What the list of tickets can be exported with.</summary>
internal static class TicketColumns
{
    public static readonly ListExport Export = new(
    [
        new("number", "编号", "Number"),
        new("subject", "标题", "Subject"),
        new("customerName", "客户", "Customer") { NamesPerson = true },
        new("contactName", "联系人", "Contact") { NamesPerson = true },
        new("requester.name", "提交人", "Requester"),
        new("requester.phone", "提交人电话", "Requester's phone"),
        new("requester.email", "提交人邮箱", "Requester's e-mail"),
        new("channel", "渠道", "Channel")
        {
            Words = [new("phone", "电话", "Phone"), new("form", "公开表单", "Form"), new("email", "邮件", "E-mail"), new("portal", "门户", "Portal"), new("api", "接口", "API")],
        },
        new("type", "类型", "Type")
        {
            Words =
            [
                new("consultation", "咨询", "Question"), new("fault", "故障报修", "Fault"), new("complaint", "投诉", "Complaint"), new("afterSales", "售后服务", "After-sales"),
                new("suggestion", "建议", "Suggestion"),
            ],
        },
        new("priority", "优先级", "Priority") { Words = [new("low", "低", "Low"), new("normal", "普通", "Normal"), new("high", "高", "High"), new("urgent", "紧急", "Urgent")] },
        new("status", "状态", "Status")
        {
            Words =
            [
                new("open", "待分配", "Open"), new("assigned", "处理中", "Assigned"), new("answered", "已回复", "Answered"), new("solutionProposed", "已提方案", "Solution proposed"),
                new("resolved", "已解决", "Resolved"), new("closed", "已关闭", "Closed"),
            ],
        },
        new("assigneeName", "处理人", "Agent"),
        new("description", "描述", "Description"),
        new("score", "满意度", "Score"),
        new("comment", "评价", "Comment"),
        new("openedAt", "提交时间", "Opened"),
        new("dueAt", "截止时间", "Due"),
        new("breached", "曾经超时", "Breached"),
        new("resolvedAt", "解决时间", "Resolved"),
        new("closedAt", "关闭时间", "Closed"),
        new("id", "系统编号", "ID"),
    ], "customerId");
}
