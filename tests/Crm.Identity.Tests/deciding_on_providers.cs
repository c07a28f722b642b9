using Crm.Http;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class deciding_on_providers
{
    [Theory]
    [InlineData("sso", true, true, null)]
    [InlineData("sso", true, false, "last_way_in")]
    [InlineData("sso", false, false, null)]
    [InlineData("other", true, true, "not_found")]
    public void the_last_way_in_stays(string provider, bool own, bool hasPassword, string? code) =>
        ExternalLogins.DecideUnlink(["sso"], provider, own, hasPassword).Rejection?.Code.ShouldBe(code);

    [Fact]
    public void of_two_ways_in_one_may_go() => ExternalLogins.DecideUnlink(["sso", "other"], "sso", own: true, hasPassword: false).Events.ShouldBe([new UserLoginUnlinked("sso")]);

    [Theory]
    [InlineData("Authority", "http://sso.example.com", "https")]
    [InlineData("Authority", "sso.example.com", "address")]
    [InlineData("Name", "Our SSO", "Name")]
    [InlineData("ClientId", "", "ClientId is missing")]
    [InlineData("ApiAudience", "crm", "ApiAudience")]
    public void a_wrong_setting_is_told_at_the_start(string key, string value, string told) =>
        Should.Throw<InvalidOperationException>(() => Read((key, value))).Message.ShouldContain(told);

    [Fact]
    public void without_tls_a_provider_is_reached_on_this_machine_only()
    {
        Read(("Authority", "http://localhost:9000")).AllowsHttp.ShouldBeTrue();
        Read().AllowsHttp.ShouldBeFalse();
        Read(("Authority", "http://sso.example.com"), demo: true).AllowsHttp.ShouldBeTrue();
    }

    [Fact]
    public void a_secret_may_be_in_a_file()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "from the file\n");
        Read(("ClientSecretFile", file)).ClientSecret.ShouldBe("from the file");
        File.Delete(file);
    }

    [Fact]
    public void another_provider_under_the_same_name_knows_nobody() =>
        ExternalProvider.Login("https://a.example.com", "1").ShouldNotBe(ExternalProvider.Login("https://b.example.com", "1"));

    [Fact]
    public async Task keys_are_asked_for_again_at_most_once_a_minute_and_hold_while_the_provider_is_down()
    {
        await using var liar = await LyingProvider.StartAsync();
        var clock = new SetClock();
        var metadata = new ProviderMetadata(Read(("Authority", liar.Issuer)), [], clock);
        var ct = TestContext.Current.CancellationToken;
        await metadata.GetConfigurationAsync(ct);
        metadata.Refresh().ShouldBeFalse();
        clock.Advance(TimeSpan.FromMinutes(2));
        metadata.Refresh().ShouldBeTrue();
        await metadata.GetConfigurationAsync(ct);
        await metadata.GetConfigurationAsync(ct);
        liar.KeysAsked.ShouldBe(2);
        liar.Down = true;
        clock.Advance(TimeSpan.FromHours(13));
        (await metadata.GetConfigurationAsync(ct)).Issuer.ShouldBe(liar.Issuer);
        clock.Advance(TimeSpan.FromHours(13));
        (await Should.ThrowAsync<ProblemException>(() => metadata.GetConfigurationAsync(ct))).Code.ShouldBe("external_unavailable");
        liar.Down = false;
        clock.Advance(TimeSpan.FromMinutes(1));
        (await metadata.GetConfigurationAsync(ct)).SigningKeys.Count.ShouldBe(1);
    }

    [Fact]
    public async Task metadata_of_another_issuer_are_not_believed()
    {
        await using var liar = await LyingProvider.StartAsync();
        var metadata = new ProviderMetadata(Read(("Authority", liar.Issuer.Replace("127.0.0.1", "localhost", StringComparison.Ordinal))), [], TimeProvider.System);
        (await Should.ThrowAsync<ProblemException>(() => metadata.GetConfigurationAsync(TestContext.Current.CancellationToken))).Code.ShouldBe("external_unavailable");
    }

    private static ExternalProvider Read((string Key, string Value)? change = null, bool demo = false)
    {
        var settings = new Dictionary<string, string?> { ["p:Name"] = "sso", ["p:Authority"] = "https://sso.example.com", ["p:ClientId"] = "crm" };
        if (change is var (key, value)) settings["p:" + key] = value;
        return ExternalProvider.Of(new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection("p"), demo);
    }

    private sealed class SetClock : TimeProvider
    {
        private DateTimeOffset now = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

        public void Advance(TimeSpan by) => now += by;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
