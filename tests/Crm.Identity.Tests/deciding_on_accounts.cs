using Crm.Contracts;
using Crm.Testing;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class deciding_on_accounts : Spec
{
    private static readonly UserRegistered Registered = new("li", "李晓燕", "sales", null, null, CanSignIn: true);

    private static Account Off => new() { Id = Id, UserName = "li", Role = "sales", Active = true, Epoch = 1 };

    private static Account On => new() { Id = Id, UserName = "li", Role = "sales", Active = true, Epoch = 1, SecondFactorSince = Now.At };

    private static Outcome When(Http.Decision decision) => new(decision);

    [Fact]
    public void a_second_factor_comes_with_a_right_code_and_once()
    {
        When(OwnSecondFactorFeature.DecideConfirm(Off, codeIsRight: true)).Then(new UserSecondFactorEnabled());
        When(OwnSecondFactorFeature.DecideConfirm(Off, codeIsRight: false)).Rejects("otp_invalid");
        When(OwnSecondFactorFeature.DecideConfirm(On, codeIsRight: true)).Rejects("second_factor_on");
    }

    [Fact]
    public void a_second_factor_that_the_role_demands_stays()
    {
        When(OwnSecondFactorFeature.DecideDisable(demanded: true)).Rejects("second_factor_demanded");
        When(OwnSecondFactorFeature.DecideDisable(demanded: false)).Then(new UserSecondFactorDisabled());
    }

    [Fact]
    public void an_administrator_resets_that_of_others()
    {
        When(ResetSecondFactorFeature.Decide(Now.NewId, On)).Then(new UserSecondFactorReset());
        When(ResetSecondFactorFeature.Decide(Id, On)).Rejects("own_account");
        When(ResetSecondFactorFeature.Decide(Now.NewId, Off)).Rejects("second_factor_off");
    }

    [Fact]
    public void an_invitation_is_for_people_who_are_active()
    {
        When(InviteUserFeature.Decide(Now.At, Off)).Then(new UserInvited(Now.At));
        When(InviteUserFeature.Decide(Now.At, new Account { Id = Id, UserName = "li", Role = "sales", Active = false, Epoch = 1 })).Rejects("user_inactive");
    }

    [Fact]
    public void a_mail_address_is_kept_changed_and_emptied()
    {
        Given<User>().When(() => RegisterUserFeature.Decide(new RegisterUser("li", "李晓燕", "sales", Email: "li@example.com"), new UserFacts(Fault: null), Now))
            .Then(new UserRegistered("li", "李晓燕", "sales", null, null, CanSignIn: false), new UserEmailChanged("li@example.com"));
        Given<User>(Registered, new UserEmailChanged("li@example.com")).When(user => ChangeUserFeature.Decide(new ChangeUser(Email: "li@example.com"), user, new UserFacts(Fault: null), Now)).ThenNothing();
        Given<User>(Registered, new UserEmailChanged("li@example.com")).When(user => ChangeUserFeature.Decide(new ChangeUser { Cleared = ["email"] }, user, new UserFacts(Fault: null), Now)).Then(new UserEmailChanged(null));
    }
}
