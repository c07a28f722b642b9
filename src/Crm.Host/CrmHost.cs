using Crm.Analytics;
using Crm.Customers;
using Crm.EventStore;
using Crm.Http;
using Crm.Identity;
using Crm.Imports;
using Crm.Pipeline;
using Crm.Service;
using Npgsql;

namespace Crm.Host;

/// <summary>Composes the modules into one application.</summary>
public static class CrmHost
{
    /// <summary>Every schema of the application, in the order in which it is applied.</summary>
    public static IEnumerable<Migration> Migrations =>
    [
        .. Migrator.EventStore, .. HttpModule.Migrations, .. IdentityModule.Migrations, .. CustomerModule.Migrations, .. PipelineModule.Migrations,
        .. ServiceModule.Migrations, .. AnalyticsModule.Migrations, .. ImportsModule.Migrations,
    ];

    /// <summary>A store with every module's event types and projections.</summary>
    public static DocumentStore OpenStore(NpgsqlDataSource dataSource, TimeZoneInfo zone, TimeProvider clock)
    {
        var options = new StoreOptions { DataSource = dataSource, TimeZone = zone, Clock = clock };
        IdentityModule.Configure(options);
        CustomerModule.Configure(options);
        PipelineModule.Configure(options);
        ServiceModule.Configure(options);
        AnalyticsModule.Configure(options);
        ImportsModule.Configure(options);
        return new DocumentStore(options);
    }

    /// <summary>The data source of the application: statements used again are prepared.</summary>
    public static NpgsqlDataSource OpenDatabase(string connectionString) =>
        new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 100, AutoPrepareMinUsages = 2, ApplicationName = "crm" }.ConnectionString).Build();

    /// <summary>Builds the application: database migrated, modules registered and mapped.</summary>
    public static async Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        var connectionString = builder.Configuration.GetConnectionString("Crm") ?? throw new InvalidOperationException("ConnectionStrings__Crm is not set.");
        var dataSource = OpenDatabase(connectionString);
        await Migrator.ApplyAsync(dataSource, Migrations);

        var services = builder.Services;
        services.AddSingleton(dataSource);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(s => OpenStore(dataSource, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"), s.GetRequiredService<TimeProvider>()));
        services.AddHostedService(s =>
        {
            var daemon = s.GetRequiredService<DocumentStore>().Daemon;
            daemon.Logger = s.GetRequiredService<ILogger<ProjectionDaemon>>();
            return daemon;
        });
        services.AddCrmHttp().AddIdentity().AddCustomer().AddPipeline().AddService().AddAnalytics().AddImports();
        services.AddAuthorization();

        var app = builder.Build();
        app.UseExceptionHandler(_ => { });
        app.UseIdentity();
        app.MapConnect();
        var api = app.MapGroup("/api/v1");
        api.MapIdentity();
        api.MapCustomer();
        api.MapPipeline();
        api.MapService();
        api.MapAnalytics();
        api.MapImports();
        return app;
    }
}
