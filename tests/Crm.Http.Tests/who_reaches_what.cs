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
    public void a_leader_reaches_his_teams_from_a_department_on()
    {
        var picture = new AccessPicture(
            [new(Id(1, 0), ["manager"], null, true), new(Id(1, 1), ["sales"], Id(2, 0), true), new(Id(1, 2), ["sales"], null, true)], [new(Id(2, 0), "甲", null)], [], [],
            [new(Id(3, 0), "组", [Id(1, 0), Id(1, 1)], [Id(1, 0)]), new(Id(3, 1), "别组", [Id(1, 0), Id(1, 2)], [])]);
        picture.Owners(Id(1, 0), RightScope.Own).ShouldBe([Id(1, 0)]);
        picture.Owners(Id(1, 0), RightScope.Department).ShouldBe([Id(1, 0), Id(1, 1)], ignoreOrder: true);
        picture.Owners(Id(1, 1), RightScope.Department).ShouldBe([Id(1, 1)]);
    }

    [Fact]
    public void a_delegation_begins_and_ends_by_the_clock_in_an_unchanged_picture()
    {
        var noon = new DateTimeOffset(2026, 3, 16, 4, 0, 0, TimeSpan.Zero);
        var picture = new AccessPicture(
            Enumerable.Range(0, 4).Select(i => new AccessMember(Id(1, i), ["sales"], null, true)), [], [], [], null,
            [new(Id(1, 0), Id(1, 1), noon, noon.AddDays(2)), new(Id(1, 2), Id(1, 1), noon.AddDays(1), noon.AddDays(3)), new(Id(1, 1), Id(1, 3), noon, noon.AddDays(3))]);
        Guid[] At(int user, double days) => [.. picture.Of(Id(1, user).ToString(), noon.AddDays(days)).Rows(Right.Change("customers")).Owners.Order()];
        // In whatever order it is asked: what was kept for one time does not hold for another.
        foreach (var days in new[] { 0, 1, 2, 3, -0.001, 0.999, 2.999, 1.999, 1, 0 })
            At(1, days).ShouldBe(days switch { < 0 => [Id(1, 1)], < 1 => [Id(1, 0), Id(1, 1)], < 2 => [Id(1, 0), Id(1, 1), Id(1, 2)], < 3 => [Id(1, 1), Id(1, 2)], _ => [Id(1, 1)] }, $"after {days} days");
        At(3, 1).ShouldBe([Id(1, 1), Id(1, 3)], "a delegate's delegate gets the delegate's own and no more");
        picture.Of(Id(1, 1).ToString(), noon).Rows(Right.Delete("customers")).ShouldBe(RowReach.None, "a right that he lacks he does not get");
        picture.Of(Id(1, 1).ToString(), noon).ShouldBeSameAs(picture.Of(Id(1, 1).ToString(), noon.AddHours(23)), "it is worked out once");
        picture.StandIn(Id(1, 0), noon)!.DelegateId.ShouldBe(Id(1, 1));
        picture.StandIn(Id(1, 0), noon.AddDays(2)).ShouldBeNull();
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
        var both = picture.Of(Id(1, 0).ToString(), default);
        both.Grants.ShouldBe(new Dictionary<string, RightScope> { ["customers.view"] = RightScope.Department, ["tickets.view"] = RightScope.All }, ignoreOrder: true);
        both.Rows(Right.View("customers")).Owners.ShouldBe([Id(1, 0), Id(1, 1)], ignoreOrder: true);
        both.Rows(Right.View("customers")).Holds((Guid?)null).ShouldBeTrue("whoever leads a department sees what is nobody's");
        both.Rows(Right.Change("customers")).ShouldBe(RowReach.None);
        picture.Of(Id(1, 1).ToString(), default, "admin").Grants.ShouldBeEmpty();
        picture.Of("erp", default).May(Right.View("customers")).ShouldBeTrue();
        picture.Of("other", default, "sales").Rows(Right.View("customers")).ShouldBe(RowReach.None, "a client is responsible for nothing");
    }
}
