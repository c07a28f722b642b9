using Crm.EventStore;
using Crm.Testing;
using Npgsql;
using Xunit;

namespace Crm.Analytics.Tests;

/// <summary>The module alone, on a database of its own, fed with published events.</summary>
public abstract class AnalyticsTest(PostgresFixture postgres) : IAsyncLifetime
{
    private NpgsqlDataSource database = null!;
    private readonly SetClock clock = new();

    protected DocumentStore Store { get; private set; } = null!;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var template = await postgres.TemplateAsync("analytics", async connectionString =>
        {
            await using var source = NpgsqlDataSource.Create(connectionString);
            await Migrator.ApplyAsync(source, [.. Migrator.EventStore, .. AnalyticsModule.Migrations]);
        });
        database = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync(template));
        var options = new StoreOptions { DataSource = database, TimeZone = History.Zone, Clock = clock };
        AnalyticsModule.Configure(options);
        Store = new DocumentStore(options);
        await Store.Daemon.StartAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.Daemon.StopAsync(CancellationToken.None);
        Store.Daemon.Dispose();
        await database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes a history into the log as it was told: each event at its instant, with its business date.</summary>
    internal async Task Write(IEnumerable<Told> events)
    {
        var versions = new Dictionary<Guid, long>();
        foreach (var told in events)
        {
            clock.Now = told.Known;
            await using var session = Store.OpenSession(new EventContext("somebody", "test", BusinessDate: told.BusinessDate));
            session.Append<Anything>(told.Stream, versions.GetValueOrDefault(told.Stream), [told.Data]);
            await session.SaveChangesAsync(Ct);
            versions[told.Stream] = versions.GetValueOrDefault(told.Stream) + 1;
        }
        await Settled();
    }

    protected async Task Settled()
    {
        if (!await Store.Daemon.CatchUpAsync(Patience.Limit, Ct)) throw new TimeoutException("The projections did not catch up: " + string.Join(" ", Store.Daemon.Status));
    }

    /// <summary>Every row of a table as text.</summary>
    protected async Task<string> Rows(string table)
    {
        await using var command = Store.DataSource.CreateCommand($"select coalesce(string_agg(t::text, chr(10) order by t::text), '') from {table} t");
        return (string)(await command.ExecuteScalarAsync(Ct))!;
    }

    /// <summary>A question as a caller asks it.</summary>
    internal static ReportQuery Ask(string report, DateTimeOffset at, Basis basis = Basis.Effective, DateOnly? from = null, DateOnly? to = null, bool past = true) => new()
    {
        Report = report, At = at, IsPast = past, Basis = basis, Zone = History.Zone, Chinese = true,
        Period = new Period(from, to ?? DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, History.Zone).DateTime)),
    };

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = History.Begin;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
