using System.Net;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class personal_tokens(CrmApp app) : IClassFixture<CrmApp>
{
    private static DateTimeOffset Later => DateTimeOffset.UtcNow.AddDays(30);

    [Fact]
    public async Task a_token_has_the_rights_of_its_person_and_is_shown_once()
    {
        var sales = await app.As("sales");
        var made = (await sales.Post("personal-tokens", new { name = "夜间导出", scope = "readWrite", expiresAt = Later })).Is(HttpStatusCode.Created);
        var token = made["token"]!.ToString();
        token.ShouldStartWith("crm_pat_");
        var api = With(token);
        var customer = (await api.Post("customers", new { kind = "company", name = "脚本建档有限公司" })).Is(HttpStatusCode.Created);
        var entry = (await sales.Get($"customers/{customer.Id}/history"))["data"]![0]!;
        entry["actorId"]!.ToString().ShouldBe((await app.UserId("sales")).ToString());
        entry["source"]!.ToString().ShouldBe($"api:pat:{made.Id}");
        (await api.Post("users", new { userName = "x.y", displayName = "x", role = "sales" })).IsProblem(403, "forbidden");

        var listed = (await sales.Get("personal-tokens")).Is(HttpStatusCode.OK)["data"]!.AsArray().Single(t => t!["id"]!.ToString() == made.Id.ToString())!;
        listed["lastUsedAt"].ShouldNotBeNull();
        listed.ToJsonString().ShouldNotContain(token);
        (await (await app.As("service")).Get("personal-tokens"))["data"]!.AsArray().ShouldBeEmpty();
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        await using var found = database.CreateCommand("select (select count(*) from events.mt_events where data::text like '%' || $1 || '%') + (select count(*) from http.idempotency where convert_from(body, 'UTF8') like '%' || $1 || '%')");
        found.Parameters.Add(new() { Value = token });
        (await found.ExecuteScalarAsync()).ShouldBe(0L);

        (await (await app.As("admin")).Delete($"personal-tokens/{made.Id}")).IsProblem(404, "not_found");
        (await sales.Delete($"personal-tokens/{made.Id}")).Is(HttpStatusCode.NoContent);
        (await api.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        (await sales.Delete($"personal-tokens/{made.Id}")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task one_that_only_reads_changes_nothing()
    {
        var api = With((await (await app.As("admin")).Post("personal-tokens", new { name = "报表", scope = "read", expiresAt = Later })).Is(HttpStatusCode.Created)["token"]!.ToString());
        (await api.Get("customers?limit=1")).Is(HttpStatusCode.OK);
        (await api.Post("customers/search", new { limit = 1 })).Is(HttpStatusCode.OK);
        (await api.Post("customers", new { kind = "company", name = "不会有的公司" })).IsProblem(403, "read_only_token");
        (await api.Patch($"users/{await app.UserId("sales")}", new { department = "x" })).IsProblem(403, "read_only_token");
        (await api.Delete($"customers/{Guid.CreateVersion7()}")).IsProblem(403, "read_only_token");
    }

    [Fact]
    public async Task a_token_makes_no_tokens_and_consents_to_nothing()
    {
        var api = With((await (await app.As("admin")).Post("personal-tokens", new { name = "x", scope = "readWrite", expiresAt = Later }))["token"]!.ToString());
        (await api.Post("personal-tokens", new { name = "y", scope = "readWrite", expiresAt = Later })).IsProblem(403, "forbidden");
        (await api.Get("personal-tokens")).IsProblem(403, "forbidden");
        (await api.Get("authorizations")).IsProblem(403, "forbidden");
        (await (await app.AsIntegrator()).Post("authorizations/answer", new { request = "x", approved = true })).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task it_ends_in_time_and_with_its_person()
    {
        var admin = await app.As("admin");
        (await admin.Post("personal-tokens", new { name = "x", scope = "read", expiresAt = DateTimeOffset.UtcNow.AddDays(400) })).IsProblem(400, "out_of_range").Naming("body.expiresAt");
        (await admin.Post("personal-tokens", new { name = "x", scope = "read", expiresAt = DateTimeOffset.UtcNow.AddMinutes(-1) })).IsProblem(400, "out_of_range");
        (await admin.Post("personal-tokens", new { name = "x", scope = "all", expiresAt = Later })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await admin.Post("personal-tokens", new { name = "x", scope = "read" })).IsProblem(400, "invalid").Naming("body.expiresAt");

        // Somebody of this test alone: whoever is deactivated has no session any more.
        var service = await app.Hire("zhou.token", "service");
        var id = (await service.Get("session"))["user"]!["id"]!.GetValue<Guid>();
        var made = (await service.Post("personal-tokens", new { name = "x", scope = "read", expiresAt = Later })).Is(HttpStatusCode.Created);
        var api = With(made["token"]!.ToString());
        (await api.Get("customers?limit=1")).Is(HttpStatusCode.OK);
        (await admin.Patch($"users/{id}", new { active = false })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await api.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        (await admin.Patch($"users/{id}", new { active = true })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await api.Get("customers?limit=1")).Is(HttpStatusCode.OK);
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        await using (var end = database.CreateCommand($"update identity.personal_tokens set expires_at = now() where id = '{made.Id}'")) await end.ExecuteNonQueryAsync();
        (await api.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
    }

    private Api With(string token) => new(new HttpClient { BaseAddress = app.Address, DefaultRequestHeaders = { Authorization = new("Bearer", token) } });
}
