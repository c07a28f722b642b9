using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Crm.EventStore.Tests;

/// <summary>A test on a database of its own, with the event schema and the bank's tables.</summary>
public abstract class StoreTest(PostgresFixture postgres) : IAsyncLifetime
{
    protected static readonly EventContext Somebody = new("somebody", "test");
    protected static readonly TimeSpan Patience = Crm.Testing.Patience.Limit;
    private readonly List<NpgsqlDataSource> dataSources = [];
    private readonly List<ProjectionDaemon> daemons = [];

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected PostgresFixture Postgres => postgres;

    protected string ConnectionString { get; private set; } = "";

    protected NpgsqlDataSource DataSource { get; private set; } = null!;

    protected Clock Clock { get; } = new();

    public virtual async ValueTask InitializeAsync()
    {
        var template = await postgres.TemplateAsync("bank", async connectionString =>
        {
            await using var source = NpgsqlDataSource.Create(connectionString);
            await Migrator.ApplyAsync(source, [.. Migrator.EventStore, new Migration("bank", "1", Turnover.Schema + Accounts.Schema)]);
        });
        ConnectionString = await postgres.CreateDatabaseAsync(template);
        DataSource = Connect();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in daemons)
        {
            await daemon.StopAsync(CancellationToken.None);
            daemon.Dispose();
        }
        foreach (var source in dataSources) await source.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another pool of connections, as another node has.</summary>
    protected NpgsqlDataSource Connect(string? connectionString = null)
    {
        var source = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString ?? ConnectionString) { MaxAutoPrepare = 20, AutoPrepareMinUsages = 2, MaxPoolSize = 30 }.ConnectionString).Build();
        dataSources.Add(source);
        return source;
    }

    protected DocumentStore Open(NpgsqlDataSource? source = null, Projection[]? inline = null, Projection[]? async = null, TimeZoneInfo? zone = null)
    {
        var options = new StoreOptions { DataSource = source ?? DataSource, Clock = Clock, TimeZone = zone ?? TimeZoneInfo.Utc };
        options.Events.Add<AccountOpened>().Add<Deposited>().Add<Withdrawn>().Add<AccountClosed>().Add<PaymentReceived>();
        foreach (var projection in inline ?? []) options.Projections.Add(projection, ProjectionLifecycle.Inline);
        foreach (var projection in async ?? []) options.Projections.Add(projection, ProjectionLifecycle.Async);
        return new DocumentStore(options);
    }

    protected async Task<DocumentStore> Start(DocumentStore store)
    {
        daemons.Add(store.Daemon);
        await store.Daemon.StartAsync(Ct);
        return store;
    }

    protected static async Task<SaveResult> Append(DocumentStore store, Guid id, long? expected, params object[] events)
    {
        await using var session = store.OpenSession(Somebody);
        session.Append<Account>(id, expected, events);
        return await session.SaveChangesAsync(Ct);
    }

    protected static async Task<Guid> OpenAccount(DocumentStore store, params object[] more)
    {
        var id = Guid.CreateVersion7();
        await Append(store, id, 0, [new AccountOpened("Li", Currency.Yuan), .. more]);
        return id;
    }

    protected async Task<T> Scalar<T>(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    protected async Task Execute(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>Every row of a query as text, to compare two states of a table.</summary>
    protected Task<string> Rows(string sql) => Scalar<string>($"select coalesce(string_agg(r::text, E'\\n' order by r::text), '') from ({sql}) r");

    protected static async Task Eventually(Func<Task<bool>> condition, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(Patience);
        while (!await condition())
        {
            if (limit.IsCancellationRequested) throw new ShouldAssertException($"Not within {Patience}: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), Ct);
        }
    }

    protected static Task Eventually(Func<bool> condition, string what) => Eventually(() => Task.FromResult(condition()), what);
}

/// <summary>A clock that stands where it is set; unset it runs.</summary>
public sealed class Clock : TimeProvider
{
    private DateTimeOffset? stopped;

    public void Set(DateTimeOffset instant) => stopped = instant;

    public override DateTimeOffset GetUtcNow() => stopped ?? base.GetUtcNow();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;
}
