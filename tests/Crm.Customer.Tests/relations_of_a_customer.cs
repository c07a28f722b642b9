using Crm.Contracts;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>What may be said of two customers.</summary>
public sealed class relations_of_a_customer : CustomerSpec
{
    private static readonly Guid Other = Guid.Parse("01900000-0000-7000-8000-0000000000d1");
    private static readonly Guid Known = Guid.Parse("01900000-0000-7000-8000-0000000000d2");
    private static readonly DateOnly May = new(2025, 5, 1);
    private static readonly CustomerRegistered Person = new() { Kind = CustomerKind.Person, Name = "李雷" };
    private static readonly CustomerRegistered Company = new() { Kind = CustomerKind.Company, Name = "云帆科技" };

    private static RelationFacts Facts(CustomerRegistered other, params CustomerRelation[] existing) => new(State(other)! with { Id = Other }, existing, existing.Length, null);

    private static CustomerRelation Told(RelationKind kind, string? label = null, DateOnly? from = null, DateOnly? to = null, string? note = null, bool erased = false) =>
        new(Known, kind, label, from, to, note, Now.UserId, Now.At, Now.UserId, Now.At, erased) { OtherId = Other };

    private static RelationFacts Of(CustomerRelation relation, params CustomerRelation[] others) => new(State(Company)! with { Id = Other }, [relation, .. others], 0, new KnownRelation(relation, Id, Other, 3));

    [Fact]
    public void are_told_with_what_the_other_one_is() =>
        Given(Person).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Employer, " 采购经理 ", May, null, "年底离任"), c, Facts(Company), Now))
            .Then(new RelationAdded { RelationId = Now.NewId, CustomerId = Id, OtherId = Other, Kind = RelationKind.Employer, Label = "采购经理", From = May, Note = "年底离任" });

    [Fact]
    public void every_kind_has_a_name_from_the_other_side()
    {
        foreach (var kind in Enum.GetValues<RelationKind>()) kind.Inverse().Inverse().ShouldBe(kind);
        foreach (var kind in Enum.GetValues<RelationKind>())
            foreach (var (one, two) in new[] { (CustomerKind.Company, CustomerKind.Person), (CustomerKind.Person, CustomerKind.Person), (CustomerKind.Company, CustomerKind.Company) })
                kind.Fits(one, two).ShouldBe(kind.Inverse().Fits(two, one), $"{kind} of {one} and {two}");
    }

    [Fact]
    public void are_of_those_who_can_be_so_related()
    {
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Spouse), c, Facts(Person), Now)).Rejects("kind_does_not_fit");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Employee), c, Facts(Company), Now)).Rejects("kind_does_not_fit");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Id, RelationKind.Partner), c, new(State(Company), [], 0), Now)).Rejects("same_customer");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Partner), c, new(null, [], 0), Now)).Rejects("unknown_customer");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Other), c, Facts(Company), Now)).Rejects("required");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Partner, From: May, To: May.AddDays(-1)), c, Facts(Company), Now)).Rejects("out_of_range");
        Given(Company, new CustomerArchived()).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Partner), c, Facts(Company), Now)).Rejects("archived");
    }

    [Fact]
    public void are_told_once_at_a_time()
    {
        var until = Told(RelationKind.Supplier, to: May);
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Supplier, From: May), c, Facts(Company, until), Now)).Rejects("relation_exists");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Supplier, From: May.AddDays(1)), c, Facts(Company, until), Now)).Decision.Rejection.ShouldBeNull("they came back");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Client), c, Facts(Company, until), Now)).Decision.Rejection.ShouldBeNull();
        var own = Told(RelationKind.Other, "同乡会");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Other, "同乡会"), c, Facts(Company, own), Now)).Rejects("relation_exists");
        Given(Company).When(c => AddRelationFeature.Decide(new AddRelation(Other, RelationKind.Other, "同楼"), c, Facts(Company, own), Now)).Decision.Rejection.ShouldBeNull();
    }

    [Fact]
    public void change_in_what_is_sent()
    {
        var relation = Told(RelationKind.Supplier, "主材", May, note: "账期 30 天");
        Given(Company).When(c => ChangeRelationFeature.Decide(new ChangeRelation { To = May.AddYears(1), Cleared = ["note"] }, c, Of(relation), Now))
            .Then(new RelationChanged { RelationId = Known, CustomerId = Id, OtherId = Other, Number = 4, Kind = RelationKind.Supplier, Label = "主材", From = May, To = May.AddYears(1) });
        Given(Company).When(c => ChangeRelationFeature.Decide(new ChangeRelation { Kind = RelationKind.Supplier, Label = "主材" }, c, Of(relation), Now)).ThenNothing();
        Given(Company).When(c => ChangeRelationFeature.Decide(new ChangeRelation { Kind = RelationKind.Partner }, c, Of(relation, Told(RelationKind.Partner) with { Id = Other }), Now)).Rejects("relation_exists");
        Given(Company).When(c => ChangeRelationFeature.Decide(new ChangeRelation { Kind = RelationKind.Spouse }, c, Of(relation), Now)).Rejects("kind_does_not_fit");
        Given(Company).When(c => ChangeRelationFeature.Decide(new ChangeRelation { Note = "回来了" }, c, Of(Told(RelationKind.Supplier, erased: true)), Now)).Rejects("erased");
        Given(Company).When(c => ChangeRelationFeature.Decide(new ChangeRelation { To = May }, c, new RelationFacts(null, [], 0), Now)).Rejects("not_found");
    }

    [Fact]
    public void are_taken_back_from_either_side()
    {
        Given(Company).When(c => RemoveRelationFeature.Decide(new RemoveRelation(), c, [new KnownRelation(Told(RelationKind.Client), Other, Id, 1)], Now)).Then(new RelationRemoved(Known, Other, Id, 2, RelationKind.Client));
        Given(Company).When(c => RemoveRelationFeature.Decide(new RemoveRelation(), c, [], Now)).Rejects("not_found");
    }
}
