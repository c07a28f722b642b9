using System.Runtime.InteropServices;
using Crm.Build;

using var stop = new CancellationTokenSource();
var signals = new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
    .Select(signal => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    })).ToList();

try
{
    return await (args switch
    {
        ["run"] => RunVerb.RunAsync(stop.Token),
        ["cluster", .. var hosts] when hosts.Length <= 1 => ClusterVerb.RunAsync(hosts is [var count] ? count : "3", stop.Token),
        ["test"] => new TestVerb(filter: null).RunAsync(stop.Token),
        ["test", var filter] => new TestVerb(filter).RunAsync(stop.Token),
        ["torture", .. var names] when names.Length <= 1 => TortureVerb.RunAsync(names.FirstOrDefault(), stop.Token),
        ["rebuild", _] or ["encrypt"] => RebuildVerb.RunAsync(args, stop.Token),
        ["bench", .. var names] => BenchVerb.RunAsync(names, stop.Token),
        ["format", .. var options] => FormatVerb.RunAsync(options, stop.Token),
        ["help" or "--help" or "-h"] or [] => HelpVerb.RunAsync(),
        _ => throw new StepFailedException($"Unknown: {string.Join(' ', args)}. 'dotnet run --project build help' lists the verbs."),
    });
}
catch (StepFailedException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}
finally
{
    signals.ForEach(signal => signal.Dispose());
}
