using Crm.Contracts;
using Crm.Testing;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class changing_a_user : Spec
{
    private static readonly UserRegistered Registered = new("li", "李晓燕", "admin", "销售部", null, CanSignIn: true);

    [Fact]
    public void keeps_only_what_differs() =>
        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser(DisplayName: "李晓燕", Role: "manager"), user, Now))
            .Then(new UserChanged(null, "manager", null, null, null, null));

    [Fact]
    public void empties_what_was_filled() =>
        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser { Cleared = ["department", "managerName"] }, user, Now))
            .Then(new UserChanged(null, null, null, null, null, ["department"]));

    [Fact]
    public void that_changes_nothing_is_no_event() =>
        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser(Department: "销售部", Active: true), user, Now)).ThenNothing();

    [Fact]
    public void cannot_lower_or_close_one_s_own_account()
    {
        var own = Now with { UserId = Id.ToString() };

        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser(Role: "sales"), user, own)).Rejects("own_account");
        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser(Active: false), user, own)).Rejects("own_account");
        Given<User>(Registered).When(user => ChangeUserFeature.Decide(new ChangeUser(Active: false), user, Now)).Then(new UserChanged(null, null, null, null, false, null));
    }
}
