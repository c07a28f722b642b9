using System.Net;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Identity.Tests;

/// <summary>Somebody with a browser of their own, who may sign in.</summary>
public sealed class Person(CrmApp app, Guid id, string userName, string password) : IDisposable
{
    public const string Chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

    private readonly HttpClient http = Browser(app);

    public Guid Id => id;

    public string UserName => userName;

    public string Password { get; set; } = password;

    public Api Api => new(http);

    /// <summary>A new user with a password set by an invitation.</summary>
    public static async Task<Person> NewAsync(CrmApp app, string role = "sales")
    {
        const string password = "Correct-horse-7";
        var admin = await app.As("admin");
        var userName = "u" + Guid.NewGuid().ToString("N")[..12];
        var id = (await admin.Post("users", new { userName, displayName = "测试 " + userName, role })).Is(HttpStatusCode.Created).Id;
        var link = (await admin.Post($"users/{id}/invitation")).Is(HttpStatusCode.Created)["link"]!.ToString();
        (await app.Anonymous.Post("password", new { token = link.Split("#token=")[1], newPassword = password })).Is(HttpStatusCode.NoContent);
        return new Person(app, id, userName, password);
    }

    /// <summary>The same person with another browser.</summary>
    public Person Elsewhere() => new(app, id, userName, Password);

    public Task<Reply> Try(string? password = null, string? otp = null) => Api.Post("session", new { userName, password = password ?? Password, otp });

    public async Task<Person> SignIn(string? otp = null)
    {
        Take((await Try(otp: otp)).Is(HttpStatusCode.OK));
        return this;
    }

    /// <summary>Uses the antiforgery token of a session from now on.</summary>
    public void Take(Reply session)
    {
        http.DefaultRequestHeaders.Remove("X-CSRF-Token");
        http.DefaultRequestHeaders.Add("X-CSRF-Token", session["csrfToken"]!.ToString());
    }

    /// <summary>Sets up an app; answers its key and the recovery codes.</summary>
    public async Task<(string Key, IReadOnlyList<string> Codes)> SetUpSecondFactor()
    {
        var key = (await Api.Post("account/second-factor", new { password = Password })).Is(HttpStatusCode.OK)["key"]!.ToString();
        var answer = (await Api.Post("account/second-factor/confirm", new { otp = Code(key) })).Is(HttpStatusCode.OK);
        return (key, [.. answer["codes"]!.AsArray().Select(c => c!.ToString())]);
    }

    /// <summary>What the app shows now, or some steps later.</summary>
    public string Code(string key, int later = 0) => Totp.Code(Totp.Key(key), Totp.StepAt(app.Store.Now) + later);

    /// <summary>Time passes: the app shows codes that were not used yet.</summary>
    public Task StepsPass() => Execute($"update identity.second_factors set last_step = 0 where user_id = '{id}'");

    public async Task Execute(string sql)
    {
        await using var command = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T?> Scalar<T>(string sql)
    {
        await using var command = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <summary>The types of the user's events.</summary>
    public async Task<IReadOnlyList<string>> Events() => [.. (await app.Store.Query.FetchStreamAsync(id)).Select(e => e.Type)];

    public void Dispose() => http.Dispose();

    private static HttpClient Browser(CrmApp app)
    {
        var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false }) { BaseAddress = app.Address };
        http.DefaultRequestHeaders.Add("User-Agent", Chrome);
        http.DefaultRequestHeaders.Add("Accept-Language", "zh-CN");
        return http;
    }
}
