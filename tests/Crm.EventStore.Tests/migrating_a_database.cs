using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class migrating_a_database(PostgresFixture postgres)
{
    private static readonly Migration First = new("bank", "1", "create table first ()");
    private static readonly Migration Second = new("bank", "2", "create table second ()");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task twice_changes_nothing()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        (await Migrator.ApplyAsync(source, Migrator.EventStore, Ct)).ShouldBe(Migrator.EventStore.Count());
        (await Migrator.ApplyAsync(source, Migrator.EventStore, Ct)).ShouldBe(0);
    }

    [Fact]
    public async Task applies_what_is_new()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        (await Migrator.ApplyAsync(source, [First], Ct)).ShouldBe(1);
        (await Migrator.ApplyAsync(source, [First, Second], Ct)).ShouldBe(1);
    }

    [Fact]
    public async Task by_several_nodes_at_once_is_done_by_one()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Migrator.ApplyAsync(source, [.. Migrator.EventStore, First, Second], Ct)));
        applied.Sum().ShouldBe(Migrator.EventStore.Count() + 2);
    }

    [Fact]
    public async Task refuses_a_step_that_was_changed_afterwards()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        await Migrator.ApplyAsync(source, [First with { Sql = "create table first ()\r\n;" }], Ct);
        // Another checkout may end its lines differently; that is no change.
        (await Migrator.ApplyAsync(source, [First with { Sql = "create table first ()\n;" }], Ct)).ShouldBe(0);
        (await Should.ThrowAsync<InvalidOperationException>(() => Migrator.ApplyAsync(source, [First, Second], Ct))).Message.ShouldContain("bank/1");
    }

    [Fact]
    public async Task that_fails_leaves_no_half_of_a_step_and_no_lock()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(connectionString);
        await Should.ThrowAsync<PostgresException>(() => Migrator.ApplyAsync(source, [First, Second with { Sql = "create table second (); select 1 / 0" }], Ct));
        await using var other = NpgsqlDataSource.Create(connectionString);
        (await Migrator.ApplyAsync(other, [First, Second], Ct)).ShouldBe(1);
    }
}
