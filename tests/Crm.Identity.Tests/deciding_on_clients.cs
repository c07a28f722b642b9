using Crm.Testing;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class deciding_on_clients : Spec
{
    private static readonly ClientRegistered Registered = new("client-1", "ERP", "integrator", true, ["client_credentials"], [], [], ["api"], null, 600, false);

    [Fact]
    public void a_client_is_registered_with_what_was_not_said_filled_in() =>
        Given<Client>().When(() => RegisterClientFeature.Decide(new RegisterClient(" ERP ", "integrator"), "client-1", Now))
            .Then(new ClientRegistered("client-1", "ERP", "integrator", true, ["client_credentials"], [], [], ["api"], null, null, false));

    [Fact]
    public void members_that_do_not_go_together_are_refused()
    {
        Given<Client>().When(() => RegisterClientFeature.Decide(new RegisterClient("x", "sales", Confidential: false), "c", Now)).Rejects("grant_not_allowed");
        Given<Client>().When(() => RegisterClientFeature.Decide(new RegisterClient("x", "sales", Grants: ["authorization_code"]), "c", Now)).Rejects("redirect_uri_required");
        Given<Client>().When(() => RegisterClientFeature.Decide(
            new RegisterClient("x", "sales", Grants: ["authorization_code"], RedirectUris: ["https://a.example/cb"], ActsForUsers: true), "c", Now)).Rejects("grant_not_allowed");
        Given<Client>().When(() => RegisterClientFeature.Decide(
            new RegisterClient("x", "sales", Confidential: false, Grants: ["authorization_code"], RedirectUris: ["https://a.example/cb"], Jwks: new JwkSet([])), "c", Now)).Rejects("confidential_required");
    }

    [Fact]
    public void only_what_differs_is_kept()
    {
        Given<Client>(Registered).When(c => ChangeClientFeature.Decide(new ChangeClient(Name: "ERP", RateLimit: 60), c, Now)).Then(new ClientChanged(null, null, null, null, null, null, null, 60, null, null));
        Given<Client>(Registered).When(c => ChangeClientFeature.Decide(new ChangeClient(Scopes: ["api"], ActsForUsers: false), c, Now)).ThenNothing();
        Given<Client>(Registered).When(c => ChangeClientFeature.Decide(new ChangeClient { Cleared = ["rateLimit", "jwks"] }, c, Now)).Then(new ClientChanged(null, null, null, null, null, null, null, null, null, ["rateLimit"]));
        Given<Client>(Registered).When(c => ChangeClientFeature.Decide(new ChangeClient(Grants: ["authorization_code"]), c, Now)).Rejects("redirect_uri_required");
    }

    [Fact]
    public void a_new_secret_leaves_the_old_ones_their_overlap()
    {
        Given<Client>(Registered).When(c => AddClientSecretFeature.Decide(new AddClientSecret(), c, Now)).Then(new ClientSecretAdded(Now.NewId, null));
        Given<Client>(Registered, new ClientSecretAdded(Id, null)).When(c => AddClientSecretFeature.Decide(new AddClientSecret(2), c, Now)).Then(new ClientSecretAdded(Now.NewId, Now.At.AddHours(2)));
        var state = State<Client>(Registered, new ClientSecretAdded(Id, null), new ClientSecretAdded(Now.NewId, Now.At.AddHours(2)), new ClientSecretAdded(Guid.Empty, Now.At.AddHours(9)))!;
        Assert.Equal([Now.At.AddHours(2), Now.At.AddHours(9), null], state.Secrets.Select(s => s.ExpiresAt));
    }

    [Fact]
    public void secrets_are_few_and_only_of_those_that_can_keep_them()
    {
        object[] five = [Registered, .. Enumerable.Range(1, 5).Select(n => new ClientSecretAdded(new Guid(n, 0, 0, new byte[8]), null))];
        Given<Client>(five).When(c => AddClientSecretFeature.Decide(new AddClientSecret(), c, Now)).Rejects("too_many_secrets");
        Given<Client>([.. five, new ClientSecretRemoved(new Guid(1, 0, 0, new byte[8]))]).When(c => AddClientSecretFeature.Decide(new AddClientSecret(), c, Now)).Then(new ClientSecretAdded(Now.NewId, Now.At.AddHours(24)));
        Given<Client>(Registered with { Confidential = false }).When(c => AddClientSecretFeature.Decide(new AddClientSecret(), c, Now)).Rejects("confidential_required");
        Given<Client>(Registered).When(c => RemoveClientSecretFeature.Decide(c, Id, Now)).Rejects("unknown_secret");
    }

    [Fact]
    public void a_revoked_client_stays_revoked()
    {
        Given<Client>(Registered).When(c => RevokeClientFeature.Decide(c, Now)).Then(new ClientRevoked());
        Given<Client>(Registered, new ClientRevoked()).When(c => RevokeClientFeature.Decide(c, Now)).ThenNothing();
        Given<Client>(Registered, new ClientRevoked()).When(c => ChangeClientFeature.Decide(new ChangeClient(Name: "y"), c, Now)).Rejects("client_revoked");
        Given<Client>(Registered, new ClientRevoked()).When(c => AddClientSecretFeature.Decide(new AddClientSecret(), c, Now)).Rejects("client_revoked");
    }

    [Theory]
    [InlineData("https://app.example.com/cb?x=1", true)]
    [InlineData("http://127.0.0.1:8400/cb", true)]
    [InlineData("http://localhost/cb", true)]
    [InlineData("com.example.app:/cb", true)]
    [InlineData("http://app.example.com/cb", false)]
    [InlineData("https://app.example.com/cb#part", false)]
    [InlineData("https://user@app.example.com/cb", false)]
    [InlineData("https://app.example.com\\@evil.example", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("data:text/html,x", false)]
    [InlineData("/cb", false)]
    [InlineData("https://a.example/with blank", false)]
    public void codes_go_only_where_they_are_safe(string uri, bool allowed) => Assert.Equal(allowed, ClientRules.IsRedirectUri(uri));
}
