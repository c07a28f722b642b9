using System.Globalization;
using Shouldly;
using Xunit;

namespace Crm.Torture.Tests;

[Trait("Category", "Long")]
public sealed class a_full_disk(Server server)
{
    private const string Tablespace = "torture_small";

    [Fact]
    public async Task refuses_with_503_corrupts_nothing_and_recovers_by_itself()
    {
        var times = Torture.Of(1, 5);
        await using var disk = await SmallDisk.OpenAsync();
        var folder = Directory.CreateDirectory(Path.Combine(disk.Folder, "tablespace")).FullName;
        await server.OwnAsync(folder);
        await server.ExecuteAsync("postgres", $"create tablespace {Tablespace} location '{folder}'");
        var database = await server.CreateDatabaseAsync(Tablespace);
        try
        {
            await using var node = new Node(server, database);
            await node.StartAsync();
            await FillAsync(disk, node, database, times);
        }
        finally
        {
            Npgsql.NpgsqlConnection.ClearAllPools();
            await server.ExecuteAsync("postgres", $"drop database {database} with (force)");
            await server.ExecuteAsync("postgres", $"drop tablespace {Tablespace}");
        }
    }

    private async Task FillAsync(SmallDisk disk, Node node, string database, int times)
    {
        var ledger = new Ledger();
        using var stop = new CancellationTokenSource();
        var work = new Writers(ledger, _ => node.Address, await node.TokenAsync(), "disk").RunAsync(8, stop.Token);
        await Torture.Until("commands are answered", () => Task.FromResult(ledger.Acknowledged > 100));
        for (var time = 1; time <= times; time++)
        {
            var refused = ledger.Of("503");
            disk.Fill();
            await Torture.Until("commands are refused", () => Task.FromResult(ledger.Of("503") > refused + Torture.Of(100, 500)));
            disk.Free();
            var answered = ledger.Acknowledged;
            await Torture.Until("commands are answered again", () => Task.FromResult(ledger.Acknowledged > answered + 100));
        }
        await stop.CancelAsync();
        await work;

        var count = await ledger.CountAsync(server.To(database), "disk:");
        await Torture.Until("the projections have caught up", async () => await node.LagAsync() == 0);
        var (tables, rows) = await FreshFold.EqualsAsync(server, database);
        Torture.Report("disk full under 8 writers",
            [
                ("times full", times), ("refused with 503", ledger.Of("503 database_unavailable")), ("retried", ledger.Retried), .. count.Rows,
                ("tables equal to a fresh fold", tables), ("rows of these", rows),
            ]);
        Torture.Say($"  retried for: {ledger.Troubles}");
        ledger.IsClean();
        count.IsExactlyOnce();
        ledger.Of("503").ShouldBe(ledger.Of("503 database_unavailable"), string.Create(CultureInfo.InvariantCulture, $"other answers: {ledger.Troubles}"));
    }
}
