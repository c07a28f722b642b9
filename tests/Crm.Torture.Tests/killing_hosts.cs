using Xunit;

namespace Crm.Torture.Tests;

public sealed class killing_hosts(Server server)
{
    [Fact]
    public async Task leaves_every_acknowledged_command_in_the_log_exactly_once_and_every_message_handled()
    {
        var kills = Torture.Of(3, 100);
        var random = new Random(Torture.Seed);
        var database = await server.CreateDatabaseAsync();
        await server.ExecuteAsync(database, Messages.Schema);
        await using var receiver = await Receiver.StartAsync();
        await using var node = new Node(server, database, Messages.Extra) { Receiver = receiver.Address };
        await node.StartAsync();
        var ledger = new Ledger();
        var writers = new Writers(ledger, _ => node.Address, await node.TokenAsync(), "kill");
        using var administrator = await Administrator.SignInAsync(node);
        var rebuilds = 0;
        using var stop = new CancellationTokenSource();
        var work = writers.RunAsync(16, stop.Token);
        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(random.Next(20, Torture.Of(1_500, 1_000)));
            await node.KillAsync();
            await node.StartAsync();
            // A rebuild is under way at most of the kills.
            if (kill % 2 == 1) rebuilds += await administrator.RebuildAsync(kill % 4 == 1 ? "customer.customers" : "pipeline.customers") ? 1 : 0;
            if (kill % 10 == 0) Torture.Say($"kill {kill} of {kills}, {ledger.Acknowledged} acknowledged, {ledger.Retried} retried");
        }
        await stop.CancelAsync();
        await work;

        var count = await ledger.CountAsync(server.To(database), "kill:");
        await Torture.Until("the projections have caught up", async () => await node.LagAsync() == 0);
        await Torture.Until("the rebuilds are done", async () => !await administrator.AnyRebuildAsync());
        var messages = await MessageCount.AsOf(server, database, receiver);
        var (tables, rows) = await FreshFold.EqualsAsync(server, database);
        Torture.Report("kill -9 of the host under 16 writers",
            [("kills", kills), ("rebuilds begun", rebuilds), ("retried", ledger.Retried), ("answered from the first time", ledger.Replayed), .. count.Rows, .. messages.Rows, ("tables equal to a fresh fold", tables), ("rows of these", rows)]);
        Torture.Say($"  retried for: {ledger.Troubles}");
        ledger.IsClean();
        count.IsExactlyOnce();
        messages.IsExactlyOnce();
    }
}
