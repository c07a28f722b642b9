namespace Crm.Imports;

/// <summary>Names of industries that people use, against which a column of industries is checked for misspellings.</summary>
public static class Industries
{
    /// <summary>English names in lower case, Chinese names as the national classification GB/T 4754 words its sections, shortened.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "agriculture", "automotive", "banking", "biotechnology", "chemicals", "construction", "consulting", "consumer goods", "education",
        "electronics", "employment", "energy", "engineering", "entertainment", "finance", "food", "government", "healthcare", "hospitality",
        "insurance", "legal", "logistics", "manufacturing", "marketing", "media", "medical", "mining", "non-profit", "pharmaceuticals", "real estate",
        "retail", "services", "software", "technology", "telecommunications", "textiles", "transportation", "travel", "utilities", "wholesale",
        "农业", "采矿", "制造业", "能源", "建筑", "批发零售", "零售", "交通运输", "物流", "住宿餐饮", "信息技术", "软件", "互联网", "金融", "保险", "房地产", "商务服务",
        "科研", "环保", "教育", "医疗", "医药", "文化传媒", "体育娱乐", "政府", "电子", "汽车", "化工", "机械", "纺织", "食品", "通信", "电商", "广告营销", "人力资源",
    ];
}
