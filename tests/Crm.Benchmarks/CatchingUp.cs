using Crm.EventStore;

namespace Crm.Benchmarks;

/// <summary>The daemon folding a log that is there, before what is measured.</summary>
internal static class CatchingUp
{
    /// <summary>Starts a daemon with one projection and waits until it has folded the log.</summary>
    public static async Task Run(Bench bench, Projection projection)
    {
        var store = bench.Store(projection);
        await store.Daemon.StartAsync(CancellationToken.None);
        try
        {
            if (!await store.Daemon.CatchUpAsync(TimeSpan.FromMinutes(30))) throw new InvalidOperationException($"The projection stopped: {store.Daemon.Status[0].Error}");
        }
        finally
        {
            await store.Daemon.StopAsync(CancellationToken.None);
        }
    }
}
