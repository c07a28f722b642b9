using System.Globalization;
using Crm.EventStore;

namespace Crm.Host;

/// <summary>
/// Encrypts personal data in events of an older database, then builds every read model anew: <c>Crm.Host encrypt</c>. Hosts of this version may run on the same
/// database meanwhile; those of an older one must not, since they would go on writing in plain. What was broken off is done again and finds less to do.
/// </summary>
internal static class ConsoleEncrypt
{
    /// <summary>Rewrites, says so in the log, and rebuilds.</summary>
    /// <returns>0 if all was done, else as <see cref="ConsoleRebuild"/>.</returns>
    public static async Task<int> RunAsync(DocumentStore store, TextWriter output, CancellationToken ct)
    {
        long rewritten;
        try
        {
            rewritten = await new LogEncryption(store).RunAsync((looked, so) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{looked:N0} events looked at, {so:N0} encrypted")), ct);
        }
        catch (OperationCanceledException)
        {
            await output.WriteLineAsync("Broken off; start it again to go on.");
            return 130;
        }
        await using (var session = store.OpenSession(new EventContext("console", "console")))
        {
            session.Append<OperationsLog>(OperationsLog.Stream, null, [new LogEncrypted(rewritten)]);
            await session.SaveChangesAsync(ct);
        }
        // Also when nothing was found: whoever broke off before may have left read models of the old events.
        return await ConsoleRebuild.RunAsync(store, "all", output, ct);
    }
}
