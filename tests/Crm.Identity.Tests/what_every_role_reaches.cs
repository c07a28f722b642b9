using System.Net;
using Crm.Contracts;
using Crm.Http;
using Crm.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>
/// An organisation made by chance — departments, own roles, users, teams, absences, records — and a small model of who reaches what. Every route there is, is asked by every
/// user for every record. A route about records that is not in the table below fails the test.
/// </summary>
public sealed class what_every_role_reaches(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly string[] Kinds = ["customers", "opportunities", "tickets"];
    private const string Shared = """{"userId":"11111111-1111-1111-1111-111111111111","level":"read"}""";

    /// <summary>Commands on one record: what each demands beyond seeing it, and a body that is valid. They are sent with a version nobody has, so that nothing changes.</summary>
    private static readonly Dictionary<string, (string Action, string Body)> Commands = new()
    {
        ["PATCH customers/{id:guid}"] = ("change", """{"industry":"x"}"""),
        ["DELETE customers/{id:guid}"] = ("delete", "{}"),
        ["POST customers/{id:guid}/tags"] = ("change", """{"tag":"x"}"""),
        ["DELETE customers/{id:guid}/tags/{tag}"] = ("change", "{}"),
        ["POST customers/{id:guid}/owner"] = ("assign", """{"ownerId":null}"""),
        ["POST customers/{id:guid}/release"] = ("assign", """{"reason":"x"}"""),
        ["POST customers/{id:guid}/return"] = ("assign", "{}"),
        ["POST customers/{id:guid}/lifecycle"] = ("change", """{"to":"won"}"""),
        ["POST customers/{id:guid}/archive"] = ("change", "{}"),
        ["POST customers/{id:guid}/restore"] = ("change", "{}"),
        ["POST customers/{id:guid}/contacts"] = ("change", """{"name":"x"}"""),
        ["PATCH customers/{id:guid}/contacts/{contactId:guid}"] = ("change", """{"name":"x"}"""),
        ["DELETE customers/{id:guid}/contacts/{contactId:guid}"] = ("change", "{}"),
        ["POST customers/{id:guid}/follow-ups"] = ("change", """{"at":"2026-03-01T10:00:00+08:00","method":"phone","summary":"x"}"""),
        ["POST customers/{id:guid}/relations"] = ("change", """{"otherId":"01a20017-0450-73fd-9512-2414184a54bc","kind":"partner"}"""),
        ["PATCH customers/{id:guid}/relations/{relationId:guid}"] = ("change", """{"label":"x"}"""),
        ["DELETE customers/{id:guid}/relations/{relationId:guid}"] = ("change", "{}"),
        ["PATCH customers/{id:guid}/attachments/{attachmentId:guid}"] = ("change", """{"name":"x"}"""),
        ["DELETE customers/{id:guid}/attachments/{attachmentId:guid}"] = ("change", "{}"),
        ["POST customers/{id:guid}/attachments/{attachmentId:guid}/restore"] = ("change", "{}"),
        ["PATCH customers/{id:guid}/follow-ups/{followUpId:guid}"] = ("change", """{"summary":"x"}"""),
        ["DELETE customers/{id:guid}/follow-ups/{followUpId:guid}"] = ("change", "{}"),
        ["POST customers/{id:guid}/next-follow-up"] = ("change", """{"at":"2099-03-01T10:00:00+08:00"}"""),
        ["DELETE customers/{id:guid}/next-follow-up"] = ("change", "{}"),
        ["POST customers/{id:guid}/consents"] = ("change", """{"purpose":"x","textVersion":"1","channel":"web"}"""),
        ["POST customers/{id:guid}/consents/{consentId:guid}/withdraw"] = ("change", """{"channel":"web"}"""),
        ["PATCH opportunities/{id:guid}"] = ("change", """{"nextStep":"x"}"""),
        ["DELETE opportunities/{id:guid}"] = ("delete", "{}"),
        ["POST opportunities/{id:guid}/stage"] = ("change", """{"to":"proposal"}"""),
        ["POST opportunities/{id:guid}/win"] = ("close", "{}"),
        ["POST opportunities/{id:guid}/lose"] = ("close", """{"reason":"x"}"""),
        ["POST opportunities/{id:guid}/reopen"] = ("close", "{}"),
        ["POST opportunities/{id:guid}/review"] = ("change", """{"keyFactors":["x"]}"""),
        ["POST opportunities/{id:guid}/restore"] = ("delete", "{}"),
        ["PATCH tickets/{id:guid}"] = ("change", """{"type":"x"}"""),
        ["POST tickets/{id:guid}/assign"] = ("assign", $$"""{"assigneeId":"{{Guid.Empty.ToString().Replace('0', '1')}}"}"""),
        ["POST tickets/{id:guid}/respond"] = ("change", """{"text":"x"}"""),
        ["POST tickets/{id:guid}/resolve"] = ("change", """{"text":"x"}"""),
        ["POST tickets/{id:guid}/reopen"] = ("change", """{"reason":"x"}"""),
        ["POST tickets/{id:guid}/rate"] = ("change", """{"score":5}"""),
        ["POST tickets/{id:guid}/close"] = ("close", "{}"),
        ["POST customers/{id:guid}/share"] = ("assign", Shared),
        ["POST opportunities/{id:guid}/share"] = ("assign", Shared),
        ["POST tickets/{id:guid}/share"] = ("assign", Shared),
        ["DELETE customers/{id:guid}/shares/{shareId:guid}"] = ("assign", "{}"),
        ["DELETE opportunities/{id:guid}/shares/{shareId:guid}"] = ("assign", "{}"),
        ["DELETE tickets/{id:guid}/shares/{shareId:guid}"] = ("assign", "{}"),
    };

    /// <summary>Reads of one record and of what belongs to it: 404 for who does not see it.</summary>
    private static readonly string[] Reads =
    [
        .. Kinds.SelectMany(k => new[] { $"GET {k}/{{id:guid}}", $"GET {k}/{{id:guid}}/history", $"GET {k}/{{id:guid}}/blame" }),
        "GET customers/{id:guid}/figures", "GET customers/{id:guid}/contacts", "GET customers/{id:guid}/follow-ups", "GET customers/{id:guid}/timeline", "GET customers/{id:guid}/attachments",
        "GET customers/{id:guid}/relations", "GET customers/{id:guid}/hierarchy", "GET customers/{id:guid}/graph",
        "GET customers/{id:guid}/tags",
    ];

    /// <summary>What is asked of personal data of one record: the right it demands, the body, and the answer to who has it for this record. Nobody is erased: there is no such contact.</summary>
    private static readonly Dictionary<string, (string Right, string? Body, int Answer)> Personal = new()
    {
        ["GET customers/{id:guid}/consents"] = ("customers.view", null, 200),
        ["GET customers/{id:guid}/access-ledger"] = ("audit.view", null, 200),
        ["GET customers/{id:guid}/erasures"] = ("customers.erase", null, 200),
        ["GET customers/{id:guid}/data-subject-report"] = ("customers.plain", null, 200),
        ["POST customers/{id:guid}/reveal"] = ("customers.reveal", """{"fields":["phone"],"reason":"电话核实"}""", 200),
        ["POST customers/{id:guid}/erase"] = ("customers.erase", """{"contactId":"01a20017-0450-73fd-9512-2414184a54bc","reason":"request"}""", 404),
    };

    /// <summary>Asked in ways of their own, in this file or where the name says.</summary>
    private static readonly string[] Elsewhere =
    [
        .. Kinds.SelectMany(k => new[] { $"GET {k}", $"POST {k}/search", $"POST {k}" }),
        // commanding_many
        .. new[] { "customers", "opportunities" }.SelectMany(k => new[] { $"POST {k}/bulk", $"GET {k}/bulk", $"GET {k}/bulk/{{jobId:guid}}", $"GET {k}/bulk/{{jobId:guid}}/faults", $"POST {k}/bulk/{{jobId:guid}}/cancel", $"POST {k}/bulk/{{jobId:guid}}/undo" }),
        "GET opportunities/board", "GET reports/funnel", "GET reports/funnel/rows", "GET reports/conversion", "GET reports/conversion/rows", "GET reports/key-figures", "GET reports/key-figures/rows",
        // merging_customers, the_queue_of_duplicates
        "POST customers/{id:guid}/merge", "POST customers/{id:guid}/merge/preview", "POST customers/{id:guid}/unmerge", "POST customers/{id:guid}/unmerge/preview",
        "GET customers/duplicates/queue", "GET customers/cleaning", "POST customers/cleaning/run", "GET customers/cleaning/{month}/{kind}", "POST customers/{id:guid}/duplicates/{otherId:guid}/dismiss", "POST customers/{id:guid}/duplicates/{otherId:guid}/reopen",
        // the_pool_over_http
        "POST customers/{id:guid}/claim", "POST pool/claim", "GET pool", "POST pool/search", "GET pool/mine", "GET pool/settings",
        // attaching_files
        "POST customers/{id:guid}/attachments", "POST customers/{id:guid}/attachments/uploads", "GET customers/{id:guid}/attachments/uploads/{uploadId:guid}", "HEAD customers/{id:guid}/attachments/uploads/{uploadId:guid}",
        "PATCH customers/{id:guid}/attachments/uploads/{uploadId:guid}", "DELETE customers/{id:guid}/attachments/uploads/{uploadId:guid}", "GET customers/{id:guid}/attachments/{attachmentId:guid}",
        "GET customers/{id:guid}/attachments/{attachmentId:guid}/content", "GET customers/{id:guid}/attachments/{attachmentId:guid}/preview",
        // relations_over_http
        "GET customers/{id:guid}/relations/{relationId:guid}",
        // follow_ups_of_all
        "GET follow-ups",
        // days_of_people, cadence_of_follow_ups
        "GET my-day", "GET my-day/calendar", "GET cadence", "GET cadence/compliance",
        // fields_in_files_and_scores
        "GET completeness-settings",
        // rows_and_fields
        "GET customers/{id:guid}/contacts/{contactId:guid}", "GET customers/duplicates", "POST customers/duplicates", "GET customers/completeness", "PUT customers/by/{externalKey}/{value}",
        "GET imports", "POST imports/search", "POST imports", "GET imports/targets", "GET imports/{id:guid}", "GET imports/{id:guid}/history", "GET imports/{id:guid}/rows", "GET imports/{id:guid}/errors.csv",
        "GET imports/mappings", "POST imports/mappings/search", "POST imports/mappings", "GET imports/mappings/{id:guid}", "GET imports/mappings/{id:guid}/history", "PATCH imports/mappings/{id:guid}", "DELETE imports/mappings/{id:guid}",
        "PATCH imports/{id:guid}", "POST imports/{id:guid}/commit", "POST imports/{id:guid}/cancel", "POST imports/{id:guid}/revert",
    ];

    private static bool Everything => Environment.GetEnvironmentVariable("CRM_MEASURE") is { Length: > 0 };

    [Theory]
    [InlineData(2)]
    public async Task is_what_a_small_model_says(int seed)
    {
        var world = await World.MakeAsync(app, seed);
        foreach (var user in world.Users)
        {
            var api = await app.As(user.Name);
            await Lists(api, user, world);
            // Each route of every third record, so that everybody asks each of them of several; of all records with CRM_MEASURE.
            var (place, turn) = (0, 0);
            bool Turn() => turn++ % 3 == 0 || Everything;
            foreach (var kind in Kinds)
                foreach (var record in world.Records[kind])
                {
                    turn = place++;
                    foreach (var route in Reads.Where(r => r.Contains($" {kind}/", StringComparison.Ordinal) && Turn()))
                        (await Ask(api, route, record.Id, null)).ShouldBe(!user.Has($"{kind}.view") ? 403 : world.Sees(user, kind, record) ? 200 : 404, Words(user, route, record));
                    foreach (var (route, (action, body)) in Commands.Where(c => c.Key.Contains($" {kind}/", StringComparison.Ordinal) && Turn()))
                    {
                        var expected = !user.Has($"{kind}.{action}") ? 403
                            : !world.Sees(user, kind, record) ? 404
                            : !world.Reaches(user, $"{kind}.{action}", kind, record) ? 403 : 412;
                        (await Ask(api, route, record.Id, body)).ShouldBe(expected, Words(user, route, record));
                    }
                    foreach (var (route, (right, body, answer)) in Personal.Where(p => kind == "customers" && Turn()))
                    {
                        var expected = !user.Has(right) ? 403
                            : !world.Sees(user, kind, record) ? 404
                            : right != "audit.view" && !world.Reaches(user, right, kind, record) ? 403 : answer;
                        (await Ask(api, route, record.Id, body)).ShouldBe(expected, Words(user, route, record));
                    }
                    if (world.Sees(user, kind, record))
                        (await api.Get($"{kind}/{record.Id}"))["may"]!.AsArray().Select(a => a!.ToString()).ShouldBe(
                            Right.All.Select(r => r.Code).Where(r => r.StartsWith(kind + ".", StringComparison.Ordinal) && !r.EndsWith(".create", StringComparison.Ordinal) && world.Reaches(user, r, kind, record))
                                .Select(r => r[(kind.Length + 1)..]), Words(user, "may", record));
                }
        }
    }

    [Fact]
    public async Task every_other_route_refuses_whoever_has_not_its_right()
    {
        var world = await World.MakeAsync(app, 3);
        foreach (var user in world.Users)
        {
            var api = await app.As(user.Name);
            foreach (var (name, endpoint) in Routes())
            {
                if (endpoint.Metadata.OfType<Right>().FirstOrDefault(r => !user.Has(r.Code)) is not { } missing) continue;
                (await Ask(api, name, Guid.CreateVersion7(), name.StartsWith("GET", StringComparison.Ordinal) ? null : "{}"))
                    .ShouldBe(name is "POST imports" or "POST customers/{id:guid}/attachments" or "PATCH customers/{id:guid}/attachments/uploads/{uploadId:guid}" ? 415 : 403, $"a body of the wrong kind is refused before the caller is looked at; {user} without {missing.Code}: {name}");
            }
        }
    }

    [Fact]
    public void every_route_about_records_is_known_here()
    {
        var known = Commands.Keys.Concat(Reads).Concat(Personal.Keys).Concat(Elsewhere).ToHashSet();
        foreach (var (name, endpoint) in Routes())
            if (endpoint.Metadata.GetMetadata<Right>() is { Resource: "customers" or "opportunities" or "tickets" or "imports" or "reports" })
                known.ShouldContain(name, "say above what the route demands of whom");
        known.Except(Routes().Select(r => r.Name)).ShouldBeEmpty("routes that are no more");
    }

    private IEnumerable<(string Name, RouteEndpoint Endpoint)> Routes() =>
        from endpoint in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let pattern = endpoint.RoutePattern.RawText!.Trim('/')
        where pattern.StartsWith("api/v1/", StringComparison.Ordinal) && endpoint.Metadata.GetMetadata<Right>() is not null
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
        select ($"{method} {pattern["api/v1/".Length..].Trim('/')}", endpoint);

    private static async Task<int> Ask(Api api, string route, Guid id, string? body)
    {
        var (method, pattern) = (route.Split(' ')[0], route.Split(' ')[1]);
        var path = System.Text.RegularExpressions.Regex.Replace(pattern.Replace("{id:guid}", id.ToString(), StringComparison.Ordinal), @"\{[^}]*\}", "01a20017-0450-73fd-9512-2414184a54bc");
        return (int)(await api.Send(new HttpMethod(method), path, body, ("If-Match", "\"987654\""))).Status;
    }

    /// <summary>Lists, counts, search, board and figures hold what is seen and nothing else.</summary>
    private static async Task Lists(Api api, Person user, World world)
    {
        foreach (var kind in Kinds)
        {
            var mine = Uri.EscapeDataString($"{(kind == "tickets" ? "subject" : "name")} = \"{world.Prefix}*\"");
            var list = await api.Get($"{kind}?limit=500&count=exact&fields=id&filter={mine}");
            if (!user.Has($"{kind}.view"))
            {
                list.IsProblem(403, "forbidden");
                continue;
            }
            var seen = world.Records[kind].Where(r => world.Sees(user, kind, r)).Select(r => r.Id.ToString()).ToList();
            list.Is(HttpStatusCode.OK).Column("id").ShouldBe(seen, ignoreOrder: true, $"{user} {kind}: {world.Describe(user, kind)}");
            list["count"]!.GetValue<int>().ShouldBe(seen.Count);
            (await api.Get($"{kind}?limit=500&q={world.Prefix}")).Column("id").ShouldBe(seen, ignoreOrder: true, $"{user} q {kind}");
            (await api.Post($"{kind}/search", new { limit = 500, filter = Uri.UnescapeDataString(mine), asOf = world.Made })).Column("id").ShouldBe(seen, ignoreOrder: true, $"{user} past {kind}");
            await Exports(api, user, kind, world);
            if (kind != "tickets") await Bulk(api, user, kind, world);
            (await api.Post(kind, "{}")).Status.ShouldBe(user.Has($"{kind}.create") ? HttpStatusCode.BadRequest : HttpStatusCode.Forbidden);
        }
        var deals = world.Records["opportunities"].Count(r => world.Sees(user, "opportunities", r));
        foreach (var past in new[] { "", "&asOf=" + Uri.EscapeDataString(world.Made) })
        {
            if (user.Has("opportunities.view"))
                Sum(await api.Get($"opportunities/board?pipelineId={world.Pipeline}{past}")).ShouldBe(deals, $"{user} board {past}");
            if (!user.Has("reports.view")) continue;
            var visible = world.Records["opportunities"].Count(r => world.Counts(user, r));
            Sum(await api.Get($"reports/funnel?pipelineId={world.Pipeline}{past}")).ShouldBe(visible, $"{user} funnel {past}");
            (await api.Get($"reports/funnel/rows?figure=count&limit=500&pipelineId={world.Pipeline}{past}"))["data"]!.AsArray().Count.ShouldBe(visible);
            (await api.Get($"reports/key-figures/rows?figure=leads&limit=500&pipelineId={world.Pipeline}{past}"))["data"]!.AsArray().Count.ShouldBe(visible);
            var conversion = (await api.Get($"reports/conversion?pipelineId={world.Pipeline}{past}")).Is(HttpStatusCode.OK);
            conversion["stages"]!.AsArray().Sum(s => s!["entered"]!.GetValue<int>()).ShouldBe(visible, $"{user} conversion {past}");
            (await api.Get($"reports/conversion/rows?figure=entered&limit=500&pipelineId={world.Pipeline}{past}"))["data"]!.AsArray().Count.ShouldBe(visible);
            (await api.Get($"reports/key-figures?pipelineId={world.Pipeline}{past}")).Is(HttpStatusCode.OK);
        }
    }

    /// <summary>A file holds what is seen and within reach of the right to export.</summary>
    private static async Task Exports(Api api, Person user, string kind, World world)
    {
        var asked = await api.Post("exports", new { resource = kind, format = "csv", filter = $"{(kind == "tickets" ? "subject" : "name")} = \"{world.Prefix}*\"", columns = new[] { "id" }, reason = "核对" });
        if (!user.Has($"{kind}.export"))
        {
            asked.IsProblem(403, "forbidden");
            return;
        }
        var export = asked.Is(HttpStatusCode.Accepted).Id;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(30));
        while (await tick.WaitForNextTickAsync() && (await api.Get($"exports/{export}"))["status"]!.ToString() is "waiting" or "running") { }
        var lines = (await api.Get($"exports/{export}/file")).Is(HttpStatusCode.OK).Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[1..].ShouldBe(world.Records[kind].Where(r => world.Sees(user, kind, r) && world.Reaches(user, $"{kind}.export", kind, r)).Select(r => r.Id.ToString()), ignoreOrder: true, $"{user} export {kind}");
    }

    /// <summary>A command on all that a list finds is given to what is seen and within reach of the command's right, which changes nothing here.</summary>
    private static async Task Bulk(Api api, Person user, string kind, World world)
    {
        var right = kind == "customers" ? "customers.change" : "opportunities.assign";
        object body = kind == "customers"
            ? new { command = "removeTag", tag = "没有的标签", query = new { filter = $"name = \"{world.Prefix}*\"" }, reason = "核对" }
            : new { command = "owner", ownerId = user.Id, query = new { filter = $"name = \"{world.Prefix}*\" AND ownerId = \"{user.Id}\"" }, reason = "核对" };
        var given = await api.Post($"{kind}/bulk", body);
        if (!user.Has(right))
        {
            given.IsProblem(403, "forbidden");
            return;
        }
        var reached = world.Records[kind].Where(r => world.Sees(user, kind, r) && world.Reaches(user, right, kind, r) && (kind == "customers" || r.Owner == user.Id)).ToList();
        if (reached.Count == 0)
        {
            given.IsProblem(409, "nothing_selected");
            return;
        }
        var job = given.Is(HttpStatusCode.Accepted);
        job["total"]!.GetValue<int>().ShouldBe(reached.Count, $"{user} bulk {kind}: {world.Describe(user, kind)}");
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(30));
        while (await tick.WaitForNextTickAsync() && (await api.Get($"{kind}/bulk/{job.Id}"))["state"]!.ToString() is "running") { }
        (await api.Get($"{kind}/bulk/{job.Id}/faults"))["data"]!.AsArray().Select(f => f!["code"]!.ToString()).Distinct().ShouldBe([kind == "customers" ? "not_found" : "unchanged"], $"{user} bulk {kind}");
    }

    private static int Sum(Reply report) => report.Is(HttpStatusCode.OK)["stages"]!.AsArray().Sum(s => s!["count"]!.GetValue<int>());

    private static string Words(Person user, string route, Record record) => $"{user}: {route} of {record}";

    private sealed record Person(Guid Id, string Name, int? Department, IReadOnlyDictionary<string, RightScope> Grants)
    {
        public bool Has(string right) => Grants.ContainsKey(right);

        public override string ToString() => $"{Name} in {Department} ({string.Join(", ", Grants.Where(g => g.Key.EndsWith(".view", StringComparison.Ordinal)).Select(g => $"{g.Key} {g.Value}"))})";
    }

    /// <param name="Id">The record.</param>
    /// <param name="Owner">Who is responsible.</param>
    /// <param name="Customer">Its customer, of an opportunity or ticket.</param>
    private sealed record Record(Guid Id, Guid? Owner, Record? Customer)
    {
        public List<(Guid? User, int? Department, Group? Team, bool Change)> Shares { get; } = [];
    }

    /// <param name="Id">The team.</param>
    /// <param name="Members">Everybody in it.</param>
    /// <param name="Leaders">Who leads it.</param>
    private sealed record Group(Guid Id, HashSet<Guid> Members, HashSet<Guid> Leaders);

    private sealed class World
    {
        public required string Prefix { get; init; }

        public required string Made { get; init; }

        public required Guid Pipeline { get; init; }

        public required IReadOnlyList<int?> Parents { get; init; }

        public required IReadOnlyList<Person> Users { get; init; }

        public required IReadOnlyList<Group> Teams { get; init; }

        /// <summary>Who is absent today and who stands in.</summary>
        public required IReadOnlySet<(Guid Absent, Guid Delegate)> Absences { get; init; }

        public required IReadOnlyDictionary<string, IReadOnlyList<Record>> Records { get; init; }

        /// <summary>What decides about the records, in words for a failure.</summary>
        public string Describe(Person user, string kind)
        {
            string Name(Guid? id) => Users.FirstOrDefault(u => u.Id == id) is { } found ? $"{found.Name}@{found.Department}" : "nobody";
            return string.Join("; ", Records[kind].Select(r => $"{r.Id} of {Name(r.Owner)} shared {string.Join(',', r.Shares.Select(s => $"{Name(s.User)}/{s.Department}/{s.Team?.Members.Contains(user.Id)}"))}"))
                + $" stands in for {string.Join(',', Absences.Where(a => a.Delegate == user.Id).Select(a => Name(a.Absent)))} leads {string.Join(',', Teams.Where(t => t.Leaders.Contains(user.Id)).SelectMany(t => t.Members).Select(m => Name(m)))}"
                + $" parents {string.Join(',', Parents)}";
        }

        public bool Sees(Person user, string kind, Record record) => Reaches(user, kind + ".view", kind, record);

        /// <summary>The model: a right is good for what one's people and those one stands in for are responsible for, at their customers too, and for leaders for what is nobody's.</summary>
        public bool Reaches(Person user, string right, string kind, Record record)
        {
            if (!user.Grants.TryGetValue(right, out var scope)) return false;
            var action = right[(kind.Length + 1)..];
            if (action is not ("assign" or "delete" or "erase" or "plain" or "export" or "claim") && record.Shares.Any(s => (s.Change || action == "view") && (s.User == user.Id || s.Team?.Members.Contains(user.Id) == true || (s.Department is { } with && user.Department is { } at && Chain(at).Contains(with))))) return true;
            return Owns(user, scope, kind, record);
        }

        /// <summary>Figures are made of what one's people are responsible for; what is merely shared is not in them.</summary>
        public bool Counts(Person user, Record opportunity) => user.Grants.TryGetValue("opportunities.view", out var scope) && Owns(user, scope, "opportunities", opportunity);

        private bool Owns(Person user, RightScope scope, string kind, Record record)
        {
            if (scope == RightScope.All) return true;
            bool Mine(Guid? owner) => owner is { } id && (id == user.Id || Absences.Contains((id, user.Id))
                || (scope != RightScope.Own && Teams.Any(t => t.Leaders.Contains(user.Id) && t.Members.Contains(id))) || (Users.FirstOrDefault(u => u.Id == id)?.Department is { } theirs && user.Department is { } own && scope switch
                {
                    RightScope.Department => theirs == own,
                    RightScope.DepartmentAndBelow => Chain(theirs).Contains(own),
                    _ => false,
                }));
            return Mine(record.Owner) || (record.Owner is null && scope != RightScope.Own) || (kind != "customers" && Mine(record.Customer?.Owner));
        }

        public static async Task<World> MakeAsync(CrmApp app, int seed)
        {
            var random = new Random(seed);
            var admin = await app.As("admin");
            var prefix = $"世界{seed}";
            var departments = new List<Guid>();
            var parents = new List<int?>();
            for (var d = 0; d < 5; d++)
            {
                parents.Add(d == 0 || random.Next(4) == 0 ? null : random.Next(d));
                departments.Add((await admin.Post("departments", new { name = $"{prefix}部门{d}", parentId = parents[d] is { } p ? departments[p] : (Guid?)null })).Is(HttpStatusCode.Created).Id);
            }
            var roles = new Dictionary<string, RoleGrant[]>();
            foreach (var r in Enumerable.Range(0, 3))
            {
                var grants = new List<RoleGrant>();
                RightScope Any() => (RightScope)random.Next(4);
                foreach (var kind in Kinds.Where(_ => random.Next(4) > 0))
                {
                    grants.Add(new(kind + ".view", Any()));
                    foreach (var right in Right.Grantable.Where(x => x.Resource == kind && x.Code != kind + ".view" && random.Next(2) == 0)) grants.Add(new(right.Code, Any()));
                }
                if (random.Next(2) == 0) grants.Add(new("reports.view", RightScope.All));
                roles[$"world{seed}-{r}"] = [.. grants];
                (await admin.Post("roles", new { code = $"world{seed}-{r}", name = $"{prefix}角色{r}", grants })).Is(HttpStatusCode.Created);
            }
            string[] codes = [.. BuiltInRoles.All.Keys.Where(c => c != "integrator"), .. roles.Keys];
            var users = new List<Person>();
            for (var u = 0; u < codes.Length; u++)
            {
                // Every role once, some users with a second one.
                string[] own = random.Next(3) == 0 ? [codes[u], codes[random.Next(codes.Length)]] : [codes[u]];
                var department = random.Next(6) == 0 ? (int?)null : random.Next(5);
                var id = (await admin.Post("users", new
                {
                    userName = $"w{seed}-{u}",
                    displayName = $"{prefix}用户{u}",
                    roles = own.Distinct(),
                    departmentId = department is { } d ? departments[d] : (Guid?)null,
                })).Is(HttpStatusCode.Created).Id;
                await app.GivePasswordAsync(id);
                var grants = own.Distinct().SelectMany(c => roles.TryGetValue(c, out var mine) ? mine : [.. BuiltInRoles.All[c].Grants]).GroupBy(g => g.Right).ToDictionary(g => g.Key, g => g.Max(x => x.Scope));
                if (grants.Keys.Any(r => r.EndsWith(".export", StringComparison.Ordinal))) grants.TryAdd("exports.view", RightScope.Own);
                users.Add(new Person(id, $"w{seed}-{u}", department, grants));
            }
            var teams = new List<Group>();
            for (var t = 0; t < 3; t++)
            {
                var team = new Group((await admin.Post("teams", new { name = $"{prefix}团队{t}" })).Is(HttpStatusCode.Created).Id, [], []);
                foreach (var user in users.Where(_ => random.Next(3) == 0))
                {
                    var leads = random.Next(2) == 0;
                    (await admin.Post($"teams/{team.Id}/members", new { userId = user.Id, leads })).Is(HttpStatusCode.OK);
                    team.Members.Add(user.Id);
                    if (leads) team.Leaders.Add(user.Id);
                }
                teams.Add(team);
            }
            var absences = new HashSet<(Guid, Guid)>();
            var today = app.Store.DayOf(app.Store.Now);
            foreach (var absent in users.Where(_ => random.Next(2) == 0))
            {
                var (delegated, now) = (users[random.Next(users.Count)], random.Next(3) > 0);
                if (delegated == absent) continue;
                (await admin.Post($"users/{absent.Id}/delegations", new { delegateId = delegated.Id, from = today.AddDays(now ? 0 : 30), until = today.AddDays(40) })).Is(HttpStatusCode.OK);
                if (now) absences.Add((absent.Id, delegated.Id));
            }
            Guid? Anybody() => random.Next(5) == 0 ? null : users[random.Next(users.Count)].Id;
            var pipeline = (await admin.Post("pipelines", new
            {
                name = prefix + "流程",
                stages = new object[]
                {
                    new { code = "lead", name = "线索", nameEn = "Lead", kind = "open", probability = 10 }, new { code = "won", name = "成交", nameEn = "Won", kind = "won" },
                    new { code = "lost", name = "输单", nameEn = "Lost", kind = "lost" },
                },
            })).Is(HttpStatusCode.Created).Id;
            List<Record> customers = [], opportunities = [], tickets = [];
            for (var i = 0; i < 6; i++)
            {
                var owner = Anybody();
                customers.Add(new Record((await admin.Post("customers", new { kind = "company", name = $"{prefix}客户{i}", ownerId = owner }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id, owner, null));
            }
            // By a client: whoever opens a ticket or an opportunity has it.
            var client = await app.AsIntegrator();
            for (var i = 0; i < 6; i++)
            {
                var (owner, customer) = (Anybody(), customers[random.Next(customers.Count)]);
                opportunities.Add(new Record(
                    (await client.Post("opportunities", new { name = $"{prefix}商机{i}", customerId = customer.Id, ownerId = owner, pipelineId = pipeline })).Is(HttpStatusCode.Created).Id, owner, customer));
                var (agent, of) = (Anybody(), random.Next(3) == 0 ? null : customers[random.Next(customers.Count)]);
                tickets.Add(new Record((await client.Post("tickets", new { subject = $"{prefix}工单{i}", customerId = of?.Id, assigneeId = agent })).Is(HttpStatusCode.Created).Id, agent, of));
            }
            foreach (var (kind, records) in new[] { ("customers", customers), ("opportunities", opportunities), ("tickets", tickets) })
                foreach (var record in records.Where(_ => random.Next(2) == 0))
                {
                    var (to, change) = (random.Next(3), random.Next(2) == 0);
                    var (user, department, team) = (to == 0 ? users[random.Next(users.Count)].Id : (Guid?)null, to == 1 ? random.Next(5) : (int?)null, to == 2 ? teams[random.Next(teams.Count)] : null);
                    (await admin.Post($"{kind}/{record.Id}/share", new { userId = user, departmentId = department is { } d ? departments[d] : (Guid?)null, teamId = team?.Id, level = change ? "change" : "read" })).Is(HttpStatusCode.OK);
                    record.Shares.Add((user, department, team, change));
                }
            await app.Settled();
            return new World
            {
                Prefix = prefix, Made = app.Store.Now.ToString("O", null), Pipeline = pipeline, Parents = parents, Users = users, Teams = teams, Absences = absences,
                Records = new Dictionary<string, IReadOnlyList<Record>> { ["customers"] = customers, ["opportunities"] = opportunities, ["tickets"] = tickets },
            };
        }

        private IEnumerable<int> Chain(int department)
        {
            for (int? d = department; d is { } at; d = Parents[at]) yield return at;
        }
    }
}
