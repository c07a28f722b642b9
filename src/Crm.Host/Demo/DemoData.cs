namespace Crm.Host;

/// <summary>The names, words and numbers of the demo organisation. All of them are invented.</summary>
internal static class DemoData
{
    public static readonly (string Code, string Name, decimal Price)[] Products =
    [
        ("CRM-STD", "客户管理标准版", 12_800m), ("CRM-PRO", "客户管理专业版", 36_800m), ("CRM-ENT", "客户管理企业版", 128_000m),
        ("SVC-DESK", "客服工作台", 24_600m), ("BI-SUITE", "经营分析套件", 58_000m), ("IMPL-DAY", "实施服务（人天）", 3_200m),
    ];

    public static readonly string[] Cities = ["杭州", "上海", "北京", "深圳", "广州", "苏州", "成都", "武汉", "南京", "西安", "宁波", "青岛"];

    public static readonly (string Business, string Industry)[] Businesses =
    [
        ("信息技术", "信息技术"), ("医疗器械", "医疗"), ("精密机械", "制造"), ("供应链管理", "物流"), ("教育科技", "教育"), ("餐饮管理", "餐饮"), ("新能源", "能源"), ("商贸", "零售"),
    ];

    public static readonly string[] Brands =
    [
        "云启", "恒信", "博远", "联创", "鼎盛", "瑞丰", "华宇", "明德", "天际", "蓝海", "正和", "金桥", "启明", "海纳", "安泰", "众诚",
        "远景", "嘉禾", "卓越", "新域", "百川", "智联", "锦程", "宏图", "德胜", "康宁", "星河", "中科", "朗润", "同创", "盛世", "亿达",
        "尚品", "永辉", "大成", "方圆", "立信", "浩瀚", "思源", "凯旋", "晨光", "汇通", "锐步", "泰和", "冠华", "北辰", "南洋", "西岭",
    ];

    public static readonly string[] Surnames = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"];

    public static readonly string[] GivenNames = ["伟", "芳", "秀英", "敏", "静", "强", "磊", "洋", "艳", "勇", "娟", "涛", "明", "霞", "志强", "晓东", "佳怡", "子轩", "雨婷", "浩然"];

    public static readonly string[] Positions = ["总经理", "采购经理", "信息部主任", "财务总监", "运营总监", "行政主管", "技术总监"];

    public static readonly string[] Sources = ["官网咨询", "展会", "老客户介绍", "电话外呼", "搜索推广", "合作伙伴"];

    public static readonly string[] Needs = ["希望统一管理三个事业部的客户资料。", "现有表格无法跟踪跟进记录，需要漏斗分析。", "售后投诉响应慢，想上工单系统。", "需要与财务系统对接回款。", "销售离职带走客户，想建立公司级客户库。"];

    public static readonly (string Method, string Summary, string Next)[] FollowUps =
    [
        ("phone", "电话沟通了需求，对方目前用表格管理客户，约 20 名销售。", "发送产品资料和行业案例"),
        ("visit", "上门拜访，演示了商机看板和漏斗，信息部比较认可。", "提交定制化方案"),
        ("email", "发送报价单，对方希望按年付费并要求折扣。", "确认折扣并回复"),
        ("message", "微信确认了下周的评审会时间。", "准备评审材料"),
        ("phone", "客户反馈竞品价格更低，但担心数据安全。", "提供安全白皮书"),
        ("visit", "与财务总监沟通付款方式，首付款三成。", "起草合同"),
        ("phone", "使用回访：整体满意，希望增加移动端审批。", "反馈给产品部门"),
    ];

    public static readonly string[] Objections = ["价格偏高", "担心实施周期", "需要总部审批", "希望先试用", "数据迁移有顾虑"];

    public static readonly string[] LostReasons = ["价格高于预算", "选择了竞争对手", "项目暂停", "需求取消", "决策人变动"];

    public static readonly string[] Competitors = ["甲骨软件", "云上客", "销帮", "本地集成商"];

    public static readonly string[] Tags = ["采购意向", "试用申请", "售后咨询", "老客户", "渠道客户", "行业标杆"];

    public static readonly (string Subject, string Type, string Description)[] Tickets =
    [
        ("登录后页面空白", "使用问题", "早上起浏览器打开后一片空白，换电脑也一样。"), ("导出报表缺少两列", "缺陷", "上月的业绩报表导出后没有回款列。"),
        ("希望增加审批节点", "需求", "折扣超过一成需要副总审批。"), ("发票信息需要修改", "咨询", "公司更名，发票抬头请改为新名称。"),
        ("手机端收不到提醒", "使用问题", "跟进提醒在手机上没有弹出。"), ("账号权限申请", "咨询", "新来的两位客服需要开通账号。"),
        ("数据导入失败", "缺陷", "导入三千行客户时在第一千行停住。"), ("合同扫描件上传很慢", "使用问题", "十兆的文件要传五分钟。"),
        ("对上次服务不满意", "投诉", "工程师承诺周三上门，周五才到。"), ("培训安排", "咨询", "希望下周给销售团队做一次培训。"),
    ];

    public static readonly string[] Answers = ["您好，问题已收到，我们正在排查。", "已为您开通，请重新登录后查看。", "请提供出现问题的时间和截图，我们马上处理。", "该功能将在下个版本提供，届时会通知您。"];
}
