using System.Net;
using System.Security.Cryptography;
using System.Text;
using Crm.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Tokens;
using Shouldly;

namespace Crm.Identity.Tests;

/// <summary>An application as its developer writes it: registered by the administrator, and going through the flows request by request.</summary>
internal sealed class Application(CrmApp app, Guid id, string clientId, string? secret)
{
    public const string Callback = "https://app.example.com/callback?tenant=7";
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    public static readonly string Challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
    private readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = app.Address };

    public Guid Id => id;

    public string ClientId => clientId;

    public string? Secret => secret;

    public string Issuer => app.Address.ToString().TrimEnd('/');

    /// <summary>Registers one for people, which may act offline, or another by its members.</summary>
    public static async Task<Application> RegisterAsync(CrmApp app, object? members = null, bool secret = true)
    {
        var admin = await app.As("admin");
        var client = (await admin.Post("clients", members ?? ForPeople())).Is(HttpStatusCode.Created);
        var made = secret ? (await admin.Post($"clients/{client.Id}/secrets")).Is(HttpStatusCode.Created)["secret"]!.ToString() : null;
        return new Application(app, client.Id, client["clientId"]!.ToString(), made);
    }

    public static object ForPeople(string role = "admin", bool confidential = true) => new
    {
        name = "排班应用",
        role,
        confidential,
        grants = (string[])["authorization_code"],
        scopes = (string[])["openid", "profile", "offline_access", "api"],
        redirectUris = (string[])[Callback, "https://app.example.com/other"],
        postLogoutRedirectUris = (string[])["https://app.example.com/bye"],
    };

    /// <summary>The address of the authorization endpoint; null takes a parameter out.</summary>
    public string AuthorizeAddress(params (string Name, string? Value)[] changes)
    {
        var parameters = new Dictionary<string, string?>
        {
            ["client_id"] = clientId, ["redirect_uri"] = Callback, ["response_type"] = "code", ["scope"] = "openid profile offline_access api", ["state"] = "a state & more", ["nonce"] = "n-1",
            ["code_challenge"] = Challenge, ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in changes) parameters[name] = value;
        return QueryHelpers.AddQueryString("/connect/authorize", parameters.Where(p => p.Value is not null));
    }

    /// <summary>Where the authorization endpoint sends a browser.</summary>
    public async Task<Uri> GoAsync(Api person, params (string Name, string? Value)[] changes)
    {
        using var answer = await person.Http.GetAsync(AuthorizeAddress(changes));
        ((int)answer.StatusCode).ShouldBe(303, await answer.Content.ReadAsStringAsync());
        return new Uri(app.Address, answer.Headers.Location!);
    }

    /// <summary>A person allows what is asked, and the code comes.</summary>
    public async Task<string> CodeAsync(Api person, bool remember = false, params (string Name, string? Value)[] changes)
    {
        var page = await GoAsync(person, changes);
        page.AbsolutePath.ShouldBe("/authorize", page.ToString());
        var answer = (await person.Post("authorizations/answer", new { request = Of(page, "request"), approved = true, remember })).Is(HttpStatusCode.OK);
        return Of(new Uri(answer["redirectTo"]!.ToString()), "code")!;
    }

    public Task<Reply> RedeemAsync(string code, params (string Name, string? Value)[] changes) =>
        TokenAsync([("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Callback), ("code_verifier", Verifier), .. changes]);

    public Task<Reply> RefreshAsync(string token, params (string Name, string? Value)[] changes) => TokenAsync([("grant_type", "refresh_token"), ("refresh_token", token), .. changes]);

    /// <summary>Tokens of a person who allows everything.</summary>
    public async Task<Reply> TokensAsync(Api person) => (await RedeemAsync(await CodeAsync(person))).Is(HttpStatusCode.OK);

    public Task<Reply> TokenAsync(params (string Name, string? Value)[] parameters) => PostAsync("/connect/token", parameters);

    /// <summary>Posts a form, with the client's own secret unless the parameters say otherwise.</summary>
    public async Task<Reply> PostAsync(string path, params (string Name, string? Value)[] parameters)
    {
        var form = new Dictionary<string, string?> { ["client_id"] = clientId, ["client_secret"] = secret };
        foreach (var (name, value) in parameters) form[name] = value;
        using var content = new FormUrlEncodedContent(form.Where(p => p.Value is not null)!);
        using var answer = await http.PostAsync(path, content);
        return new Reply(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers, answer.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>A caller of the API with a token.</summary>
    public Api With(string? accessToken) => new(new HttpClient { BaseAddress = app.Address, DefaultRequestHeaders = { Authorization = new("Bearer", accessToken) } });

    public static string? Of(Uri address, string parameter) => QueryHelpers.ParseQuery(address.Query).TryGetValue(parameter, out var value) ? value.ToString() : null;
}

internal static class Refusals
{
    /// <summary>Insists on an error of the RFC, whose description repeats nothing of the request.</summary>
    public static Reply IsError(this Reply reply, int status, string error)
    {
        ((int)reply.Status).ShouldBe(status, reply.Text);
        reply["error"]!.ToString().ShouldBe(error, reply.Text);
        reply["error_description"]!.ToString().ShouldNotContain("echo");
        return reply;
    }
}
