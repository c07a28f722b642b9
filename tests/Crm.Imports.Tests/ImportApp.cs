using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Testing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Crm.Imports.Tests;

/// <summary>A node with the imports module and one target, over a real database and real HTTP.</summary>
public sealed class ImportApp : IAsyncDisposable
{
    private readonly WebApplication app;

    private ImportApp(WebApplication app, NpgsqlDataSource database, string connectionString)
    {
        this.app = app;
        Database = database;
        ConnectionString = connectionString;
        Store = app.Services.GetRequiredService<DocumentStore>();
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/api/v1/") };
        Client.DefaultRequestHeaders.Add("Test-Role", "admin");
        Client.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
    }

    public NpgsqlDataSource Database { get; }

    public string ConnectionString { get; }

    public DocumentStore Store { get; }

    public HttpClient Client { get; }

    /// <summary>A node on a database of its own.</summary>
    public static async Task<ImportApp> StartAsync(PostgresFixture postgres, params (string Key, string Value)[] settings)
    {
        var template = await postgres.TemplateAsync("imports", async connection =>
        {
            await using var db = NpgsqlDataSource.Create(connection);
            await Migrator.ApplyAsync(db, [.. Migrator.EventStore, .. HttpModule.Migrations, .. ImportsModule.Migrations, new Migration("test", "companies", CompanyDocuments.TableSql("companies"))]);
        });
        return await NodeAsync(await postgres.CreateDatabaseAsync(template), settings);
    }

    /// <summary>One more node on a database.</summary>
    public static async Task<ImportApp> NodeAsync(string connectionString, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var database = new NpgsqlDataSourceBuilder(connectionString).Build();
        var options = new StoreOptions { DataSource = database, TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"), Search = texts => SearchText.Of(texts) is var search ? (search.Text, search.Grams) : default };
        options.Events.Add<CompanyFounded>().Add<CompanyAltered>().Add<CompanyClosed>();
        options.Projections.Add(new CompanyDocuments(), ProjectionLifecycle.Async);
        HttpModule.Configure(options);
        ImportsModule.Configure(options);
        var store = new DocumentStore(options);
        var services = builder.Services;
        services.AddSingleton(database).AddSingleton(TimeProvider.System).AddSingleton(store).AddSingleton<IUserDirectory, NoNames>().AddSingleton<IAccessSource, OneAdministrator>();
        services.AddHostedService(_ => store.Daemon);
        services.AddCrmHttp().AddImports().AddSingleton<ImportTarget, CompaniesImport>();
        services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, TestCaller>("test", null);
        services.AddAuthorization();
        var app = builder.Build();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(context => Problems.WriteStatusAsync(context.HttpContext));
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGroup("/api/v1").MapImports();
        await app.StartAsync();
        return new ImportApp(app, database, connectionString);
    }

    public Task<JsonObject> UploadAsync(string csv, string name = "companies.csv") => UploadAsync(Encoding.UTF8.GetBytes(csv), name);

    public async Task<JsonObject> UploadAsync(byte[] file, string name)
    {
        using var answer = await SendAsync(file, name);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await ReadAsync(answer);
    }

    public async Task<HttpResponseMessage> SendAsync(byte[] file, string name, params (string, string)[] headers)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "file", name } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "imports") { Content = form };
        foreach (var (key, value) in headers) request.Headers.Add(key, value);
        return await Client.SendAsync(request);
    }

    public async Task<JsonObject> GetAsync(JsonNode import) => await ReadAsync(await Client.GetAsync(new Uri($"imports/{import["id"]}", UriKind.Relative)));

    public async Task<HttpResponseMessage> PostAsync(JsonNode import, string command) => await Client.PostAsync(new Uri($"imports/{import["id"]}/{command}", UriKind.Relative), null);

    public async Task<HttpResponseMessage> PatchAsync(JsonNode import, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json"));
        return await Client.PatchAsync(new Uri($"imports/{import["id"]}", UriKind.Relative), body);
    }

    /// <summary>The import once it is in the state.</summary>
    public async Task<JsonObject> UntilAsync(JsonNode import, string status) => await UntilAsync(import, i => (string?)i["status"] == status, status);

    public async Task<JsonObject> UntilAsync(JsonNode import, Func<JsonObject, bool> condition, string what = "the condition")
    {
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            using var answer = await Client.GetAsync(new Uri($"imports/{import["id"]}", UriKind.Relative));
            var now = await ReadAsync(answer);
            // While connections are being killed an answer may be 503, and nothing else.
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, now.ToJsonString());
                if (condition(now)) return now;
            }
            if (patience.IsCancellationRequested) throw new TimeoutException($"{what} did not come about: {now.ToJsonString()}");
            await Task.Delay(20);
        }
    }

    /// <summary>Upload, dry run, commit, done.</summary>
    public async Task<JsonObject> ImportAsync(string csv)
    {
        var import = await UntilAsync(await UploadAsync(csv), "checked");
        (await PostAsync(import, "commit")).StatusCode.ShouldBe(HttpStatusCode.OK);
        return await UntilAsync(import, "completed");
    }

    public async Task<IReadOnlyList<JsonObject>> RowsAsync(JsonNode import, string query = "")
    {
        var rows = new List<JsonObject>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await ReadAsync(await Client.GetAsync(new Uri($"imports/{import["id"]}/rows?limit=500&cursor={cursor}&{query}", UriKind.Relative)));
            rows.AddRange(page["data"]!.AsArray().Select(r => r!.AsObject()));
            cursor = (string?)page["page"]!["next"];
        }
        return rows;
    }

    public async Task<IReadOnlyList<Company>> CompaniesAsync()
    {
        (await Store.Daemon.CatchUpAsync(Patience.Limit)).ShouldBeTrue();
        var companies = new List<Company>();
        await using var command = Database.CreateCommand("select doc::text from companies where doc->>'closed' = 'false' order by doc->>'name'");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) companies.Add(System.Text.Json.JsonSerializer.Deserialize<Company>(reader.GetString(0), EventSerializer.Documents)!);
        return companies;
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), null);
    }

    /// <summary>Changes a company as somebody else would.</summary>
    public async Task AlterAsync(Guid id, string industry)
    {
        await using var session = Store.OpenSession(new EventContext("somebody", "page"));
        var stream = await session.FetchForWriting<Company>(id);
        stream.AppendMany(Company.Alter(stream.Aggregate!, industry, null, null, []).Events);
        await session.SaveChangesAsync();
    }

    public static async Task<JsonObject> ReadAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>The test's caller may do what its role says in a request, and everything in a job.</summary>
    private sealed class OneAdministrator : IAccessSource
    {
        public IReadOnlyCollection<Type> Events { get; } = [];

        public Task<AccessPicture> LoadAsync(CancellationToken ct) => Task.FromResult(new AccessPicture([], [], [], [KeyValuePair.Create("0199aaaa-0000-7000-8000-000000000001", "admin")]));
    }

    private sealed class NoNames : IUserDirectory
    {
        public Task<IReadOnlyDictionary<string, string>> NamesAsync(IEnumerable<string> ids, CancellationToken ct = default) =>
            Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());
    }

    private sealed class TestCaller(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (!Request.Headers.TryGetValue("Test-Role", out var role)) return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new("sub", "0199aaaa-0000-7000-8000-000000000001"), new("role", role.ToString())], "test", "sub", "role");
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), "test")));
        }
    }
}
