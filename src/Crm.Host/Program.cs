using Crm.Host;

var app = await CrmHost.BuildAsync(args);
await app.RunAsync();
