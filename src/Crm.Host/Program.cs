using Crm.Host;

await using var host = await CrmHost.BuildAsync(args);
await host.App.RunAsync();
