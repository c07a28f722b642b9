using Shouldly;
using Xunit;

namespace Crm.Torture.Tests;

public sealed class losing_the_database(Server server)
{
    [Fact]
    public async Task in_the_middle_of_a_commit_gives_one_effect_when_the_key_is_repeated()
    {
        var commands = Torture.Of(6, 150);
        var database = await server.CreateDatabaseAsync();
        using var proxy = new Proxy(() => server.Port, "cut:");
        await using var node = new Node(server, database) { DatabasePort = proxy.Port };
        await node.StartAsync();
        var ledger = new Ledger();
        var writers = new Writers(ledger, _ => node.Address, await node.TokenAsync(), "cut");
        proxy.OneIn = 5;
        await writers.RunAsync(16, CancellationToken.None, commands);
        proxy.OneIn = 0;

        var count = await ledger.CountAsync(server.To(database), "cut:");
        await Torture.Until("the projections have caught up", async () => await node.LagAsync() == 0);
        var (tables, rows) = await FreshFold.EqualsAsync(server, database);
        Torture.Report("connections cut in the middle of a commit",
            [
                ("cut before the statements", proxy.Count(Cut.Before)), ("cut after the statements", proxy.Count(Cut.After)), ("cut after the answer", proxy.Count(Cut.Answered)),
                ("retried", ledger.Retried), ("answered from the first time", ledger.Replayed), .. count.Rows, ("tables equal to a fresh fold", tables), ("rows of these", rows),
            ]);
        Torture.Say($"  retried for: {ledger.Troubles}");
        ledger.IsClean();
        count.IsExactlyOnce();
        proxy.Total.ShouldBeGreaterThan(commands);
        // The cuts met what they were made for: commands that had taken effect and were not answered.
        ledger.Replayed.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task and_having_it_again_loses_nothing_and_needs_no_hand()
    {
        var kills = Torture.Of(2, 20);
        var random = new Random(Torture.Seed);
        var database = await server.CreateDatabaseAsync();
        // The server comes back on another port; the proxy is the address that stays.
        using var proxy = new Proxy(() => server.Port, "");
        await using var node = new Node(server, database) { DatabasePort = proxy.Port };
        await node.StartAsync();
        var ledger = new Ledger();
        using var stop = new CancellationTokenSource();
        var work = new Writers(ledger, _ => node.Address, await node.TokenAsync(), "pg").RunAsync(16, stop.Token);
        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(random.Next(500, 1_500));
            await server.KillAndRestartAsync();
            var answered = ledger.Acknowledged;
            await Torture.Until("commands are answered again", () => Task.FromResult(ledger.Acknowledged > answered + 50));
            if (kill % 5 == 0) Torture.Say($"kill {kill} of {kills}, {ledger.Acknowledged} acknowledged, {ledger.Retried} retried");
        }
        await stop.CancelAsync();
        await work;

        var count = await ledger.CountAsync(server.To(database), "pg:");
        await Torture.Until("the projections have caught up", async () => await node.LagAsync() == 0);
        var (tables, rows) = await FreshFold.EqualsAsync(server, database);
        Torture.Report("kill -9 of PostgreSQL under 16 writers",
            [("kills", kills), ("retried", ledger.Retried), ("answered from the first time", ledger.Replayed), .. count.Rows, ("tables equal to a fresh fold", tables), ("rows of these", rows)]);
        Torture.Say($"  retried for: {ledger.Troubles}");
        ledger.IsClean();
        count.IsExactlyOnce();
    }
}
