using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Customers;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>What a salesperson waits for all day, each beside the same statement by hand: the list, a filter by an own field, the check for duplicates and a long timeline.</summary>
internal sealed partial class CustomerPages
{
    /// <summary>Follow-ups of the one customer whose timeline is long.</summary>
    private const int LongTimeline = 10_000;

    /// <summary>The newest 51 by hand, with all that a list shows of each, which the product works out for a page only too.</summary>
    private string Newest(string where)
    {
        var source = CustomerList.Source(app!.Store);
        var (shown, joins) = source.Showing(source.Joins, null);
        return $"select ({shown})::text from {source.Table} d {joins} where not d.deleted and d.archived is not true and d.erased is not true {where} order by d.doc->>'createdAt' desc, d.id desc limit 51"
            .Replace("{at}", "now()", StringComparison.Ordinal);
    }

    private const string Alike = """
        select k.customer_id, n.value, array_agg(distinct k.reason) from customer.match_keys k join customer.match_keys n on n.customer_id = k.customer_id and n.field = 'name' and n.live
        where (k.reason, k.key) in (('name', $1), ('phone', $2)) and k.live group by k.customer_id, n.value limit 200
        """;

    private const string Timeline = """
        select d.doc || jsonb_build_object('actorName', u.name) from customer.timeline d left join customer.users u on u.id = d.doc->>'actorId'
        where d.customer_id = $1 and (d.doc->>'at', (d.doc->>'sequence')::numeric, d.id) < ($2, $3, $4)
        order by d.doc->>'at' desc, ((d.doc->>'sequence')::numeric) desc, d.id desc limit 51
        """;

    private IEnumerable<Workload> Looks =>
    [
        Look("L", "GET /customers, the newest 50", 51, () => Task.FromResult(new NpgsqlCommand(Newest(""))), () => Get("customers?limit=50")),
        Look("L-own", "GET /customers, the newest 50 of the 1 % with a value of an own field", 51,
            () => Task.FromResult(new NpgsqlCommand(Newest("""and d.doc->'custom' @> '{"industryScale":"Scale 42"}' and d.doc->'custom'->>'industryScale' = $1""")) { Parameters = { new NpgsqlParameter<string> { TypedValue = "Scale 42" } } }),
            () => Get($"customers?limit=50&filter={Uri.EscapeDataString("custom.industryScale = \"Scale 42\"")}")),
        Look("L-alike", "POST /customers of one that is on file, refused with the candidate", 1, Duplicate, async () =>
        {
            using var answer = await app!.Http.PostAsJsonAsync("/api/v1/customers", new { kind = "company", name = known!["name"]!.ToString(), phone = known["phone"]!.ToString() });
            if (answer.StatusCode != HttpStatusCode.Conflict) throw new InvalidOperationException($"{answer.StatusCode} for a duplicate.");
        }),
        Look("L-timeline", $"GET /customers/{{id}}/timeline, 50 from the middle of {LongTimeline:N0}", 51, MiddleOfTimeline, () => Get($"{middle}")),
        Search("L-common", "two characters that all have", "有限"),
        Search("L-rare", "six digits of one name", $"{7919L % options.Customers:000000}"),
    ];

    private Workload Search(string name, string what, string query)
    {
        var grams = query.Zip(query.Skip(1), (a, b) => $"{a}{b}").Distinct().ToArray();
        return Look(name, $"POST /search for {what}", query.Length == 2 ? 21 : 1, () => Task.FromResult(new NpgsqlCommand(
            "select d.doc from customer.customers d where not d.deleted and d.grams @> $1 and d.search like $2 order by d.known_from desc limit 21")
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = grams }, new NpgsqlParameter<string> { TypedValue = $"%{query}%" } },
        }), async () =>
        {
            using var answer = await app!.Http.PostAsJsonAsync("/api/v1/search", new { q = query });
            var found = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
            if (found!["groups"]!.AsArray().Count == 0) throw new InvalidOperationException($"Nothing was found for {query}.");
        });
    }

    private JsonNode? known;
    private string? middle;

    private Workload Look(string name, string text, int rows, Func<Task<NpgsqlCommand>> select, Func<Task> request) => new(name, $"{text}, {options.Customers:N0} customers, 8 readers",
        new Yardstick(name, "the same prepared SELECT", async _ =>
        {
            if (app is null) await Prepare();
            var text = await select();
            return await Measuring.ClosedLoop(8, options, async _ =>
            {
                var command = text.Clone();
                command.Connection = await bench!.DataSource.OpenConnectionAsync();
                await command.PrepareAsync();
                return async () =>
                {
                    await using var reader = await command.ExecuteReaderAsync();
                    var count = 0;
                    for (; await reader.ReadAsync(); count++) reader.GetValue(0);
                    Bench.Check(count, rows, "rows of the statement");
                };
            });
        }),
        async _ => await Measuring.ClosedLoop(8, options, _ => Task.FromResult(request)))
    { Target = 0.5 };

    private async Task Get(string path)
    {
        using var answer = await app!.Http.GetAsync(new Uri("/api/v1/" + path, UriKind.Relative));
        var body = await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
        if (body.Length < 5_000) throw new InvalidOperationException($"A page of {body.Length} bytes.");
    }

    private async Task<NpgsqlCommand> Duplicate()
    {
        known = (await app!.Json(HttpMethod.Get, "customers?limit=1"))["data"]![0]!;
        var id = known["id"]!.GetValue<Guid>();
        async Task<NpgsqlParameter<string>> Key(string field) => new() { TypedValue = await bench!.Scalar<string>($"select key from customer.match_keys where customer_id = '{id}' and field = '{field}'") };
        return new NpgsqlCommand(Alike) { Parameters = { await Key("name"), await Key("phone") } };
    }

    private async Task<NpgsqlCommand> MiddleOfTimeline()
    {
        var path = $"customers/{talkative}/timeline?limit=500";
        JsonNode? page = null;
        for (var i = 0; i < LongTimeline / 1000; i++) page = await app!.Json(HttpMethod.Get, page is null ? path : $"{path}&cursor={Uri.EscapeDataString(page["page"]!["next"]!.ToString())}");
        middle = $"customers/{talkative}/timeline?limit=50&cursor={Uri.EscapeDataString(page!["page"]!["next"]!.ToString())}";
        var last = page["data"]!.AsArray()[^1]!;
        return new NpgsqlCommand(Timeline)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = talkative },
                new NpgsqlParameter<string> { TypedValue = last["at"]!.ToString() },
                new NpgsqlParameter<decimal> { TypedValue = last["sequence"]!.GetValue<decimal>() },
                new NpgsqlParameter<Guid> { TypedValue = last["id"]!.GetValue<Guid>() },
            },
        };
    }
}
