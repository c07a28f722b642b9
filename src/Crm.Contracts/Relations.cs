namespace Crm.Contracts;

/// <summary>What the other customer of a relation is to the one it is told of: of a person told of a company, <c>employee</c>; the same relation told of the person, <c>employer</c>.</summary>
public enum RelationKind
{
    /// <summary>雇主: the other employs this person.</summary>
    Employer,

    /// <summary>雇员: the other person works here.</summary>
    Employee,

    /// <summary>配偶: the two are married.</summary>
    Spouse,

    /// <summary>父母: the other is mother or father of this person.</summary>
    Parent,

    /// <summary>子女: the other is a child of this person.</summary>
    Child,

    /// <summary>合作伙伴: the two work together.</summary>
    Partner,

    /// <summary>供应商: the other supplies this one.</summary>
    Supplier,

    /// <summary>客户: the other is supplied by this one.</summary>
    Client,

    /// <summary>介绍人: the other has recommended this one.</summary>
    Referrer,

    /// <summary>被介绍: this one has recommended the other.</summary>
    Referred,

    /// <summary>股东: the other holds shares of this one.</summary>
    Shareholder,

    /// <summary>参股企业: this one holds shares of the other.</summary>
    Investee,

    /// <summary>其他: what the label says, from either side.</summary>
    Other,
}

/// <summary>Two customers are related (S026). Said on one of them and known of both; what is personal about it has a key of its own, which goes with either of them.</summary>
public sealed record RelationAdded
{
    /// <summary>Identity of the relation.</summary>
    [Person]
    public required Guid RelationId { get; init; }

    /// <summary>The customer it was said on.</summary>
    public required Guid CustomerId { get; init; }

    /// <summary>The other customer.</summary>
    public required Guid OtherId { get; init; }

    /// <summary>What the other one is to the customer.</summary>
    public required RelationKind Kind { get; init; }

    /// <summary>What it is called beside its kind, for example the position; of <see cref="RelationKind.Other"/> always there.</summary>
    [Personal(PersonalKind.Text)]
    public string? Label { get; init; }

    /// <summary>The first day, if known.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day; null while it lasts or if that is not known.</summary>
    public DateOnly? To { get; init; }

    /// <summary>What else is to be known of it.</summary>
    [Personal(PersonalKind.Text)]
    public string? Note { get; init; }
}

/// <summary>A relation changed: it has these values from now on. It may have been said on either customer, or on one that either was merged into.</summary>
public sealed record RelationChanged
{
    /// <summary>The relation.</summary>
    [Person]
    public required Guid RelationId { get; init; }

    /// <summary>The customer from whose side it is told.</summary>
    public required Guid CustomerId { get; init; }

    /// <summary>The other customer.</summary>
    public required Guid OtherId { get; init; }

    /// <summary>Which state of the relation this is, counted from 1: two that change the same one at once do not both succeed.</summary>
    public required int Number { get; init; }

    /// <summary>What the other one is to the customer.</summary>
    public required RelationKind Kind { get; init; }

    /// <summary>What it is called beside its kind.</summary>
    [Personal(PersonalKind.Text)]
    public string? Label { get; init; }

    /// <summary>The first day, if known.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day; null while it lasts or if that is not known.</summary>
    public DateOnly? To { get; init; }

    /// <summary>What else is to be known of it.</summary>
    [Personal(PersonalKind.Text)]
    public string? Note { get; init; }
}

/// <summary>A relation was taken back because it should not be told any more; one that is over has a last day instead.</summary>
/// <param name="RelationId">The relation.</param>
/// <param name="CustomerId">The customer from whose side it is told.</param>
/// <param name="OtherId">The other customer.</param>
/// <param name="Number">Which state of the relation this is.</param>
/// <param name="Kind">What the other one was to the customer.</param>
public sealed record RelationRemoved([property: Person] Guid RelationId, Guid CustomerId, Guid OtherId, int Number, RelationKind Kind);

/// <summary>One of the two was erased: label and note of the relation are gone for good, that there is one stays.</summary>
/// <param name="RelationId">The relation.</param>
/// <param name="CustomerId">The customer from whose side it is told.</param>
/// <param name="OtherId">The other customer.</param>
/// <param name="Number">Which state of the relation this is.</param>
public sealed record RelationErased(Guid RelationId, Guid CustomerId, Guid OtherId, int Number);
