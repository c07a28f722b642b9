using Crm.Analytics;
using Crm.Customers;
using Crm.EventStore;
using Crm.Exports;
using Crm.Http;
using Crm.Identity;
using Crm.Imports;
using Crm.Messaging;
using Crm.Pipeline;
using Crm.Service;
using FluentValidation;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Crm.Host;

/// <summary>The modules composed into one application, with the database it runs on.</summary>
public sealed partial class CrmHost : IAsyncDisposable
{
    private readonly NpgsqlDataSource database;
    private readonly EmbeddedPostgres? embedded;

    private CrmHost(WebApplication app, NpgsqlDataSource database, EmbeddedPostgres? embedded) => (App, this.database, this.embedded) = (app, database, embedded);

    /// <summary>The application, ready to run.</summary>
    public WebApplication App { get; }

    /// <summary>Every schema of the application, in the order in which it is applied.</summary>
    public static IEnumerable<Migration> Migrations =>
    [
        .. Migrator.EventStore, .. MessagingModule.Migrations, .. HttpModule.Migrations, .. IdentityModule.Migrations, .. CustomerModule.Migrations, .. PipelineModule.Migrations,
        .. ServiceModule.Migrations, .. AnalyticsModule.Migrations, .. ImportsModule.Migrations, .. ExportsModule.Migrations,
        .. Migration.Embedded(typeof(CrmHost).Assembly, "host"),
    ];

    /// <summary>A store with every module's event types and projections. Without <paramref name="personal"/> personal data stays in plain, for looking at the store only.</summary>
    public static DocumentStore OpenStore(NpgsqlDataSource dataSource, TimeZoneInfo zone, TimeProvider clock, PersonalData? personal = null)
    {
        var options = new StoreOptions { DataSource = dataSource, Personal = personal, TimeZone = zone, Clock = clock, Search = texts => SearchText.Of(texts) is var search ? (search.Text, search.Grams) : default };
        MessagingModule.Configure(options);
        HttpModule.Configure(options);
        IdentityModule.Configure(options);
        CustomerModule.Configure(options);
        PipelineModule.Configure(options);
        ServiceModule.Configure(options);
        AnalyticsModule.Configure(options);
        ImportsModule.Configure(options);
        ExportsModule.Configure(options);
        options.Events.Add<LogEncrypted>().Add<ProjectionRebuildRequested>().Add<ProjectionRebuildCancelled>().Add<ProjectionRetried>().Add<ProjectionEventSkipped>();
        return new DocumentStore(options);
    }

    /// <summary>Every queue with its handlers, and what is sent at stated times.</summary>
    public static MessagingOptions Messaging(IConfiguration configuration)
    {
        var messaging = new MessagingOptions();
        Housekeeping.Add(messaging, configuration);
        IdentityModule.Configure(messaging, configuration);
        CustomerModule.Configure(messaging, configuration);
        ImportsModule.Configure(messaging, configuration);
        ExportsModule.Configure(messaging);
        AnalyticsModule.Configure(messaging);
        messaging.AddMail(SmtpSettings.Of(configuration));
        messaging.AddHttp(configuration.GetSection("Crm:Http:AllowedHosts").Get<string[]>() ?? []);
        return messaging;
    }

