using Crm.Contracts;
using Crm.Http;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class changing_a_user : Spec
{
    private static readonly Guid Sales = Guid.Parse("01900000-0000-7000-8000-0000000000c1");
    private static readonly UserRegistered Registered = new("li", "李晓燕", "admin", "销售部", null, CanSignIn: true, DepartmentId: Sales);
    private static readonly UserFacts Known = new(Fault: null);

    private static Decision Decide(ChangeUser command, User user, Now now) => ChangeUserFeature.Decide(command, user, Known, now);

    [Fact]
    public void keeps_only_what_differs() =>
        Given<User>(Registered).When(user => Decide(new ChangeUser(DisplayName: "李晓燕", Role: "manager"), user, Now))
            .Then(new UserChanged(null, "manager", null, null, null, null));

    [Fact]
    public void empties_what_was_filled() =>
        Given<User>(Registered).When(user => Decide(new ChangeUser { Cleared = ["department", "managerName"] }, user, Now))
            .Then(new UserChanged(null, null, null, null, null, ["department"]));

    [Fact]
    public void that_changes_nothing_is_no_event() =>
        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser(Department: "销售部", Active: true, Roles: ["admin"]), user, new UserFacts(null, Sales, "销售部"), Now)).ThenNothing();

    [Fact]
    public void may_give_several_roles_and_take_them_back()
    {
        Given<User>(Registered).When(user => Decide(new ChangeUser(Roles: ["admin", "auditor", "admin"]), user, Now))
            .Then(new UserChanged(null, null, null, null, null, null, ["admin", "auditor"]));
        Given<User>(Registered, new UserChanged(null, null, null, null, null, null, ["admin", "auditor"])).When(user => Decide(new ChangeUser(Role: "auditor"), user, Now))
            .Then(new UserChanged(null, "auditor", null, null, null, null));
        State<User>(Registered, new UserChanged(null, null, null, null, null, null, ["sales", "auditor"]))!.Role.ShouldBe("sales");
        State<User>(Registered, new UserChanged(null, null, null, null, null, null, ["sales", "auditor"]), new UserChanged(null, "manager", null, null, null, null))!.Roles.ShouldBe(["manager"]);
    }

    [Fact]
    public void moves_a_user_to_a_department()
    {
        var east = Guid.Parse("01900000-0000-7000-8000-0000000000c2");
        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser(DepartmentId: east, Post: "大客户经理"), user, new UserFacts(null, east, "东区"), Now))
            .Then(new UserChanged(null, null, "东区", null, null, null, DepartmentId: east, Post: "大客户经理"));
        State<User>(Registered, new UserChanged(null, null, null, null, null, ["department"]))!.DepartmentId.ShouldBeNull();
    }

    [Fact]
    public void is_refused_with_a_role_or_department_that_is_not_there_or_not_to_be_given()
    {
        var department = new AccessDepartment(Sales, "销售部", null);
        var boss = Guid.Parse("01900000-0000-7000-8000-0000000000d1");
        var picture = new AccessPicture([new AccessMember(boss, ["manager"], Sales, true)], [department], [], []);
        UserFacts.Of(picture, null, ["nobody"], [], null, null).Fault!.Code.ShouldBe("unknown_role");
        UserFacts.Of(picture, null, ["sales"], [], null, "没有的").Fault!.Code.ShouldBe("unknown_department");
        UserFacts.Of(picture, null, ["sales"], [], null, " 销售部 ").ShouldBe(new UserFacts(null, Sales, "销售部"));
        UserFacts.Of(picture, picture.Of(boss.ToString(), Now.At), ["admin"], [], null, null).Fault!.Code.ShouldBe("role_beyond_own");
        UserFacts.Of(picture, picture.Of(boss.ToString(), Now.At), ["admin"], ["admin"], null, null).Fault.ShouldBeNull("he has it already");
        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser(Role: "x"), user, new UserFacts(UserErrors.UnknownRole("x")), Now)).Rejects("unknown_role");
    }

    [Fact]
    public void cannot_lower_or_close_one_s_own_account()
    {
        var own = Now with { UserId = Id.ToString() };

        Given<User>(Registered).When(user => Decide(new ChangeUser(Role: "sales"), user, own)).Rejects("own_account");
        Given<User>(Registered).When(user => Decide(new ChangeUser(Active: false), user, own)).Rejects("own_account");
        Given<User>(Registered).When(user => Decide(new ChangeUser(Active: false), user, Now)).Then(new UserChanged(null, null, null, null, false, null));
    }
}
