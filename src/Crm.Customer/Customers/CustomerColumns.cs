using Crm.Http;

namespace Crm.Customers;

/// <summary>What the list of customers can be exported with.</summary>
internal static class CustomerColumns
{
    public static readonly ListExport Export = new(
    [
        new("name", "客户名称", "Name") { NamesPerson = true },
        new("kind", "客户类型", "Kind") { Words = [new("company", "企业", "Company"), new("person", "个人", "Person")] },
        new("shortName", "简称", "Short name") { NamesPerson = true },
        new("lifecycle", "客户分类", "Lifecycle")
        {
            Words = [new("potential", "潜在", "Potential"), new("intent", "意向", "Intent"), new("won", "成交", "Won"), new("lost", "流失", "Lost")],
        },
        new("tier", "客户等级", "Tier"),
        new("industry", "行业", "Industry"),
        new("size", "规模", "Size"),
        new("source", "来源", "Source"),
        new("phone", "电话", "Phone"),
        new("email", "邮箱", "E-mail"),
        new("address", "地址", "Address"),
        new("website", "网址", "Website"),
        new("idNumber", "身份证号", "Identity card"),
        new("bankCard", "银行卡号", "Bank card"),
        new("needs", "需求", "Needs"),
        new("tags", "标签", "Tags"),
        new("ownerName", "负责人", "Owner"),
        new("parentName", "上级客户", "Parent") { NamesPerson = true },
        new("lastFollowUpAt", "最近跟进", "Last follow-up"),
        new("dueAt", "应跟进时间", "Follow-up due"),
        new("nextFollowUpAt", "下次跟进", "Next follow-up"),
        new("nextFollowUpGoal", "下次跟进目标", "Goal of the next follow-up"),
        new("completeness", "资料完整度", "Completeness"),
        new("createdAt", "创建时间", "Created"),
        new("createdByName", "创建人", "Created by"),
        new("updatedAt", "更新时间", "Changed"),
        new("id", "系统编号", "ID"),
    ], "id");
}
