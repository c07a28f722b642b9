using Crm.EventStore;
using Crm.Host;
using Npgsql;
using Shouldly;

namespace Crm.Torture.Tests;

/// <summary>The log of a database folded anew in another one, and every table compared row by row.</summary>
internal static class FreshFold
{
    private const int Page = 1_000;

    /// <summary>Insists that they are equal, and gives the number of tables and of rows that were compared.</summary>
    public static async Task<(int Tables, long Rows)> EqualsAsync(Server server, string database)
    {
        var fresh = await server.CreateBareDatabaseAsync();
        IReadOnlyList<string> tables;
        await using (var source = NpgsqlDataSource.Create(server.To(database)))
        await using (var target = CrmHost.OpenDatabase(server.To(fresh)))
        {
            await CopyAsync(source, target, "events.mt_streams");
            await CopyAsync(source, target, "events.mt_events");
            await CopyAsync(source, target, "vault.keys");
            tables = await FoldAsync(target);
        }
        var rows = 0L;
        var differing = new List<string>();
        foreach (var table in tables)
        {
            var (live, folded) = (await SumAsync(server, database, table), await SumAsync(server, fresh, table));
            rows += live.Rows;
            if (live != folded) differing.Add($"{table}: {live.Rows} rows live, {folded.Rows} folded anew");
        }
        differing.ShouldBeEmpty(string.Join("; ", differing) + $" (databases {database} and {fresh})");
        NpgsqlConnection.ClearAllPools();
        await server.ExecuteAsync("postgres", $"drop database {fresh} with (force)");
        return (tables.Count, rows);
    }

    /// <returns>The tables of the projections.</returns>
    private static async Task<IReadOnlyList<string>> FoldAsync(NpgsqlDataSource target)
    {
        var personal = await PersonalSetup.OpenAsync(target, new MasterKeys(Node.MasterKey));
        var store = CrmHost.OpenStore(target, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"), TimeProvider.System, personal);
        foreach (var projection in store.Projections.Inline) await InlineAsync(store, projection);
        await store.Daemon.StartAsync(default);
        try
        {
            (await store.Daemon.CatchUpAsync(TimeSpan.FromMinutes(Torture.Of(1, 20)))).ShouldBeTrue();
        }
        finally
        {
            await store.Daemon.StopAsync(default);
        }
        return [.. store.Projections.All.SelectMany(p => p.Tables).Distinct().Order(StringComparer.Ordinal)];
    }

    private static async Task InlineAsync(DocumentStore store, Projection projection)
    {
        string[] types = [.. projection.Events.SelectMany(store.Events.Aliases)];
        for (var last = 0L; ;)
        {
            var page = await store.Query.FetchLogAsync(last, long.MaxValue, types, Page);
            if (page.Count == 0) return;
            // As it was saved: what one event finds in the tables, the ones before have left there.
            foreach (var save in page.GroupBy(e => (e.StreamId, e.Timestamp)))
            {
                var sql = new SqlBatch();
                await projection.ApplyAsync([.. save], store, sql, default);
                if (sql.Commands.Count == 0) continue;
                await using var batch = store.DataSource.CreateBatch();
                sql.MoveTo(batch);
                await batch.ExecuteNonQueryAsync();
            }
            last = page[^1].Sequence;
        }
    }

    private static async Task CopyAsync(NpgsqlDataSource source, NpgsqlDataSource target, string table)
    {
        await using var from = await source.OpenConnectionAsync();
        await using var to = await target.OpenConnectionAsync();
        await using var reader = await from.BeginRawBinaryCopyAsync($"copy {table} to stdout (format binary)");
        await using var writer = await to.BeginRawBinaryCopyAsync($"copy {table} from stdin (format binary)");
        await reader.CopyToAsync(writer);
    }

    private static async Task<(long Rows, string Sum)> SumAsync(Server server, string database, string table)
    {
        var sums = await server.QueryAsync<string>(database,
            $"select count(*) || ' ' || coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0) || ' ' || coalesce(bit_xor(('x' || substr(md5(t::text), 16, 15))::bit(60)::bigint), 0) from {table} t");
        return (long.Parse(sums[0].Split(' ')[0], null), sums[0]);
    }
}
