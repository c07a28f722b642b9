using System.Collections.Concurrent;
using System.Globalization;
using Crm.EventStore;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

/// <summary>
/// Rebuilt equals live, row by row, for whatever projections the product registers: over generated histories of all modules, with events
/// left out, and while the histories go on.
/// </summary>
public sealed class every_projection(PostgresFixture postgres)
{
    private static readonly string[] Names = ["晨光贸易", "海河机械", "长青食品", "梧桐软件", "Blue Sky Ltd", "石桥物流"];
    private static readonly string[] Stages = ["lead", "requirement", "proposal", "negotiation", "won", "nowhere"];
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2, Traits = ["Category", "Long"])]
    public async Task built_anew_has_the_rows_it_had(int seed)
    {
        await using var app = new CrmApp(postgres);
        await app.InitializeAsync();
        var api = await app.As("admin");
        var history = new Generated(api, seed);
        await history.Go(60);
        // While the history goes on, each is built beside and switched, inline ones in the middle of saves.
        var goingOn = history.Go(160);
        foreach (var projection in app.Store.Projections.All) await Rebuild(app, projection);
        await goingOn;
        await LeaveOneOut(app, api);
        await app.Settled();

        var live = await Rows(app);
        live.Count(t => t.Value.Length > 0).ShouldBeGreaterThan(20, "the histories reach the tables");
        foreach (var projection in app.Store.Projections.All) await Rebuild(app, projection);
        await app.Settled();
        var rebuilt = await Rows(app);
        foreach (var (table, rows) in live) rebuilt[table].ShouldBe(rows, table);
        (await api.Get("customers?limit=5")).Is(System.Net.HttpStatusCode.OK);
    }

    private static Task Rebuild(CrmApp app, Projection projection) =>
        app.Store.Daemon.RebuildAsync(projection.Name, "test", "equal rows", Ct).WaitAsync(Patience.Limit, Ct);

    /// <summary>An event nobody can read, left out of whatever stops at it.</summary>
    private static async Task LeaveOneOut(CrmApp app, Api api)
    {
        var id = (await api.Post("customers", new { kind = "company", name = "坏标签有限公司" })).Id;
        await Execute(app, $$"""
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, headers)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), '{{id}}', 2, '{"tag": []}', 'customer_tagged', '{"source": "test"}';
            update events.mt_streams set version = 2 where id = '{{id}}'
            """);
        var concerned = app.Store.Projections.Async.Where(p => p is not Subscription && p.Events.Any(t => app.Store.Events.Alias(t) == "customer_tagged")).Select(p => p.Name).ToArray();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!concerned.All(n => app.Store.Daemon.Status.Single(s => s.Name == n).State == ShardState.Paused)) await tick.WaitForNextTickAsync(Ct);
        foreach (var name in concerned)
        {
            var sql = new SqlBatch();
            ProjectionDaemon.Skip(name, app.Store.Daemon.Status.Single(s => s.Name == name).FailedSequence!.Value, "test", "nobody can read it", sql);
            await using var batch = app.Store.DataSource.CreateBatch();
            sql.MoveTo(batch);
            await batch.ExecuteNonQueryAsync(Ct);
        }
        while (app.Store.Daemon.Status.Any(s => s.State != ShardState.Running)) await tick.WaitForNextTickAsync(Ct);
    }

    private static async Task<SortedDictionary<string, string>> Rows(CrmApp app)
    {
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in app.Store.Projections.All.SelectMany(p => p.Tables))
        {
            await using var command = app.Store.DataSource.CreateCommand($"select coalesce(string_agg(r::text, E'\n' order by r::text), '') from {table} r");
            rows[table] = (string)(await command.ExecuteScalarAsync(Ct))!;
        }
        return rows;
    }

    private static async Task Execute(CrmApp app, string sql)
    {
        await using var command = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>Commands as people give them, in an order nobody planned: many are refused, none may break anything.</summary>
    private sealed class Generated(Api api, int seed)
    {
        private readonly Random random = new(seed);
        private readonly ConcurrentDictionary<string, List<Guid>> ids = new();
        private readonly ConcurrentBag<(Guid Target, Guid Merge)> merges = [];
        private readonly ConcurrentStack<(Guid Id, Guid One, Guid Other)> relations = [];

        public async Task Go(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                var reply = await Step();
                ((int)reply.Status).ShouldBeLessThan(500, reply.Text);
            }
        }

        private Task<Reply> Step() => random.Next(38) switch
        {
            0 or 1 or 2 => Create("customers", new
            {
                kind = "company",
                name = Name(),
                phone = random.Next(2) == 0 ? "1380013" + random.Next(1_000, 9_999) : null,
                email = random.Next(2) == 0 ? $"a{random.Next(40)}@example.com" : null,
                externalKeys = random.Next(3) == 0 ? new Dictionary<string, string> { ["erp"] = "K" + random.Next(12) } : null,
            }),
            3 => api.Patch("customers/" + Any("customers"), new { name = Name(), tier = Pick("A", "B", null) }),
            4 => api.Post($"customers/{Any("customers")}/tags", new { tag = "t" + random.Next(5) }),
            5 => api.Post($"customers/{Any("customers")}/lifecycle", new { to = Pick("lead", "prospect", "customer", "lost") }),
            6 => random.Next(2) == 0 ? api.Post($"customers/{Any("customers")}/{Pick("archive", "restore")}") : api.Post($"customers/{Any("customers")}/{Pick("release", "claim", "return")}", new { reason = "公海" }),
            7 => api.Delete("customers/" + Any("customers")),
            8 or 9 => api.Post($"customers/{Any("customers")}/contacts", new { name = "王" + random.Next(9), phone = "1391113" + random.Next(1_000, 9_999) }),
            10 => api.Post($"customers/{Any("customers")}/follow-ups", new { at = DateTimeOffset.UtcNow.AddDays(-random.Next(20)), method = "call", summary = "说了" + random.Next(99) }),
            11 or 12 or 13 or 14 => Create("opportunities", new
            {
                name = Name() + "项目",
                customerId = random.Next(5) == 0 ? (Guid?)null : Any("customers"),
                amount = random.Next(3) == 0 ? null : new { amount = random.Next(1, 900) * 10, currency = "CNY" },
                externalKeys = random.Next(4) == 0 ? new Dictionary<string, string> { ["erp"] = "O" + random.Next(12) } : null,
            }),
            15 or 16 or 17 => api.Post($"opportunities/{Any("opportunities")}/stage", new { to = Stages[random.Next(Stages.Length)], businessDate = Day() }),
            18 => api.Post($"opportunities/{Any("opportunities")}/win", new { businessDate = Day() }),
            19 => api.Post($"opportunities/{Any("opportunities")}/lose", new { reason = "价格" }),
            20 => api.Post($"opportunities/{Any("opportunities")}/reopen", new { to = Stages[random.Next(3)] }),
            21 => random.Next(2) == 0 ? api.Delete("opportunities/" + Any("opportunities")) : api.Post($"opportunities/{Any("opportunities")}/restore"),
            22 => api.Patch("opportunities/" + Any("opportunities"), new { name = Name(), nextStep = random.Next(2) == 0 ? "电话" : null, externalKeys = new Dictionary<string, string?> { ["erp"] = random.Next(2) == 0 ? null : "O" + random.Next(12) } }),
            23 => Create("products", new { code = "P" + random.Next(9), name = "产品" + random.Next(9), unitPrice = new { amount = random.Next(1, 99), currency = "CNY" } }),
            24 => random.Next(2) == 0 ? api.Delete("products/" + Any("products")) : api.Patch("products/" + Any("products"), new { code = "P" + random.Next(9) }),
            25 or 26 => Create("tickets", new { subject = "打不开" + random.Next(99), customerId = random.Next(3) == 0 ? (Guid?)null : Any("customers"), channel = "phone", priority = Pick("low", "normal", "high", "urgent") }),
            27 => api.Post($"tickets/{Any("tickets")}/respond", new { text = "在看" }),
            28 => api.Post($"tickets/{Any("tickets")}/resolve", new { text = "好了" }),
            29 => random.Next(2) == 0 ? api.Post($"tickets/{Any("tickets")}/rate", new { score = random.Next(1, 6) }) : api.Post($"tickets/{Any("tickets")}/reopen", new { reason = "又坏了" }),
            30 => Create("users", new { userName = "u" + random.Next(99), displayName = "人" + random.Next(99), role = "sales", department = Pick("华东", "华北", null) }),
            31 or 32 => Merge(),
            33 => merges.IsEmpty ? Merge() : Unmerge(),
            35 or 36 => Relate(),
            34 => api.Post($"customers/{Any("customers")}/duplicates/{Any("customers")}/{Pick("dismiss", "reopen")}"),
            _ => random.Next(2) == 0
                ? api.Patch("users/" + Any("users"), new { displayName = "人" + random.Next(99), department = Pick("华东", null) })
                : api.Post("pipelines", new { name = "流程" + random.Next(9), stages = new[] { new { code = "lead", name = "线索", kind = "open" }, new { code = "won", name = "成交", kind = "won" }, new { code = "lost", name = "输单", kind = "lost" } } }),
        };

        private async Task<Reply> Merge()
        {
            var target = Any("customers");
            var reply = await api.Post($"customers/{target}/merge", new { sourceId = Any("customers"), fields = new { name = Pick("source", "target"), phone = Pick("source", "target") } });
            if ((int)reply.Status == 200) merges.Add((target, reply["mergeId"]!.GetValue<Guid>()));
            return reply;
        }

        private Task<Reply> Unmerge()
        {
            var (target, merge) = merges.ElementAt(random.Next(merges.Count));
            return api.Post($"customers/{target}/unmerge", new { mergeId = merge });
        }

        private async Task<Reply> Relate()
        {
            if (random.Next(2) == 0 && relations.TryPeek(out var known))
            {
                var path = $"customers/{(random.Next(2) == 0 ? known.One : known.Other)}/relations/{known.Id}";
                return random.Next(4) switch
                {
                    0 => await api.Delete(path),
                    1 => await api.Post($"customers/{known.Other}/erase", new { reason = "request" }),
                    _ => await api.Patch(path, new { kind = Pick("supplier", "client", "partner"), label = "第" + random.Next(9), note = "说明" + random.Next(99) }),
                };
            }
            var (one, other) = (Any("customers"), Any("customers"));
            var reply = await api.Post($"customers/{one}/relations", new { otherId = other, kind = Pick("supplier", "client", "shareholder", "other"), label = "第" + random.Next(9), note = "说明", businessDate = Day() });
            if ((int)reply.Status == 201) relations.Push((reply.Id, one, other));
            return reply;
        }

        private async Task<Reply> Create(string collection, object body)
        {
            var reply = await api.Post(collection, body, ("X-Allow-Duplicate", "true"));
            if ((int)reply.Status == 201) ids.GetOrAdd(collection, _ => []).Add(reply.Id);
            return reply;
        }

        private Guid Any(string collection) => ids.TryGetValue(collection, out var known) && known.Count > 0 ? known[random.Next(known.Count)] : Guid.CreateVersion7();

        private string Name() => Names[random.Next(Names.Length)] + random.Next(60);

        private string? Day() => random.Next(3) == 0 ? DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Days - random.Next(1, 9))).ToString("O", CultureInfo.InvariantCulture) : null;

        private T Pick<T>(params ReadOnlySpan<T> of) => of[random.Next(of.Length)];
    }
}
