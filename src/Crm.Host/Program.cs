using System.Runtime.InteropServices;
using Crm.EventStore;
using Crm.Host;

if (args is ["rebuild", _, ..] or ["encrypt", ..])
{
    using var stop = new CancellationTokenSource();
    using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    try
    {
        await using var program = await CrmHost.BuildAsync([.. args[(args[0] == "encrypt" ? 1 : 2)..], "--Logging:LogLevel:Default=Warning"]);
        var store = program.App.Services.GetRequiredService<DocumentStore>();
        return await (args[0] == "encrypt" ? ConsoleEncrypt.RunAsync(store, Console.Out, stop.Token) : ConsoleRebuild.RunAsync(store, args[1], Console.Out, stop.Token));
    }
    catch (InvalidOperationException e)
    {
        // The embedded server belongs to a host that runs: that host can be asked by its page or API.
        Console.Error.WriteLine(e.Message);
        return 1;
    }

    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.Cancel();
    }
}

await using var host = await CrmHost.BuildAsync(args);
await host.App.RunAsync();
return 0;
