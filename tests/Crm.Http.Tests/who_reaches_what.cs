using Crm.Contracts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Crm.Http.Tests;

/// <summary>The people whose records a right is good for, against a model that walks upwards instead of down.</summary>
public sealed class who_reaches_what
{
    private static Guid Id(int kind, int i) => new(i + 1, (short)kind, 0, new byte[8]);

    [Fact]
    public void follows_the_tree_of_departments()
    {
        var gen =
            from departments in Gen.Choose(1, 7)
            from parents in Gen.Choose(-1, 6).ListOf(departments)
            from members in Gen.Choose(-1, departments - 1).ListOf(9)
            from user in Gen.Choose(0, 8)
            from scope in Gen.Elements(RightScope.Own, RightScope.Department, RightScope.DepartmentAndBelow)
            select (departments, parents: parents.ToArray(), members: members.ToArray(), user, scope);
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(gen.ToArbitrary(), x =>
        {
            // A parent stands before its children, so that there is no ring.
            int? Parent(int d) => x.parents[d] >= 0 && x.parents[d] < d ? x.parents[d] : null;
            bool IsBelow(int? d, int top) => d is { } at && (at == top || IsBelow(Parent(at), top));
            var picture = new AccessPicture(
                x.members.Select((d, i) => new AccessMember(Id(1, i), ["sales"], d < 0 ? null : Id(2, d), i % 4 != 3)),
                Enumerable.Range(0, x.departments).Select(d => new AccessDepartment(Id(2, d), $"部门{d}", Parent(d) is { } p ? Id(2, p) : null)), [], []);
            var own = x.members[x.user];
            var expected = Enumerable.Range(0, 9).Where(i => i == x.user || (own >= 0 && x.scope switch
            {
                RightScope.Department => x.members[i] == own,
                RightScope.DepartmentAndBelow => x.members[i] >= 0 && IsBelow(x.members[i], own),
                _ => false,
            })).Select(i => Id(1, i));
            return picture.Owners(Id(1, x.user), x.scope).ToHashSet().SetEquals(expected);
        }));
    }

    [Fact]
    public void ends_in_a_ring()
    {
        var picture = new AccessPicture([new(Id(1, 0), ["manager"], Id(2, 0), true)], [new(Id(2, 0), "甲", Id(2, 1)), new(Id(2, 1), "乙", Id(2, 0))], [], []);
        picture.Subtree(Id(2, 0)).Count.ShouldBe(2);
    }

    [Fact]
    public void several_roles_are_their_union_and_who_left_has_none()
    {
        var narrow = new RoleGrants("narrow", "n", [new("customers.view", RightScope.Own), new("tickets.view", RightScope.All)], []);
        var wide = new RoleGrants("wide", "w", [new("customers.view", RightScope.Department)], []);
        var picture = new AccessPicture(
            [new(Id(1, 0), ["narrow", "wide", "gone"], Id(2, 0), true), new(Id(1, 1), ["admin"], Id(2, 0), false)], [new(Id(2, 0), "甲", null)], [narrow, wide], [KeyValuePair.Create("erp", "auditor")]);
        var both = picture.Of(Id(1, 0).ToString());
        both.Grants.ShouldBe(new Dictionary<string, RightScope> { ["customers.view"] = RightScope.Department, ["tickets.view"] = RightScope.All }, ignoreOrder: true);
        both.Rows(Right.View("customers")).Owners.ShouldBe([Id(1, 0), Id(1, 1)], ignoreOrder: true);
        both.Rows(Right.View("customers")).Holds((Guid?)null).ShouldBeTrue("whoever leads a department sees what is nobody's");
        both.Rows(Right.Change("customers")).ShouldBe(RowReach.None);
        picture.Of(Id(1, 1).ToString(), "admin").Grants.ShouldBeEmpty();
        picture.Of("erp").May(Right.View("customers")).ShouldBeTrue();
        picture.Of("other", "sales").Rows(Right.View("customers")).ShouldBe(RowReach.None, "a client is responsible for nothing");
    }
}
