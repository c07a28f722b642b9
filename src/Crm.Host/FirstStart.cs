using Crm.Identity;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;

namespace Crm.Host;

/// <summary>Accounts of a first start, and what a person at the console wants to know.</summary>
internal sealed partial class FirstStart(IServiceProvider services, IConfiguration configuration, IServer server, IHostApplicationLifetime lifetime, DemoOrganisation demo, ILogger<FirstStart> logger) : BackgroundService
{
    private const string DemoPassword = IdentityModule.DemoPassword;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (lifetime.ApplicationStarted.Register(() => started.TrySetResult()))
            await started.Task.WaitAsync(stoppingToken);
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";
        if (configuration.GetValue<bool>("Crm:Demo"))
        {
            await Patiently(() => IdentityModule.CreateDemoAccountsAsync(services, DemoPassword, "demo-integrator", "demo-integrator-secret", stoppingToken), stoppingToken);
            Tell($"""

                  CRM            {address}
                  API            {address}/swagger
                  Accounts       admin  manager  sales  service   password {DemoPassword}
                  API client     demo-integrator   secret demo-integrator-secret   POST {address}/connect/token

                """);
            if (configuration.GetValue("Crm:DemoData", true)) await LoadDemo(address, stoppingToken);
        }
        else
        {
            string? token = null;
            await Patiently(async () => token = await IdentityModule.CreateAdministratorAsync(services, stoppingToken), stoppingToken);
            Tell(token is null
                ? $"\n  CRM            {address}\n"
                : $"\n  CRM            {address}\n  First start: set the administrator's password (user admin) within three days at\n  {address}/set-password#token={token}\n");
        }
    }

    /// <summary>A person reads it as it is; where a machine reads the console it is a record like all others.</summary>
    private void Tell(string text)
    {
        if (Logs.AreJson(configuration)) LogStarted(logger, string.Join("; ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        else Console.WriteLine(text);
    }

    /// <summary>A database that goes away must not take the host with it.</summary>
    private async Task Patiently(Func<Task> work, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (NpgsqlException e)
            {
                LogRetry(logger, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(2), ct);
            }
        }
    }

    /// <summary>The host serves also when the demo cannot be loaded; the next start tries again.</summary>
    private async Task LoadDemo(string address, CancellationToken ct)
    {
        try
        {
            await demo.LoadAsync(new Uri(address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "127.0.0.1", StringComparison.Ordinal)), DemoPassword, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            LogDemo(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Text}")]
    private static partial void LogStarted(ILogger logger, string text);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database did not answer ({Error}); trying again")]
    private static partial void LogRetry(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "The demo organisation is not complete; the next start goes on with it")]
    private static partial void LogDemo(ILogger logger, Exception exception);
}
