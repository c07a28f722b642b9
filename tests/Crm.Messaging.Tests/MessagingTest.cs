using Crm.EventStore;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Crm.Messaging.Tests;

/// <summary>A purse that counts coins; what happens once shows in its events.</summary>
public sealed record Purse : Document, IAggregate<Purse>
{
    public int Coins { get; init; }

    public static Purse? Evolve(Purse? state, Event e) => e.Data switch
    {
        CoinAdded => (state ?? new Purse()) with { Coins = (state?.Coins ?? 0) + 1 },
        _ => state,
    };
}

public sealed record CoinAdded(string Coin);

/// <summary>Adds a coin to a purse.</summary>
public sealed record AddCoin(Guid Purse, string Coin);

/// <summary>Says nothing but its number.</summary>
public sealed record Note(int Number);

/// <summary>A test on a database of its own, with the events' and the messages' tables.</summary>
public abstract class MessagingTest(PostgresFixture postgres) : IAsyncLifetime
{
    protected static readonly EventContext Somebody = new("somebody", "test", "0af7651916cd43dd8448eb211c80319c");
    private readonly List<NpgsqlDataSource> dataSources = [];
    private readonly List<Node> nodes = [];

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected string ConnectionString { get; private set; } = "";

    protected NpgsqlDataSource DataSource { get; private set; } = null!;

    protected Clock Clock { get; } = new();

    public virtual async ValueTask InitializeAsync()
    {
        var template = await postgres.TemplateAsync("messages", async connectionString =>
        {
            await using var source = NpgsqlDataSource.Create(connectionString);
            await Migrator.ApplyAsync(source, [.. Migrator.EventStore, .. MessagingModule.Migrations,
                new Migration("test", "1", "create table public.notes (position bigint generated always as identity primary key, number int not null, node text not null)")]);
        });
        ConnectionString = await postgres.CreateDatabaseAsync(template);
        DataSource = Connect();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes) await node.DisposeAsync();
        foreach (var source in dataSources) await source.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another pool of connections, as another node has.</summary>
    protected NpgsqlDataSource Connect(string name = "node")
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 2, MaxPoolSize = 30, ApplicationName = name, NoResetOnClose = true, Options = "-c idle_in_transaction_session_timeout=10000" };
        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
        dataSources.Add(source);
        return source;
    }

    /// <summary>A node that sends, but has no workers until it is started.</summary>
    protected Node Open(MessagingOptions messaging, string name = "node", params Projection[] async)
    {
        var options = new StoreOptions { DataSource = Connect(name), Clock = Clock };
        options.Events.Add<CoinAdded>();
        MessagingModule.Configure(options);
        foreach (var projection in async) options.Projections.Add(projection, ProjectionLifecycle.Async);
        var node = new Node(new DocumentStore(options), messaging);
        nodes.Add(node);
        return node;
    }

    protected async Task<Node> Start(MessagingOptions messaging, string name = "node", params Projection[] async) => await Open(messaging, name, async).StartAsync();

    protected static MessagingOptions Purses(Action<MessageQueue>? configure = null)
    {
        var messaging = new MessagingOptions();
        var queue = messaging.Queue("purses").Handle<AddCoin, Purse>(m => m.Purse, (m, _, _) => [new CoinAdded(m.Coin)]);
        configure?.Invoke(queue);
        return messaging;
    }

    protected Task<long> Count(string from) => Scalar<long>($"select count(*) from {from}");

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

    /// <summary>Waits until nothing waits in any queue.</summary>
    protected Task Drained() => Eventually(async () => await Count("messaging.wolverine_incoming_envelopes where status <> 'Handled'") == 0, "the queues are empty");

    public static async Task Eventually(Func<Task<bool>> condition, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(Patience.Limit);
        while (!await condition())
        {
            if (limit.IsCancellationRequested) throw new ShouldAssertException($"Not within {Patience.Limit}: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), Ct);
        }
    }

    protected static Task Eventually(Func<bool> condition, string what) => Eventually(() => Task.FromResult(condition()), what);
}

/// <summary>One node: a store with its bus and workers.</summary>
public sealed class Node(DocumentStore store, MessagingOptions messaging) : IAsyncDisposable
{
    private bool started;

    public DocumentStore Store => store;

    public MessageBus Bus { get; } = new(store, messaging);

    public MessageWorkers Workers => field ??= new MessageWorkers(store, Bus);

    public MessageQueries Queries => new(store, messaging, Workers);

    public MessageActions Actions => new(store, Bus);

    public async Task<Node> StartAsync()
    {
        started = true;
        foreach (var subscription in store.Projections.Async.OfType<EventForwarding>()) subscription.Wakes(Bus);
        await store.Daemon.StartAsync(CancellationToken.None);
        await Workers.StartAsync(CancellationToken.None);
        return this;
    }

    public async Task StopAsync()
    {
        if (!started) return;
        started = false;
        await Workers.StopAsync(CancellationToken.None);
        await store.Daemon.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Workers.Dispose();
    }
}

/// <summary>A clock that stands where it is set; unset it runs.</summary>
public sealed class Clock : TimeProvider
{
    private DateTimeOffset? stopped;

    public void Set(DateTimeOffset instant) => stopped = instant;

    public void Advance(TimeSpan by) => stopped = GetUtcNow() + by;

    public override DateTimeOffset GetUtcNow() => stopped ?? base.GetUtcNow();
}
