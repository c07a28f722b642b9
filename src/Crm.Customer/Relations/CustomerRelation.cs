using System.Text.Json.Serialization;
using Crm.Contracts;
using Crm.Http;

namespace Crm.Customers;

/// <summary>A relation of a customer to another one as it is told of the first.</summary>
/// <param name="Id">Identity of the relation; the same at both customers.</param>
/// <param name="Kind">What the other one is to this customer.</param>
/// <param name="Label">What it is called beside its kind.</param>
/// <param name="From">The first day, if known.</param>
/// <param name="To">The last day; null while it lasts or if that is not known.</param>
/// <param name="Note">What else is to be known of it.</param>
/// <param name="Erased">Whether label and note are gone for good with one of the two.</param>
/// <param name="CreatedBy">Who said it.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="UpdatedBy">Who changed it last.</param>
/// <param name="UpdatedAt">When.</param>
internal sealed record CustomerRelation(
    [property: Person] Guid Id, RelationKind Kind, [property: Personal(PersonalKind.Text)] string? Label, DateOnly? From, DateOnly? To, [property: Personal(PersonalKind.Text)] string? Note,
    string CreatedBy, DateTimeOffset CreatedAt, string UpdatedBy, DateTimeOffset UpdatedAt, bool Erased = false)
{
    /// <summary>The other customer: of one that was merged away, the one that stayed.</summary>
    public Guid OtherId { get; init; }

    /// <summary>Whether the caller may not see the other customer; nothing of it is told then but that it is there.</summary>
    public bool IsOtherHidden { get; init; }

    /// <summary>Its name; null where it may not be seen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OtherName { get; init; }

    /// <summary>Whether the other is a company or a person; null where it may not be seen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CustomerKind? OtherKind { get; init; }

    /// <summary>Where the other stands; null where it may not be seen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CustomerLifecycle? OtherLifecycle { get; init; }

    /// <summary>The name of who said it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CreatedByName { get; init; }

    /// <summary>The name of who changed it last.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UpdatedByName { get; init; }

    /// <summary>Whether the same is said of the same time.</summary>
    public bool Repeats(RelationKind kind, string? label, DateOnly? from, DateOnly? to) =>
        Kind == kind && (kind != RelationKind.Other || string.Equals(Label, label, StringComparison.OrdinalIgnoreCase)) && !(To < from) && !(to < From);
}

/// <summary>The kinds of relations, seen from both sides.</summary>
internal static class RelationKinds
{
    /// <summary>What this one is to the other when the other is <paramref name="kind"/> to this one.</summary>
    public static RelationKind Inverse(this RelationKind kind) => kind switch
    {
        RelationKind.Employer => RelationKind.Employee,
        RelationKind.Employee => RelationKind.Employer,
        RelationKind.Parent => RelationKind.Child,
        RelationKind.Child => RelationKind.Parent,
        RelationKind.Supplier => RelationKind.Client,
        RelationKind.Client => RelationKind.Supplier,
        RelationKind.Referrer => RelationKind.Referred,
        RelationKind.Referred => RelationKind.Referrer,
        RelationKind.Shareholder => RelationKind.Investee,
        RelationKind.Investee => RelationKind.Shareholder,
        _ => kind,
    };

    /// <summary>Whether two customers of these kinds can be so related: families are of persons, and only persons are employed.</summary>
    public static bool Fits(this RelationKind kind, CustomerKind customer, CustomerKind other) => kind switch
    {
        RelationKind.Spouse or RelationKind.Parent or RelationKind.Child => customer == CustomerKind.Person && other == CustomerKind.Person,
        RelationKind.Employer => customer == CustomerKind.Person,
        RelationKind.Employee => other == CustomerKind.Person,
        _ => true,
    };
}

/// <summary>Why commands on relations are refused.</summary>
internal static class RelationErrors
{
    public static readonly Rejection SameCustomer = new("same_customer", "客户不能与自己建立关系。", "A customer cannot be related to itself.", 409, "otherId");

    public static readonly Rejection UnknownCustomer = new("unknown_customer", "没有这个客户。", "There is no such customer.", 404, "otherId");

    public static readonly Rejection OtherErased = new("erased", "对方客户的个人信息已被永久删除，不能再建立关系。", "What was known of the other customer was erased for good; it cannot be related any more.", 410, "otherId");

    public static readonly Rejection Erased = new("erased", "该关系的说明已随客户的个人信息永久删除，不能再填写。", "What the relation said was erased for good with one of the customers; it cannot be said again.", 410);

    public static readonly Rejection Misfit = new("kind_does_not_fit", "家庭关系只存在于个人之间，雇员只能是个人。", "Families are of persons, and only a person is employed.", 400, "kind");

    public static readonly Rejection LabelRequired = new("required", "“其他”关系须填写名称。", "A relation of another kind needs a label.", 400, "label");

    public static readonly Rejection EndsBeforeBegin = new("out_of_range", "结束日期不能早于开始日期。", "The last day cannot be before the first.", 400, "to");

    public static readonly Rejection TooMany = new("too_many", "一个客户最多 200 条自己建立的关系。", "At most 200 relations are said on one customer.", 400);

    public static readonly Rejection Unknown = new("not_found", "没有这条关系。", "There is no such relation.", 404);

    /// <summary>The two are so related at that time already.</summary>
    public static Rejection Exists(Guid id) => new("relation_exists", "这两个客户之间已有同样的关系。", "The two customers are related in this way already.", Extensions: new Dictionary<string, object?> { ["relationId"] = id });
}
