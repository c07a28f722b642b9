using System.Runtime.InteropServices;
using Crm.EventStore;
using Crm.Host;

if (args is ["rebuild", var which, .. var settings])
{
    using var stop = new CancellationTokenSource();
    using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    try
    {
        await using var program = await CrmHost.BuildAsync([.. settings, "--Logging:LogLevel:Default=Warning"]);
        return await ConsoleRebuild.RunAsync(program.App.Services.GetRequiredService<DocumentStore>(), which, Console.Out, stop.Token);
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
