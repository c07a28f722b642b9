using Crm.EventStore;
using Crm.Host;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Runner.InProc.SystemConsole;

namespace Crm.Torture.Tests;

/// <summary>The test runner, or a host with what only the tests need.</summary>
internal static class EntryPoint
{
    /// <summary>First argument that makes the process a host; the others name the projections it has besides the product's.</summary>
    public const string Node = "node";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [Node, .. var extras]) return await ConsoleRunner.Run(arguments);

        await using var host = await CrmHost.BuildAsync([]);
        var projections = host.App.Services.GetRequiredService<DocumentStore>().Projections;
        if (extras.Contains(Counts.ProjectionName)) projections.Add(new Counts(), ProjectionLifecycle.Async);
        if (extras.Contains(Poison.ProjectionName)) projections.Add(new Poison(), ProjectionLifecycle.Async);
        await host.App.RunAsync();
        return 0;
    }
}
