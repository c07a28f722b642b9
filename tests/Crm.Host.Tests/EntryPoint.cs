using Xunit.Runner.InProc.SystemConsole;

namespace Crm.Host.Tests;

/// <summary>The test runner, or a process that owns a server until somebody kills it.</summary>
internal static class EntryPoint
{
    /// <summary>First argument that makes the process own a server; the second is its directory.</summary>
    public const string OwnServer = "own-server";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [OwnServer, var home]) return await ConsoleRunner.Run(arguments);

        await using var server = await EmbeddedPostgres.StartAsync(new(home));
        Console.WriteLine(server.ConnectionString);
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
