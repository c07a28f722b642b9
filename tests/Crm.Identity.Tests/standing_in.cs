using System.Globalization;
using System.Net;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>Teams and delegation for absence over HTTP; days pass by a clock of the test.</summary>
public sealed class standing_in(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly MovedClock clock = new();
    private CrmApp app = null!;

    public async ValueTask InitializeAsync()
    {
        app = new CrmApp(postgres)
        {
            Settings = ["--Crm:Session:IdleMinutes=1000000", "--Crm:Session:Hours=20000"],
            Configure = builder => builder.Services.AddSingleton<TimeProvider>(clock),
        };
        await app.InitializeAsync();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private string Today(int days = 0) => app.Store.DayOf(app.Store.Now).AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private async Task<(Api Api, Guid Id)> Person(string name, params string[] roles)
    {
        var api = await app.Hire(name, roles);
        return (api, await app.UserId(name));
    }

    private static async Task<Guid> Customer(Api api, string name) => (await api.Post("customers", new { kind = "company", name }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    [Fact]
    public async Task a_delegation_holds_from_its_first_midnight_to_its_last_without_an_event()
    {
        var (anna, bob, carl) = (await Person("anna", "sales"), await Person("bob", "sales"), await Person("carl", "sales"));
        var customer = await Customer(anna.Api, "安娜的客户");
        var deal = (await anna.Api.Post("opportunities", new { name = "安娜的商机", customerId = customer })).Is(HttpStatusCode.Created).Id;
        var bobs = await Customer(bob.Api, "鲍勃的客户");
        // Somebody else's shares are not the absent person's records.
        var foreign = await Customer(await app.As("admin"), "共享给安娜的客户");
        (await (await app.As("admin")).Post($"customers/{foreign}/share", new { userId = anna.Id, level = "change" })).Is(HttpStatusCode.OK);
        await app.Settled();

        (await anna.Api.Post($"users/{anna.Id}/delegations", new { delegateId = bob.Id, from = Today(2), until = Today(3) })).Is(HttpStatusCode.OK);
        (await bob.Api.Post($"users/{bob.Id}/delegations", new { delegateId = carl.Id, from = Today(2), until = Today(3) })).Is(HttpStatusCode.OK);
        await app.Settled();
        await Reaches(false);
        clock.To(app.Store.StartOf(DateOnly.Parse(Today(2), null)).AddSeconds(-30));
        await Reaches(false);
        clock.Advance(TimeSpan.FromMinutes(1));
        await Reaches(true);
        (await bob.Api.Get("session"))["standsInFor"]!.AsArray().Single()!["userId"]!.GetValue<Guid>().ShouldBe(anna.Id);
        var shown = await carl.Api.Get($"users/{anna.Id}");
        shown["standInId"]!.GetValue<Guid>().ShouldBe(bob.Id);
        shown["standInName"]!.ToString().ShouldBe("bob");
        shown["standInUntil"]!.ToString().ShouldBe(Today(1));
        (await bob.Api.Patch($"customers/{customer}", new { industry = "代理修改" })).Is(HttpStatusCode.OK);
        (await bob.Api.Delete($"customers/{customer}")).IsProblem(403, "forbidden");
        (await bob.Api.Get($"customers/{foreign}")).IsProblem(404, "not_found");
        // A delegate's delegate gets the delegate's own and no more.
        (await carl.Api.Get($"customers/{bobs}")).Is(HttpStatusCode.OK);
        (await carl.Api.Get($"customers/{customer}")).IsProblem(404, "not_found");
        clock.To(app.Store.StartOf(DateOnly.Parse(Today(2), null)).AddSeconds(-30));
        await Reaches(true);
        clock.Advance(TimeSpan.FromMinutes(1));
        await Reaches(false);
        (await bob.Api.Get("session"))["standsInFor"]!.AsArray().ShouldBeEmpty();
        (await carl.Api.Get($"users/{anna.Id}"))["standInId"].ShouldBeNull();

        async Task Reaches(bool holds)
        {
            (await bob.Api.Get($"customers/{customer}")).Status.ShouldBe(holds ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await bob.Api.Get($"opportunities/{deal}")).Status.ShouldBe(holds ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await bob.Api.Get("customers")).Column().Contains("安娜的客户").ShouldBe(holds);
            (await bob.Api.Get("opportunities")).Column().Contains("安娜的商机").ShouldBe(holds);
        }
    }

    [Fact]
    public async Task a_delegation_is_ended_early_and_arranged_by_oneself_administrators_and_leaders_only()
    {
        var (dora, eve, finn) = (await Person("dora", "sales"), await Person("eve", "sales"), await Person("finn", "manager"));
        var admin = await app.As("admin");
        var customer = await Customer(dora.Api, "朵拉的客户");
        var body = new { delegateId = eve.Id, from = Today(), until = Today(5) };
        (await eve.Api.Post($"users/{dora.Id}/delegations", body)).IsProblem(403, "forbidden");
        (await finn.Api.Post($"users/{dora.Id}/delegations", body)).IsProblem(403, "forbidden");
        (await admin.Post($"users/{dora.Id}/delegations", new { delegateId = eve.Id, from = Today(), until = Today(90) })).IsProblem(400, "invalid").Naming("body.until");
        (await admin.Post($"users/{dora.Id}/delegations", new { delegateId = eve.Id, from = Today(1), until = Today() })).IsProblem(400, "invalid").Naming("body.until");
        (await admin.Post($"users/{dora.Id}/delegations", new { delegateId = eve.Id, from = Today(), until = Today(89) })).Is(HttpStatusCode.OK);
        (await eve.Api.Get($"customers/{customer}")).Is(HttpStatusCode.OK);
        (await dora.Api.Post($"users/{dora.Id}/delegations", body)).IsProblem(409, "delegation_overlaps");
        var delegation = (await admin.Get($"users/{dora.Id}"))["delegations"]!.AsArray().Single()!["id"]!.GetValue<Guid>();
        (await eve.Api.Delete($"users/{dora.Id}/delegations/{delegation}")).IsProblem(403, "forbidden");
        (await dora.Api.Delete($"users/{dora.Id}/delegations/{delegation}")).Is(HttpStatusCode.OK)["delegations"]!.AsArray().ShouldBeEmpty();
        (await eve.Api.Get($"customers/{customer}")).IsProblem(404, "not_found");
        var team = (await admin.Post("teams", new { name = "芬恩的团队" })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"teams/{team}/members", new { userId = dora.Id })).Is(HttpStatusCode.OK);
        (await admin.Post($"teams/{team}/members", new { userId = finn.Id, leads = true })).Is(HttpStatusCode.OK);
        (await finn.Api.Post($"users/{dora.Id}/delegations", body)).Is(HttpStatusCode.OK);
        var entry = (await admin.Get($"users/{dora.Id}/history"))["data"]!.AsArray()[0]!;
        entry["type"]!.ToString().ShouldBe("absence_delegated");
        entry["actorId"]!.ToString().ShouldBe(finn.Id.ToString());
    }

    [Fact]
    public async Task a_teams_leader_reaches_the_members_and_a_share_with_it_reaches_everybody_in_it_until_it_goes()
    {
        var (gina, hans, ines, jan) = (await Person("gina", "sales"), await Person("hans", "manager"), await Person("ines", "sales"), await Person("jan", "sales"));
        var admin = await app.As("admin");
        var customer = await Customer(gina.Api, "吉娜的客户");
        var others = (await admin.Post("customers", new { kind = "company", name = "共享给团队的客户", ownerId = await app.UserId("admin") }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        (await hans.Api.Get($"customers/{customer}")).IsProblem(404, "not_found");
        var created = (await admin.Post("teams", new { name = "跨部门组" })).Is(HttpStatusCode.Created);
        created.Headers.Location!.ToString().ShouldBe($"/api/v1/teams/{created.Id}");
        var team = created.Id;
        (await admin.Post("teams", new { name = "跨部门组" })).IsProblem(409, "team_name_taken");
        (await hans.Api.Post("teams", new { name = "x" })).IsProblem(403, "forbidden");
        foreach (var (member, leads) in new[] { (gina.Id, false), (hans.Id, true), (ines.Id, true) })
            (await admin.Post($"teams/{team}/members", new { userId = member, leads })).Is(HttpStatusCode.OK);
        (await admin.Post($"teams/{team}/members", new { userId = Guid.CreateVersion7() })).IsProblem(400, "unknown_user");
        (await admin.Get($"teams/{team}"))["members"]!.AsArray().Select(m => m!["displayName"]!.ToString()).ShouldBe(["gina", "hans", "ines"]);

        // A leader whose role reaches a department at least; one with a role for his own records does not.
        (await hans.Api.Get($"customers/{customer}")).Is(HttpStatusCode.OK);
        (await hans.Api.Get("customers")).Column().ShouldContain("吉娜的客户");
        (await ines.Api.Get($"customers/{customer}")).IsProblem(404, "not_found");
        (await admin.Post($"teams/{team}/members", new { userId = hans.Id, leads = false })).Is(HttpStatusCode.OK);
        (await hans.Api.Get($"customers/{customer}")).IsProblem(404, "not_found");

        (await admin.Post($"customers/{others}/share", new { teamId = team, userId = gina.Id, level = "read" })).IsProblem(400, "invalid");
        (await admin.Post($"customers/{others}/share", new { teamId = team, level = "read" })).Is(HttpStatusCode.OK)["shares"]!.AsArray().Single()!["teamId"]!.GetValue<Guid>().ShouldBe(team);
        await app.Settled();
        foreach (var member in new[] { gina, hans, ines })
        {
            (await member.Api.Get($"customers/{others}")).Is(HttpStatusCode.OK);
            (await member.Api.Get("customers")).Column().ShouldContain("共享给团队的客户");
            (await member.Api.Patch($"customers/{others}", new { industry = "x" })).IsProblem(403, "forbidden");
        }
        (await jan.Api.Get($"customers/{others}")).IsProblem(404, "not_found");
        (await admin.Delete($"teams/{team}/members/{ines.Id}")).Is(HttpStatusCode.OK);
        (await ines.Api.Get($"customers/{others}")).IsProblem(404, "not_found");

        (await admin.Patch($"teams/{team}", new { name = "大客户组" })).Is(HttpStatusCode.OK)["name"]!.ToString().ShouldBe("大客户组");
        (await gina.Api.Get("teams")).Column().ShouldContain("大客户组");
        (await admin.Delete($"teams/{team}")).Is(HttpStatusCode.NoContent);
        (await gina.Api.Get($"customers/{others}")).IsProblem(404, "not_found");
        (await gina.Api.Get("customers")).Column().ShouldNotContain("共享给团队的客户");
        (await admin.Get($"teams/{team}")).IsProblem(404, "not_found");
        (await admin.Post("teams", new { name = "大客户组" })).Is(HttpStatusCode.Created);
    }

    private sealed class MovedClock : TimeProvider
    {
        private TimeSpan moved;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + moved;

        public void To(DateTimeOffset at) => moved = at - System.GetUtcNow();

        public void Advance(TimeSpan by) => moved += by;
    }
}
