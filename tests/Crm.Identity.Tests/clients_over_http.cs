using System.Net;
using System.Security.Cryptography;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class clients_over_http(CrmApp app) : IClassFixture<CrmApp>
{
    private static object Integrator(string role = "integrator", int? rateLimit = null, bool actsForUsers = false, object? jwks = null) =>
        new { name = "ERP", role, rateLimit, actsForUsers, jwks };

    private static (string, string?)[] Credentials => [("grant_type", "client_credentials")];

    [Fact]
    public async Task a_client_is_registered_listed_changed_and_has_a_history()
    {
        var admin = await app.As("admin");
        var made = (await admin.Post("clients", new { name = "财务系统", role = "auditor", clientId = "finance.system" })).Is(HttpStatusCode.Created);
        made["clientId"]!.ToString().ShouldBe("finance.system");
        (await admin.Post("clients", new { name = "另一个", role = "auditor", clientId = "finance.system" })).IsProblem(409, "client_id_taken");
        (await admin.Get("clients?q=财务")).Column("clientId").ShouldBe(["finance.system"]);
        (await admin.Patch($"clients/{made.Id}", new { rateLimit = 30, role = "sales" }, ("If-Match", made.ETag))).Is(HttpStatusCode.OK)["rateLimit"]!.GetValue<int>().ShouldBe(30);
        (await admin.Patch($"clients/{made.Id}", new { rateLimit = 31 }, ("If-Match", made.ETag))).IsProblem(412, "stale_version");
        var history = (await admin.Get($"clients/{made.Id}/history")).Is(HttpStatusCode.OK);
        history["data"]!.AsArray().Count.ShouldBe(2);
        history["data"]![0]!["changes"]!.AsArray().Select(c => c!["field"]!.ToString()).Order().ShouldBe(["rateLimit", "role"]);
    }

    [Theory]
    [InlineData("""{"name":"x","role":"nobody"}""", "body.role")]
    [InlineData("""{"name":"x","role":"sales","grants":["implicit"]}""", "body.grants")]
    [InlineData("""{"name":"x","role":"sales","grants":["password"]}""", "body.grants")]
    [InlineData("""{"name":"x","role":"sales","scopes":["root"]}""", "body.scopes")]
    [InlineData("""{"name":"x","role":"sales","redirectUris":["http://evil.example/"]}""", "body.redirectUris")]
    [InlineData("""{"name":"x","role":"sales","clientId":"01a20017-0450-73fd-9512-2414184a54bc"}""", "body.clientId")]
    [InlineData("""{"name":"x","role":"sales","rateLimit":0}""", "body.rateLimit")]
    [InlineData("""{"name":"x","role":"sales","jwks":{"keys":[{"kty":"oct","x":"c2VjcmV0"}]}}""", "body.jwks")]
    [InlineData("""{"name":"x","role":"sales","jwks":{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}}""", "body.jwks")]
    public async Task bad_input_is_named(string body, string field) => (await (await app.As("admin")).Post("clients", body)).IsProblem(400, "invalid").Naming(field);

    [Fact]
    public async Task a_private_key_is_refused_whole() =>
        (await (await app.As("admin")).Post("clients", """{"name":"x","role":"sales","jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"private"}]}}""")).Status.ShouldBe(HttpStatusCode.BadRequest);

    [Theory]
    [InlineData("manager")]
    [InlineData("sales")]
    public async Task only_the_administrator_sees_clients(string user)
    {
        var api = await app.As(user);
        (await api.Get("clients")).IsProblem(403, "forbidden");
        (await api.Post("clients", Integrator("admin"))).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task a_client_cannot_make_clients() => (await (await app.AsIntegrator()).Post("clients", Integrator("admin"))).IsProblem(403, "forbidden");

    [Fact]
    public async Task a_secret_is_shown_once_kept_as_a_hash_and_rotated_with_an_overlap()
    {
        var admin = await app.As("admin");
        var client = await Application.RegisterAsync(app, Integrator());
        (await client.TokenAsync(Credentials)).Is(HttpStatusCode.OK)["scope"]!.ToString().ShouldBe("api");

        var second = (await admin.Post($"clients/{client.Id}/secrets", new { overlapHours = 1 }, ("Idempotency-Key", "rotate-1"))).Is(HttpStatusCode.Created);
        (await client.TokenAsync(Credentials)).Is(HttpStatusCode.OK);
        (await client.TokenAsync([.. Credentials, ("client_secret", second["secret"]!.ToString())])).Is(HttpStatusCode.OK);
        var record = (await admin.Get($"clients/{client.Id}"))["secrets"]!.AsArray();
        record.Count.ShouldBe(2);
        record[0]!["expiresAt"].ShouldNotBeNull();

        // Nothing from which the secret could be had is in the log, the record or the kept answers.
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        foreach (var place in (string[])["select data::text from events.mt_events", "select doc::text from identity.clients", "select coalesce(convert_from(body, 'UTF8'), '') from http.idempotency"])
        {
            await using var found = database.CreateCommand($"select count(*) from ({place}) as t(x) where x like '%' || $1 || '%'");
            found.Parameters.Add(new() { Value = second["secret"]!.ToString() });
            (await found.ExecuteScalarAsync()).ShouldBe(0L, place);
        }

        (await admin.Delete($"clients/{client.Id}/secrets/{record[0]!["id"]}")).Is(HttpStatusCode.OK);
        (await client.TokenAsync(Credentials)).IsError(401, "invalid_client");
        (await client.TokenAsync([.. Credentials, ("client_secret", second["secret"]!.ToString())])).Is(HttpStatusCode.OK);
        (await admin.Delete($"clients/{client.Id}/secrets/{record[0]!["id"]}")).IsProblem(404, "unknown_secret");

        var third = (await admin.Post($"clients/{client.Id}/secrets", new { overlapHours = 0 })).Is(HttpStatusCode.Created);
        (await client.TokenAsync([.. Credentials, ("client_secret", second["secret"]!.ToString())])).IsError(401, "invalid_client");
        (await client.TokenAsync([.. Credentials, ("client_secret", third["secret"]!.ToString())])).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task a_revoked_client_and_a_lowered_role_hold_at_once_for_tokens_that_are_out()
    {
        var admin = await app.As("admin");
        var client = await Application.RegisterAsync(app, Integrator("sales"));
        var api = client.With((await client.TokenAsync(Credentials))["access_token"]!.ToString());
        (await api.Post("customers", new { kind = "company", name = "即时生效有限公司" })).Is(HttpStatusCode.Created);
        (await admin.Patch($"clients/{client.Id}", new { role = "auditor" })).Is(HttpStatusCode.OK);
        (await api.Post("customers", new { kind = "company", name = "再来一家有限公司" })).IsProblem(403, "forbidden");
        (await api.Get("customers?limit=1")).Is(HttpStatusCode.OK);
        (await admin.Post($"clients/{client.Id}/revoke")).Is(HttpStatusCode.OK)["active"]!.GetValue<bool>().ShouldBeFalse();
        var refused = (await api.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        refused.Headers.WwwAuthenticate.Single().ToString().ShouldBe("Bearer error=\"invalid_token\"");
        (await client.TokenAsync(Credentials)).IsError(401, "invalid_client");
        (await admin.Patch($"clients/{client.Id}", new { name = "y" })).IsProblem(409, "client_revoked");
    }

    [Fact]
    public async Task a_client_has_its_own_limit_and_is_told_where_it_stands()
    {
        var client = await Application.RegisterAsync(app, Integrator(rateLimit: 3));
        var api = client.With((await client.TokenAsync(Credentials))["access_token"]!.ToString());
        // A minute may end between two calls: then it begins anew, and the fourth is asked for again.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var left = new List<string>();
            for (var n = 0; n < 3; n++) left.Add((await api.Get("customers?limit=1")).Is(HttpStatusCode.OK).Headers.GetValues("RateLimit-Remaining").Single());
            var fourth = await api.Get("customers?limit=1");
            if (fourth.Status == HttpStatusCode.OK) continue;
            left.ShouldBe(["2", "1", "0"]);
            fourth.IsProblem(429, "too_many_requests");
            fourth.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 60);
            fourth.Headers.GetValues("RateLimit-Limit").Single().ShouldBe("3");
            return;
        }
        throw new ShouldAssertException("Two minutes ended in the middle of four calls.");
    }

    [Fact]
    public async Task who_may_act_for_users_does_so_with_the_rights_both_have_and_both_are_in_the_event()
    {
        var client = await Application.RegisterAsync(app, Integrator("sales", actsForUsers: true));
        var api = client.With((await client.TokenAsync(Credentials))["access_token"]!.ToString());
        var (admin, service) = (await app.UserId("admin"), await app.UserId("service"));

        var made = (await api.Post("customers", new { kind = "company", name = "受托建档有限公司" }, ("X-On-Behalf-Of", admin.ToString()))).Is(HttpStatusCode.Created);
        var entry = (await (await app.As("admin")).Get($"customers/{made.Id}/history"))["data"]![0]!;
        entry["actorId"]!.ToString().ShouldBe(client.ClientId);
        entry["actorName"]!.ToString().ShouldBe("ERP");
        entry["onBehalfOf"]!.ToString().ShouldBe(admin.ToString());
        entry["source"]!.ToString().ShouldBe("api:" + client.ClientId);

        // The administrator may delete and the client may not; the client may open deals and the service desk may not.
        (await api.Delete($"customers/{made.Id}", ("X-On-Behalf-Of", admin.ToString()))).IsProblem(403, "forbidden");
        (await api.Post("opportunities", new { name = "x", customerId = made.Id }, ("X-On-Behalf-Of", service.ToString()))).IsProblem(403, "forbidden");
        (await api.Get("customers?limit=1", ("X-On-Behalf-Of", Guid.CreateVersion7().ToString()))).IsProblem(400, "unknown_user");
        (await api.Get("customers?limit=1", ("X-On-Behalf-Of", "admin"))).IsProblem(400, "invalid_value");
    }

    [Fact]
    public async Task nobody_else_may_act_for_users()
    {
        var admin = (await app.UserId("admin")).ToString();
        (await (await app.AsIntegrator()).Get("customers?limit=1", ("X-On-Behalf-Of", admin))).IsProblem(403, "may_not_act_for_users");
        (await (await app.As("sales")).Get("customers?limit=1", ("X-On-Behalf-Of", admin))).IsProblem(403, "may_not_act_for_users");
        var people = await Application.RegisterAsync(app);
        var token = (await people.TokensAsync(await app.As("sales")))["access_token"]!.ToString();
        (await people.With(token).Get("customers?limit=1", ("X-On-Behalf-Of", admin))).IsProblem(403, "may_not_act_for_users");
    }

    [Fact]
    public async Task a_private_key_proves_a_client_and_each_assertion_counts_once()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = ecdsa.ExportParameters(false).Q;
        var client = await Application.RegisterAsync(app, Integrator(jwks: new { keys = (object[])[new { kty = "EC", crv = "P-256", x = Base64UrlEncoder.Encode(point.X!), y = Base64UrlEncoder.Encode(point.Y!), kid = "k1" }] }), secret: false);

        var good = Assertion(ecdsa);
        (await Ask(good)).Is(HttpStatusCode.OK);
        (await Ask(good)).IsError(401, "invalid_client");
        (await Ask(Assertion(stranger))).IsError(401, "invalid_client");
        (await Ask(Assertion(ecdsa, audience: "https://other.example"))).IsError(401, "invalid_client");
        (await Ask(Assertion(ecdsa, lifetime: TimeSpan.FromMinutes(-5)))).IsError(401, "invalid_client");
        (await Ask(Assertion(ecdsa, lifetime: TimeSpan.FromHours(5)))).IsError(401, "invalid_client");
        (await Ask(Assertion(ecdsa, subject: "demo-integrator"))).IsError(401, "invalid_client");
        (await Ask(Assertion(ecdsa, jti: false))).IsError(401, "invalid_client");
        (await Ask(Unsigned())).IsError(401, "invalid_client");
        (await Ask(good, ("client_secret", "x"))).IsError(400, "invalid_request");
        (await Ask(Assertion(ecdsa), ("client_assertion_type", "urn:echo"))).IsError(400, "invalid_request");

        Task<Reply> Ask(string assertion, params (string, string?)[] changes) => client.TokenAsync(
            [.. Credentials, ("client_id", null), ("client_secret", null), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), ("client_assertion", assertion), .. changes]);

        string Assertion(ECDsa key, string? audience = null, TimeSpan? lifetime = null, string? subject = null, bool jti = true)
        {
            var now = DateTime.UtcNow;
            var claims = new Dictionary<string, object> { ["sub"] = subject ?? client.ClientId };
            if (jti) claims["jti"] = Guid.CreateVersion7().ToString();
            return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
            {
                Issuer = client.ClientId, Audience = audience ?? client.Issuer, Claims = claims, IssuedAt = now.AddHours(-1), Expires = now + (lifetime ?? TimeSpan.FromMinutes(1)),
                SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = "k1" }, SecurityAlgorithms.EcdsaSha256),
            });
        }

        string Unsigned() => Base64UrlEncoder.Encode("""{"alg":"none"}""") + "." + Base64UrlEncoder.Encode(
            $$"""{"iss":"{{client.ClientId}}","sub":"{{client.ClientId}}","aud":"{{client.Issuer}}","jti":"1","exp":{{DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds()}}}""") + ".";
    }

    [Fact]
    public async Task a_client_of_before_is_a_record_with_its_secret_after_the_next_start()
    {
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        await using (var insert = database.CreateCommand("insert into identity.clients_before (client_id, name, role, secret_hash, active) values ('old-one', '旧系统', 'sales', sha256('old secret'), true), ('old-off', '停用', 'sales', sha256('x'), false)"))
            await insert.ExecuteNonQueryAsync();
        var start = app.Services.GetRequiredService<LegacyClients>();
        // Two nodes that start together.
        await Task.WhenAll(start.StartAsync(default), start.StartAsync(default));
        var old = new Application(app, default, "old-one", "old secret");
        (await old.TokenAsync(Credentials)).Is(HttpStatusCode.OK);
        (await new Application(app, default, "old-off", "x").TokenAsync(Credentials)).IsError(401, "invalid_client");
        var listed = (await (await app.As("admin")).Get("clients?filter=" + Uri.EscapeDataString("clientId = \"old-one\"")))["data"]!.AsArray().ShouldHaveSingleItem()!;
        (await (await app.As("admin")).Get($"clients/{listed["id"]}/history"))["data"]!.AsArray().Count.ShouldBe(2);
    }
}
