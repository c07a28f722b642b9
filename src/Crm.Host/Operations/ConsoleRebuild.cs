using System.Globalization;
using Crm.EventStore;

namespace Crm.Host;

/// <summary>
/// Builds projections anew without serving: <c>Crm.Host rebuild all</c> or the name of one. Hosts may run on the same database meanwhile,
/// since nothing is emptied; whoever of them takes the work does it, and this program shows how far it is.
/// </summary>
internal static class ConsoleRebuild
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks for the rebuilds one after the other and waits for each.</summary>
    /// <returns>0 if all were done, 1 if one failed or was cancelled, 2 if there is no such projection, 130 if it was broken off.</returns>
    public static async Task<int> RunAsync(DocumentStore store, string which, TextWriter output, CancellationToken ct)
    {
        var chosen = store.Projections.All.Where(p => which == "all" || p.Name == which).Select(p => p.Name).ToList();
        if (chosen.Count == 0)
        {
            await output.WriteLineAsync($"There is no projection '{which}'. There are: {string.Join(", ", store.Projections.All.Select(p => p.Name).Order(StringComparer.Ordinal))}.");
            return 2;
        }
        await store.Daemon.StartAsync(ct);
        try
        {
            var failed = false;
            foreach (var name in chosen) failed |= !await RebuildAsync(store, name, output, ct);
            return failed ? 1 : 0;
        }
        catch (OperationCanceledException)
        {
            await output.WriteLineAsync("Broken off; a host that starts goes on with it.");
            return 130;
        }
        finally
        {
            await store.Daemon.StopAsync(CancellationToken.None);
        }
    }

    private static async Task<bool> RebuildAsync(DocumentStore store, string name, TextWriter output, CancellationToken ct)
    {
        if ((await store.Daemon.RebuildsAsync(ct)).FirstOrDefault(r => r.Projection == name) is not { IsActive: true })
        {
            await using var session = store.OpenSession(new EventContext("console", "console", Reason: "asked for on the console"));
            session.Append<OperationsLog>(OperationsLog.Stream, null, [new ProjectionRebuildRequested(name)]);
            store.Daemon.Rebuild(name, "console", "asked for on the console", session.Sql);
            await session.SaveChangesAsync(ct);
        }
        using var timer = new PeriodicTimer(Tick);
        var last = "";
        while (true)
        {
            var r = (await store.Daemon.RebuildsAsync(ct)).Single(s => s.Projection == name);
            var line = string.Create(CultureInfo.InvariantCulture,
                $"{name}: {r.State} {r.Done:N0} of {r.Total:N0}{(r.Rate > 0 ? $", {r.Rate:N0}/s" : "")}{(r.RemainingSeconds is { } s ? $", {s:N0} s left" : "")}{(r.Error is null ? "" : $": {r.Error}")}");
            if (line != last) await output.WriteLineAsync(last = line);
            if (!r.IsActive) return r.State == "done";
            await timer.WaitForNextTickAsync(ct);
        }
    }
}
