using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Benchmarks;

/// <summary>
/// The second page of a filtered and sorted customer list: 50 of the 1 % that match. The customers are made once and read in every round.
/// </summary>
internal sealed partial class CustomerPages(string server, BenchOptions options) : IAsyncDisposable
{
    private static readonly Guid Owner = OwnerOf(42);

    // What the list asks the database for this page, written by hand.
    private static string Page(string field) => $"""
        select (p.doc)::text, p.k0, p.k1::text from (
          select d.doc || jsonb_build_object('ownerName', o.name, 'createdByName', c.name, 'parentName', p.doc->>'name') as doc, d.doc->>'name' as k0, d.id as k1
          from customer.customers d
          left join customer.users o on o.id = d.doc->>'ownerId'
          left join customer.users c on c.id = d.doc->>'createdBy'
          left join customer.customers p on p.id = (d.doc->>'parentId')::uuid
          where not d.deleted and d.archived is not true and {field} = $1
            and (d.doc->>'name', d.id) > ($2, $3)
          order by d.doc->>'name', d.id limit 51) p
        order by p.k0, p.k1 limit 51
        """;

    private Bench? bench;
    private App? app;

    /// <summary>The customer with the long timeline.</summary>
    private Guid talkative;

    public IEnumerable<Workload> All =>
    [
        Of("G", "one owner", $"ownerId = \"{Owner}\"", "d.owner_id", new NpgsqlParameter<Guid> { TypedValue = Owner }) with { Marten = 0.77, Target = 0.90 },
        .. Looks,
        .. Exports,
        Of("G-unindexed", "one industry, a field without an index", "industry = \"Industry 42\"", "d.doc->>'industry'", new NpgsqlParameter<string> { TypedValue = "Industry 42" }),
    ];

    public async ValueTask DisposeAsync()
    {
        if (app is not null) await app.DisposeAsync();
        if (bench is not null) await bench.DisposeAsync();
    }

    private Workload Of(string name, string what, string filter, string field, NpgsqlParameter value)
    {
        string? next = null;
        Func<NpgsqlCommand>? select = null;
        return new(name, $"GET /customers, page 2 of the 1 % of {options.Customers:N0} of {what}, sorted by name, 8 readers", new Yardstick(name, "the same prepared SELECT", async _ =>
            {
                if (app is null) await Prepare();
                (next, select) = await Find(filter, field, value);
                return await Measuring.ClosedLoop(8, options, async _ =>
                {
                    var command = select();
                    command.Connection = await bench!.DataSource.OpenConnectionAsync();
                    await command.PrepareAsync();
                    return async () => Bench.Check((await Read(command)).Count, 51, "rows of the page and one more");
                });
            }),
            async _ => await Measuring.ClosedLoop(8, options, _ => Task.FromResult<Func<Task>>(async () =>
            {
                using var answer = await app!.Http.GetAsync(new Uri(next!, UriKind.Relative));
                var body = await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
                if (body.Length < 5_000) throw new InvalidOperationException($"A page of {body.Length} bytes.");
            })));
    }

    /// <summary>The address of the second page, and the statement that gives the same rows.</summary>
    private async Task<(string Next, Func<NpgsqlCommand> Select)> Find(string filter, string field, NpgsqlParameter value)
    {
        var list = $"customers?filter={Uri.EscapeDataString(filter)}&sort=name&limit=50";
        var first = await app!.Json(HttpMethod.Get, list);
        var end = first["data"]!.AsArray()[^1]!;
        var next = $"{list}&cursor={Uri.EscapeDataString(first["page"]!["next"]!.ToString())}";
        var second = await app.Json(HttpMethod.Get, next);
        NpgsqlCommand Select() => new(Page(field))
        {
            Parameters =
            {
                value.Clone(),
                new NpgsqlParameter<string> { TypedValue = end["name"]!.ToString() },
                new NpgsqlParameter<Guid> { TypedValue = end["id"]!.GetValue<Guid>() },
            },
        };
        var command = Select();
        await using var connection = command.Connection = await bench!.DataSource.OpenConnectionAsync();
        if (!(await Read(command)).Take(50).SequenceEqual(second["data"]!.AsArray().Select(c => c!["id"]!.ToString())))
            throw new InvalidOperationException("The page and the statement beside it show different customers.");
        return ("/api/v1/" + next, Select);
    }

    private static async Task<List<string>> Read(NpgsqlCommand command)
    {
        await using var rows = await command.ExecuteReaderAsync();
        var ids = new List<string>();
        while (await rows.ReadAsync())
        {
            rows.GetString(0);
            ids.Add(rows.GetString(2));
        }
        return ids;
    }

