using Crm.EventStore;
using Crm.Host;
using Crm.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Runner.InProc.SystemConsole;

namespace Crm.Torture.Tests;

/// <summary>The test runner, or a host with what only the tests need.</summary>
internal static class EntryPoint
{
    /// <summary>First argument that makes the process a host; the others name what it has besides the product's.</summary>
    public const string Node = "node";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [Node, .. var extras]) return await ConsoleRunner.Run(arguments);

        await using var host = await CrmHost.BuildAsync([]);
        var store = host.App.Services.GetRequiredService<DocumentStore>();
        if (extras.Contains(Counts.ProjectionName)) store.Projections.Add(new Counts(), ProjectionLifecycle.Async);
        if (extras.Contains(Poison.ProjectionName)) store.Projections.Add(new Poison(), ProjectionLifecycle.Async);
        if (extras.Contains(Messages.Extra)) Messages.Add(store, host.App.Services.GetRequiredService<MessagingOptions>());
        await host.App.RunAsync();
        return 0;
    }
}