    /// <summary>
    /// The data source of the application: statements used again are prepared, connections carry the node's name, and a transaction that a
    /// frozen node left open ends by itself, so that it can hold neither rows nor the high-water mark for long. Connections are not reset
    /// between uses: whoever takes a session lock releases it, and settings are local to a transaction.
    /// </summary>
    public static NpgsqlDataSource OpenDatabase(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 100, AutoPrepareMinUsages = 2, ApplicationName = NodeName, NoResetOnClose = true };
        // Statements here take milliseconds; to compile one, as the server does where it expects much work, takes a hundred.
        settings.Options = $"-c jit=off {settings.Options} -c idle_in_transaction_session_timeout=10000";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "crm" }.Build();
    }

    /// <summary>How this process is called where several nodes share a database.</summary>
    public static string NodeName { get; } = $"crm {Environment.MachineName[..Math.Min(40, Environment.MachineName.Length)]}:{Environment.ProcessId}";

    /// <summary>Builds the application: database started where none is configured, migrated, modules registered and mapped.</summary>
    /// <param name="args">Command line of the host, standard ASP.NET Core configuration.</param>
    /// <param name="configure">Last changes before the application is built.</param>
    public static async Task<CrmHost> BuildAsync(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        // Standard addresses win: --urls, ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS.
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null) builder.WebHost.UseUrls("http://127.0.0.1:5080");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        Https.Add(builder);
        Logs.Add(builder);
        Telemetry.AddTraces(builder);
        configure?.Invoke(builder);

        // Before anything is written: without a key there is nothing to begin with. A key management service is registered by whoever composes the host.
        var masters = builder.Services.FirstOrDefault(s => s.ServiceType == typeof(IKeyManagement))?.ImplementationInstance as IKeyManagement ?? PersonalSetup.Masters(builder.Configuration);
        EmbeddedPostgres? embedded = null;
        var connectionString = builder.Configuration.GetConnectionString("Crm");
        if (string.IsNullOrEmpty(connectionString))
        {
            using var early = Logs.Early(builder.Configuration);
            var logger = early.CreateLogger("Crm.Host.EmbeddedPostgres");
            embedded = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(Path.GetFullPath(Path.Combine(builder.Configuration["Crm:DataDirectory"] ?? ".data", "postgres")))
            {
                Binaries = builder.Configuration["Crm:PostgresBinaries"],
                Report = Logs.AreJson(builder.Configuration) ? line => LogPostgres(logger, line) : Console.WriteLine,
            });
            connectionString = embedded.ConnectionString;
        }
        try
        {
            var dataSource = OpenDatabase(connectionString);
            await Migrator.ApplyAsync(dataSource, Migrations);
            var personal = await PersonalSetup.OpenAsync(dataSource, masters);
            Register(builder, dataSource, connectionString, personal);
            if (masters is VaultTransit vault) builder.Services.AddHealthChecks().AddCheck("keys", vault, timeout: TimeSpan.FromSeconds(6));
            var app = builder.Build();
            Map(app);
            return new CrmHost(app, dataSource, embedded);
        }
        catch
        {
            if (embedded is not null) await embedded.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the application, closes its connections and stops the database that was started for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        // Made before the container, so the container does not close it: its connections would stay with the server.
        await database.DisposeAsync();
        if (embedded is not null) await embedded.DisposeAsync();
    }

    private static void Register(WebApplicationBuilder builder, NpgsqlDataSource dataSource, string connectionString, PersonalData personal)
    {
        var services = builder.Services;
        var zone = TimeZoneInfo.FindSystemTimeZoneById(builder.Configuration["Crm:TimeZone"] ?? "Asia/Shanghai");
        services.AddSingleton(dataSource);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => OpenStore(dataSource, zone, s.GetRequiredService<TimeProvider>(), personal));
        services.AddHostedService(s =>
        {
            var daemon = s.GetRequiredService<DocumentStore>().Daemon;
            daemon.Logger = s.GetRequiredService<ILogger<ProjectionDaemon>>();
            return daemon;
        });
        services.AddSingleton(s => new DemoOrganisation(dataSource, s.GetRequiredService<TimeProvider>(), zone, s.GetRequiredService<ILogger<DemoOrganisation>>()));
        services.AddHostedService<FirstStart>();
        services.AddCrmHttp().AddIdentity().AddCustomer().AddPipeline().AddService().AddAnalytics().AddImports().AddExports();
        services.AddSingleton<IValidator<RebuildProjection>, RebuildProjection.Validator>();
        services.AddSingleton<IValidator<SkipProjectionEvent>, SkipProjectionEvent.Validator>();
        services.AddMessaging(Messaging(builder.Configuration), dataSource);
        services.AddAuthorization();
        services.AddSingleton<ProjectionLag>().AddSingleton<Metrics>().AddSingleton<Figures>().AddHostedService(s => s.GetRequiredService<Figures>());
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(builder.Configuration.GetSection("Crm:AllowedOrigins").Get<string[]>() ?? [])
            .AllowAnyMethod().AllowAnyHeader().AllowCredentials()
            .WithExposedHeaders("ETag", "Location", "Crm-Sequence", "Crm-Stale", "Retry-After", "Upload-Offset", "Upload-Length", "Upload-Complete")));
        WebPage.AddCompression(services);
        Health.Add(services, connectionString);
        OpenApi.Add(services);
    }

    private static void Map(WebApplication app)
    {
        // Listening from the start, so that nothing before the first look is lost.
        app.Services.GetRequiredService<Metrics>();
        Https.Use(app);
        SecurityHeaders.Use(app);
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(context => Problems.WriteStatusAsync(context.HttpContext));
        Https.Demand(app);
        app.UseCrmHttp();
        OpenApi.Use(app);
        app.UseRouting();
        Telemetry.Use(app);
        app.UseCors();
        // Before who is calling is asked: what a provider sends back is handled there.
        app.UseRateLimiter();
        app.UseIdentity();
        app.MapConnect();
        Health.Map(app);
        Metrics.Map(app);
        var api = app.MapGroup("/api/v1");
        api.MapIdentity();
        api.MapFields();
        api.MapCustomer();
        api.MapPipeline();
        api.MapService();
        api.MapAnalytics();
        api.MapImports();
        api.MapExports();
        api.MapSearch();
        Figures.Map(api);
        Projections.Map(api);
        ProjectionCommands.Map(api);
        Messages.Map(api);
        WebPage.Use(app);
        // Grouped endpoints are made, and their handlers compiled, each time a part of the framework asks for them: asked once here, they are kept.
        var sources = ((IEndpointRouteBuilder)app).DataSources;
        var endpoints = new DefaultEndpointDataSource(sources.SelectMany(source => source.Endpoints).ToList());
        sources.Clear();
        sources.Add(endpoints);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Line}")]
    private static partial void LogPostgres(ILogger logger, string line);
}
