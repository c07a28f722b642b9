namespace Crm.Analytics;

/// <summary>How each figure is made, in words, shown where the figure is shown (X8).</summary>
internal static class Formulas
{
    public static IReadOnlyDictionary<string, string> Stages(ReportQuery q) => new Dictionary<string, string>
    {
        ["count"] = q.Pick("查询时点处于该阶段的商机数。", "Opportunities in the stage at the instant asked about."),
        ["amount"] = q.Pick("这些商机在该时点的预计金额之和，只加总报表币种；其他币种单列。", "Sum of their expected amounts at that instant in the report's currency; other currencies are listed apart."),
        ["entered"] = q.Pick("业务日期在期间内的进入次数；同一商机再次进入再计一次。", "Entries into the stage with a business date in the period; an opportunity that enters again counts again."),
        ["conversion"] = q.Pick(
            "期间内进入该阶段的各次中，到查询时点为止之后到达过更靠后的阶段或成交的比例（先后按当时的阶段顺序）。",
            "Of the entries in the period, the share after which a later stage or a win was reached by the instant asked about (in the order of stages at the time)."),
        ["medianDaysInStage"] = q.Pick(
            "期间内进入、到查询时点已离开的各次停留天数（按业务日期，精确到 0.01 天）的中位数。", "Median of the days stayed, by business date and to 0.01 days, over the entries in the period that had left by the instant asked about."),
        ["lost"] = q.Pick("期间内进入、未再前进、查询时点已输单的次数。", "Entries in the period that did not advance and whose opportunity is lost at the instant asked about."),
        ["waiting"] = q.Pick("期间内进入、查询时点仍停留在该阶段的次数。", "Entries in the period that still stay in the stage at the instant asked about."),
        ["groups"] = q.GroupBy switch
        {
            GroupBy.Month => q.Pick("按月：数量与金额取该月末（或查询时点）的状态，其余按进入该阶段的月份。", "By month: count and amount as they stood at the end of the month (or at the instant asked about), the rest by the month of entry."),
            GroupBy.Department => q.Pick("按查询时点负责人的部门。", "By the department of the owner at the instant asked about."),
            _ => q.Pick("按查询时点的负责人。", "By the owner at the instant asked about."),
        },
    };

    public static (string Name, string Formula) Figure(string code, ReportQuery q) => code switch
    {
        "leadConversion" => (q.Pick("线索转化率", "Lead conversion"), q.Pick(
            "成交客户数 ÷ 线索总数。成交客户数：期间内成交商机的客户数，未注明客户的成交商机每笔按一位客户计；线索总数：期间内开立的商机数。",
            "Customers won ÷ leads. Customers won: customers of opportunities won in the period, each won opportunity without a customer counting as one; leads: opportunities opened in the period.")),
        "averageDealSize" => (q.Pick("客单价", "Revenue per customer"), q.Pick(
            "成交总额 ÷ 成交客户数，只含期间内以报表币种成交且有金额的商机；其他币种单列。",
            "Amount won ÷ customers won, over opportunities won in the period with an amount in the report's currency; other currencies are listed apart.")),
        "salesCycle" => (q.Pick("销售周期", "Sales cycle"), q.Pick(
            "期间内成交的商机从线索（开立）到成交的平均天数，按业务日期。", "Average days from lead (opening) to win of the opportunities won in the period, by business date.")),
        "winRate" => (q.Pick("成交率", "Win rate"), q.Pick("成交数 ÷（成交数 + 输单数），按期间内关闭的商机。", "Won ÷ (won + lost), over opportunities closed in the period.")),
        _ => (q.Pick("满意度", "Satisfaction"), q.Pick("期间内工单评分（1–5）的平均值；一张工单取最后一次评分。", "Mean of the scores, 1 to 5, that tickets were given in the period; a ticket counts with its last rating.")),
    };
}
