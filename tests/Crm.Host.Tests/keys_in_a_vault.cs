using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

/// <summary>Keys of persons wrapped by HashiCorp Vault's transit engine, of which the test answers the two calls as its documentation says.</summary>
public sealed class keys_in_a_vault(PostgresFixture postgres)
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task are_wrapped_for_their_person_only_and_outlive_a_rotation()
    {
        await using var vault = await Vault.StartAsync();
        using var keys = new VaultTransit(vault.Settings);
        var (person, key) = (Guid.CreateVersion7(), RandomNumberGenerator.GetBytes(64));
        var wrapped = await keys.WrapAsync(person, key, Ct);
        Encoding.ASCII.GetString(wrapped).ShouldStartWith("vault:v1:");
        (await keys.UnwrapAsync(person, keys.Current, wrapped, Ct)).ShouldBe(key);
        await Should.ThrowAsync<CryptographicException>(async () => await keys.UnwrapAsync(Guid.CreateVersion7(), keys.Current, wrapped, Ct));
        await Should.ThrowAsync<CryptographicException>(async () => await keys.UnwrapAsync(person, "another:v1", wrapped, Ct));

        var before = keys.Current;
        vault.Rotate();
        Encoding.ASCII.GetString(await keys.WrapAsync(person, key, Ct)).ShouldStartWith("vault:v2:");
        keys.Current.ShouldNotBe(before, "what is wrapped by an earlier version is known by its name");
        (await keys.UnwrapAsync(person, before, wrapped, Ct)).ShouldBe(key);

        vault.Answer = 503;
        await Should.ThrowAsync<KeysUnavailableException>(async () => await keys.WrapAsync(person, key, Ct));
        vault.Answer = 200;
        await File.WriteAllTextAsync(vault.Settings.TokenFile, "expired", Ct);
        await Should.ThrowAsync<KeysUnavailableException>(async () => await keys.WrapAsync(person, key, Ct));
    }

    [Fact]
    public async Task leave_the_server_up_while_the_vault_is_away_and_are_wrapped_anew_after_a_rotation()
    {
        await using var vault = await Vault.StartAsync();
        // Not a copy of the template, whose own key another master wrapped.
        await using var host = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={await postgres.CreateDatabaseAsync()}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=None",
            $"--Crm:MasterKey:Vault:Address={vault.Settings.Address}", $"--Crm:MasterKey:Vault:TokenFile={vault.Settings.TokenFile}", "--Crm:MasterKey:Vault:Key=crm"]);
        await host.App.StartAsync(Ct);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(host.App.Urls.First()) };
        var api = new Api(http);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await tick.WaitForNextTickAsync(Ct))
        {
            using var signedIn = await http.PostAsJsonAsync("/api/v1/session", new { userName = "admin", password = "Demo-2026!" }, Ct);
            if (!signedIn.IsSuccessStatusCode) continue;
            http.DefaultRequestHeaders.Add("X-CSRF-Token", (await signedIn.Content.ReadFromJsonAsync<JsonNode>(Ct))!["csrfToken"]!.ToString());
            break;
        }
        var id = (await api.Post("customers", new { kind = "person", name = "在册", phone = "13822270001" })).Is(HttpStatusCode.Created).Id;
        (await http.GetStringAsync("/health/ready", Ct)).ShouldContain("\"keys\":{\"status\":\"healthy\"");

        vault.Answer = 503;
        using (var refused = await http.PostAsJsonAsync("/api/v1/customers", new { kind = "person", name = "新来", phone = "13822270002" }, Ct))
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.ShouldNotBeNull();
            (await refused.Content.ReadAsStringAsync(Ct)).ShouldContain("keys_unavailable");
        }
        (await api.Get($"customers/{id}")).Is(HttpStatusCode.OK)["phone"]!.ToString().ShouldBe("13822270001", "who is known goes on");
        (await http.GetStringAsync("/health/ready", Ct)).ShouldContain("\"keys\":{\"status\":\"degraded\"");

        vault.Answer = 200;
        (await api.Post("customers", new { kind = "person", name = "新来", phone = "13822270002" })).Is(HttpStatusCode.Created);
        vault.Rotate();
        var store = host.App.Services.GetRequiredService<DocumentStore>();
        (await store.Personal!.RewrapAsync(Ct)).ShouldBeGreaterThan(2);
        (await store.Personal.RewrapAsync(Ct)).ShouldBe(0);
        store.Personal.Forget();
        (await api.Get($"customers/{id}"))["phone"]!.ToString().ShouldBe("13822270001");
        await host.App.StopAsync(Ct);
    }

    /// <summary>The transit engine with one key of type <c>aes256-gcm96</c>.</summary>
    private sealed class Vault(WebApplication app, VaultSettings settings, List<byte[]> versions) : IAsyncDisposable
    {
        public VaultSettings Settings { get; } = settings;

        /// <summary>What it answers: 200 for as it should.</summary>
        public int Answer { get; set; } = 200;

        public void Rotate() => versions.Add(RandomNumberGenerator.GetBytes(32));

        public static async Task<Vault> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
            var app = builder.Build();
            List<byte[]> versions = [RandomNumberGenerator.GetBytes(32)];
            Vault? vault = null;
            app.MapPost("/v1/transit/{operation}/{key}", async (HttpContext http, string operation, string key) =>
            {
                if (vault!.Answer != 200) return Results.Json(new { errors = new[] { "Vault is sealed" } }, statusCode: vault.Answer);
                if (http.Request.Headers["X-Vault-Token"] != "s.token" || key != "crm") return Results.Json(new { errors = new[] { "permission denied" } }, statusCode: 403);
                var body = (await http.Request.ReadFromJsonAsync<JsonNode>())!;
                var about = Convert.FromBase64String(body["associated_data"]!.ToString());
                if (operation == "encrypt")
                {
                    var plain = Convert.FromBase64String(body["plaintext"]!.ToString());
                    var made = new byte[12 + plain.Length + 16];
                    RandomNumberGenerator.Fill(made.AsSpan(0, 12));
                    using var aes = new AesGcm(versions[^1], 16);
                    aes.Encrypt(made.AsSpan(0, 12), plain, made.AsSpan(12, plain.Length), made.AsSpan(12 + plain.Length), about);
                    return Results.Json(new { data = new { ciphertext = $"vault:v{versions.Count}:{Convert.ToBase64String(made)}", key_version = versions.Count } });
                }
                var parts = body["ciphertext"]!.ToString().Split(':');
                var bytes = Convert.FromBase64String(parts[2]);
                var opened = new byte[bytes.Length - 28];
                try
                {
                    using var aes = new AesGcm(versions[int.Parse(parts[1][1..], null) - 1], 16);
                    aes.Decrypt(bytes.AsSpan(0, 12), bytes.AsSpan(12, opened.Length), bytes.AsSpan(12 + opened.Length), opened, about);
                }
                catch (CryptographicException)
                {
                    return Results.Json(new { errors = new[] { "cipher: message authentication failed" } }, statusCode: 400);
                }
                return Results.Json(new { data = new { plaintext = Convert.ToBase64String(opened) } });
            });
            await app.StartAsync(Ct);
            var token = Path.Combine(Path.GetTempPath(), $"vault-token-{Guid.NewGuid():N}");
            await File.WriteAllTextAsync(token, "s.token\n", Ct);
            return vault = new Vault(app, new VaultSettings(new Uri(app.Urls.First()), token, "crm"), versions);
        }

        public async ValueTask DisposeAsync()
        {
            File.Delete(Settings.TokenFile);
            await app.DisposeAsync();
        }
    }
}
