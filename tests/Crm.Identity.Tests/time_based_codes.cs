using System.Text;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class time_based_codes
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("12345678901234567890");

    /// <summary>The last six digits of the values of RFC 6238, appendix B, for SHA-1.</summary>
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void are_those_of_the_rfc(long seconds, string code) => Totp.Code(Key, Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds))).ShouldBe(code);

    [Fact]
    public void are_taken_a_step_early_or_late_and_no_more()
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(1234567890);
        var step = Totp.StepAt(at);
        for (var apart = -3; apart <= 3; apart++)
            Totp.Match(Key, Totp.Code(Key, step + apart), at).ShouldBe(apart is >= -1 and <= 1 ? step + apart : null, $"{apart} steps apart");
        Totp.Match(Key, "", at).ShouldBeNull();
        Totp.Match(Key, "0059245", at).ShouldBeNull();
    }

    /// <summary>The values of RFC 4648, section 10.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("MY======", "f")]
    [InlineData("MZXQ====", "fo")]
    [InlineData("MZXW6===", "foo")]
    [InlineData("MZXW6YQ=", "foob")]
    [InlineData("MZXW6YTBOI", "foobar")]
    public void have_keys_as_apps_show_them(string base32, string text) => Encoding.ASCII.GetString(Totp.Key(base32)).ShouldBe(text);
}