    private async Task Prepare()
    {
        bench = await Bench.OpenAsync(server, options);
        await using (var migrated = await App.StartAsync(bench))
        {
            await migrated.Json(HttpMethod.Post, "custom-fields", JsonContent.Create(new { target = "customers", key = "industryScale", type = "text", zh = "行业规模", en = "Industry scale" }));
            await migrated.Settled();
        }
        talkative = await Fill(bench, options.Customers);
        app = await App.StartAsync(bench);
        await app.Settled();
        // What is written with the events has not seen those that were copied in.
        await app.Store.Daemon.RebuildAsync("customer.keys", "bench", "copied in");
        // A command keeps a snapshot, as each did that was ever given to a customer with a history.
        await app.Json(HttpMethod.Patch, $"customers/{talkative}", new StringContent("""{"size":"200-500"}""", null, "application/merge-patch+json"));
        await app.Settled();
        foreach (var table in (string[])["customers", "timeline", "match_keys", "tier_periods", "tag_periods"]) await bench.Execute($"vacuum analyze customer.{table}");
        Bench.Check(await bench.Scalar<long>("select count(*) from customer.customers"), options.Customers, "customers on file");
    }

    private static Guid OwnerOf(int number) => new(0x0199aaaa, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, (byte)number);

    /// <summary>Registered customers, appended by COPY as an offline import would, and the follow-ups of the first of them, which is returned.</summary>
    private static async Task<Guid> Fill(Bench bench, int customers)
    {
        var ids = Enumerable.Range(0, customers).Select(_ => Guid.CreateVersion7()).ToArray();
        var before = await bench.Scalar<long>("select last_value from events.mt_events_sequence");
        await using var connection = await bench.DataSource.OpenConnectionAsync();
        await using (var import = await connection.BeginBinaryImportAsync("copy events.mt_streams (id, type, version) from stdin (format binary)"))
        {
            foreach (var id in ids) await import.WriteRowAsync(default, id, "customer", id == ids[0] ? 1L + LongTimeline : 1L);
            await import.CompleteAsync();
        }
        await using (var import = await connection.BeginBinaryImportAsync(
            "copy events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, user_name, headers) from stdin (format binary)"))
        {
            var begin = new DateTime(2026, 1, 5, 8, 30, 0, DateTimeKind.Utc);
            async Task Append(int sequence, Guid stream, long version, string type, object data)
            {
                await import.StartRowAsync();
                await import.WriteAsync(before + sequence, NpgsqlDbType.Bigint);
                await import.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid);
                await import.WriteAsync(stream, NpgsqlDbType.Uuid);
                await import.WriteAsync(version, NpgsqlDbType.Bigint);
                await import.WriteAsync(JsonSerializer.Serialize(data, EventSerializer.Options), NpgsqlDbType.Jsonb);
                await import.WriteAsync(type, NpgsqlDbType.Varchar);
                await import.WriteAsync(begin.AddSeconds(sequence), NpgsqlDbType.TimestampTz);
                await import.WriteAsync(Sales.Somebody.UserName, NpgsqlDbType.Varchar);
                await import.WriteAsync("""{"source": "bench"}""", NpgsqlDbType.Jsonb);
            }
            for (var i = 0; i < customers; i++)
            {
                var number = (i * 7919L % customers).ToString("000000", CultureInfo.InvariantCulture);
                await Append(i + 1, ids[i], 1, "customer_registered", new Contracts.CustomerRegistered
                {
                    Kind = CustomerKind.Company,
                    Name = $"客户 {number} 有限公司",
                    Lifecycle = (CustomerLifecycle)(i % 4),
                    Tier = "ABCD"[i % 4].ToString(),
                    Industry = $"Industry {i % 100}",
                    Size = "50-200",
                    Source = "exhibition",
                    Phone = $"1380{i:0000000}",
                    Email = $"customer{i}@example.com",
                    Address = $"Example Road {i % 900}, Shanghai",
                    Needs = "A first call about volumes and a trial.",
                    Tags = [$"tag {i % 20}"],
                    OwnerId = OwnerOf(i / 100 % 100),
                    Custom = new Dictionary<string, JsonElement> { ["industryScale"] = JsonSerializer.SerializeToElement($"Scale {i % 100}") },
                });
            }
            for (var i = 0; i < LongTimeline; i++)
                await Append(customers + i + 1, ids[0], i + 2, "follow_up_logged", new Contracts.FollowUpLogged
                {
                    FollowUpId = Guid.CreateVersion7(),
                    At = new DateTimeOffset(begin.AddMinutes(i), TimeSpan.Zero),
                    Method = (FollowUpMethod)(i % 5),
                    Summary = $"Talk {i} about volumes, prices and the day of delivery.",
                    Next = i % 3 == 0 ? new FollowUpPlan(new DateTimeOffset(begin.AddMinutes(i + 600), TimeSpan.Zero), "The next talk", null) : null,
                });
            await import.CompleteAsync();
        }
        await bench.Execute("select setval('events.mt_events_sequence', (select max(seq_id) from events.mt_events)); analyze events.mt_streams; analyze events.mt_events");
        return ids[0];
    }
}
