using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class choosing_a_password
{
    [Theory]
    [InlineData("Correct-horse-7")]
    [InlineData("Demo-2026!")]
    [InlineData("Long-enough-1")]
    [InlineData("老虎Sheep雨伞-27")]
    public void takes_what_nobody_guesses(string password) => PasswordPolicy.Faults("liming", password).ShouldBeEmpty();

    [Theory]
    [InlineData("onlylowercaseletters", "password_too_simple")]
    [InlineData("lowercase and blanks", "password_too_simple")]
    [InlineData("Ab-LiMing-2027x", "password_has_user_name")]
    [InlineData("Password123!", "password_common")]
    [InlineData("P@ssw0rd!!!", "password_common")]
    [InlineData("Qwerty12345!", "password_common")]
    [InlineData("Admin@123456", "password_common")]
    [InlineData("Woaini1314!", "password_common")]
    [InlineData("Abcdefgh1234!", "password_common")]
    [InlineData("1qaz2wsx3edC!", "password_common")]
    [InlineData("Iloveyou-123", "password_common")]
    public void refuses_what_is_easily_guessed(string password, string fault) => PasswordPolicy.Faults("liming", password).ShouldContain(fault);

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void may_be_two_hundred_characters(int length, bool taken) =>
        new SetPassword.Validator().Validate(new SetPassword("token", "Zx-7" + new string('ü', length - 4))).IsValid.ShouldBe(taken);

    [Fact]
    public void never_finds_a_long_random_one_common() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        ArbMap.Default.GeneratorFor<Guid>().ToArbitrary(), random => !PasswordPolicy.Faults("liming", "Zx-" + random.ToString("N")).Contains("password_common")));

    [Fact]
    public void pauses_longer_after_each_failure_but_never_more_than_an_hour()
    {
        Lockout.Seconds.Take(4).ShouldAllBe(s => s == 0);
        Lockout.Seconds.ShouldBeInOrder();
        Lockout.Seconds[4].ShouldBe(60);
        Lockout.Seconds[^1].ShouldBe(3600);
    }
}
