using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Crm.Torture.Tests;

[Trait("Category", "Long")]
public sealed class freezing_the_leader(Server server)
{
    private const string Password = "torture";

    // Every move of a projection's position, with the node that made it.
    private const string Moves = """
        create table torture.moves (n bigserial primary key, name text not null, was bigint, is_now bigint, who text not null, at timestamptz not null default clock_timestamp());
        create function torture.moved() returns trigger language plpgsql as $$
        begin insert into torture.moves (name, was, is_now, who) values (new.name, old.last_seq_id, new.last_seq_id, current_user); return new; end $$;
        create trigger moved after update on events.mt_event_progression for each row when (new.name <> 'HighWaterMark') execute function torture.moved();
        """;

    private static readonly TimeSpan LongestTakeover = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task of_three_nodes_is_taken_over_from_and_writes_nothing_more()
    {
        var frozen = TimeSpan.FromSeconds(Torture.Of(8, 30));
        var database = await server.CreateDatabaseAsync();
        await server.ExecuteAsync(database, Counts.Schema + ";" + Moves);
        var nodes = new List<Node>();
        for (var i = 1; i <= 3; i++)
        {
            var user = string.Create(CultureInfo.InvariantCulture, $"node_{i}");
            await server.ExecuteAsync(database, $"do $$ begin if not exists (select from pg_roles where rolname = '{user}') then create role {user} superuser login password '{Password}'; end if; end $$");
            nodes.Add(new Node(server, database, Counts.ProjectionName) { User = (user, Password) });
        }
        try
        {
            await Task.WhenAll(nodes.Select(n => n.StartAsync()));
            await FreezeAsync(nodes, frozen, database);
        }
        finally
        {
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }

    private async Task FreezeAsync(List<Node> nodes, TimeSpan frozen, string database)
    {
        var ledger = new Ledger();
        using var stop = new CancellationTokenSource();
        var work = new Writers(ledger, attempt => nodes[attempt % 3].Address, await nodes[0].TokenAsync(), "freeze") { Timeout = TimeSpan.FromSeconds(2) }.RunAsync(12, stop.Token);
        await Torture.Until("commands are answered", () => Task.FromResult(ledger.Acknowledged > 100));

        var (leader, led) = await LeaderAsync(nodes);
        var others = nodes.Where(n => n != leader).ToList();
        using var person = await SignInAsync(leader.Address);
        leader.Freeze();
        var clock = Stopwatch.StartNew();
        var mark = (await server.QueryAsync<long>(database, "select max(seq_id) from events.mt_events"))[0];
        await Torture.Until("every projection is led by another node", async () => led.IsSubsetOf(await LeadAsync(others)));
        var takeover = clock.Elapsed;
        await Torture.Until("every projection has gone on", async () => await BehindAsync(others[0], mark) == 0);
        var goesOn = clock.Elapsed;
        var last = (await server.QueryAsync<long>(database, "select coalesce(max(n), 0) from torture.moves"))[0];
        var before = ledger.Acknowledged;
        await UseAsync(person, others[0].Address);
        await UseAsync(person, others[1].Address);
        if (frozen > clock.Elapsed) await Task.Delay(frozen - clock.Elapsed);
        var meanwhile = ledger.Acknowledged - before;
        leader.Thaw();
        await Torture.Until("the old leader serves again", leader.IsReadyAsync);
        await UseAsync(person, leader.Address);
        var thawed = ledger.Acknowledged;
        await Torture.Until("commands go on", () => Task.FromResult(ledger.Acknowledged > thawed + 200));
        await stop.CancelAsync();
        await work;

        var count = await ledger.CountAsync(server.To(database), "freeze:");
        await Torture.Until("the projections have caught up", async () => await others[0].LagAsync() == 0);
        var old = $"node_{nodes.IndexOf(leader) + 1}";
        var stragglers = (await server.QueryAsync<long>(database, $"select count(*) from torture.moves where n > {last} and who = '{old}'"))[0];
        var torn = (await server.QueryAsync<long>(database, """
            select count(*) from (select was, lag(is_now) over (partition by name order by n) as before from torture.moves) m where before is not null and before <> was
            """))[0];
        var miscounted = (await server.QueryAsync<long>(database, """
            select count(*) from (
              select stream_id, count(*) as n from events.mt_events where type in ('customer_registered', 'customer_details_changed', 'follow_up_logged') group by stream_id) e
            full join torture.counts c using (stream_id) where e.n is distinct from c.events
            """))[0];
        var (tables, rows) = await FreshFold.EqualsAsync(server, database);
        Torture.Report($"the leader of three nodes stopped for {frozen.TotalSeconds:0} s under 12 writers",
            [
                ("projections it led", led.Count), ("seconds until others led them", takeover.TotalSeconds), ("seconds until they had gone on", goesOn.TotalSeconds),
                ("answered meanwhile", meanwhile), ("moves of the old leader after it", stragglers), ("moves that do not follow the one before", torn), ("streams counted wrongly", miscounted),
                ("retried", ledger.Retried), .. count.Rows, ("tables equal to a fresh fold", tables), ("rows of these", rows),
            ]);
        Torture.Say($"  retried for: {ledger.Troubles}");
        ledger.IsClean();
        count.IsExactlyOnce();
        (stragglers, torn, miscounted).ShouldBe((0, 0, 0));
        meanwhile.ShouldBeGreaterThan(0);
        takeover.ShouldBeLessThan(LongestTakeover);
    }

    private static async Task<(Node Leader, HashSet<string> Led)> LeaderAsync(List<Node> nodes)
    {
        // Who comes first leads everything; the others may have some.
        var leads = new List<(Node Node, HashSet<string> Led)>();
        foreach (var node in nodes) leads.Add((node, await node.LeadsAsync()));
        return leads.MaxBy(n => n.Led.Count);
    }

    private static async Task<HashSet<string>> LeadAsync(List<Node> nodes)
    {
        var all = new HashSet<string>();
        foreach (var node in nodes) all.UnionWith(await node.LeadsAsync());
        return all;
    }

    private static async Task<long> BehindAsync(Node node, long mark) =>
        (await node.ProjectionsAsync()).Select(p => p.Value is JsonObject o && o["position"] is { } position ? Math.Max(0, mark - position.GetValue<long>()) : 0).DefaultIfEmpty(mark).Max();

    /// <summary>A person's session by cookie, which is good for every node.</summary>
    private static async Task<HttpClient> SignInAsync(Uri address)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, CookieContainer = new CookieContainer() }) { Timeout = TimeSpan.FromSeconds(10) };
        using var answer = await http.PostAsJsonAsync(new Uri(address, "/api/v1/session"), new { userName = "sales", password = "Demo-2026!" });
        answer.EnsureSuccessStatusCode();
        http.DefaultRequestHeaders.Add("X-CSRF-Token", (await answer.Content.ReadFromJsonAsync<JsonNode>())!["csrfToken"]!.ToString());
        return http;
    }

    /// <summary>Writes and reads what was written.</summary>
    private static async Task UseAsync(HttpClient http, Uri address)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"节点{address.Port}有限公司");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/api/v1/customers")) { Content = JsonContent.Create(new { kind = "company", name }), Headers = { { "X-Allow-Duplicate", "true" } } };
        using var created = await http.SendAsync(request);
        created.StatusCode.ShouldBe(HttpStatusCode.Created, await created.Content.ReadAsStringAsync());
        var found = await http.GetFromJsonAsync<JsonNode>(new Uri(address, $"/api/v1/customers?filter={Uri.EscapeDataString($"name = \"{name}\"")}"));
        found!["data"]!.AsArray().Count.ShouldBe(1);
    }
}
