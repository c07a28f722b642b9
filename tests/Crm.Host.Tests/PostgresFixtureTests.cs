using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Crm.Host.Tests;

public sealed class a_test_database(PostgresFixture postgres)
{
    [Fact]
    public async Task is_empty_and_one_s_own()
    {
        await ScalarAsync(await postgres.CreateDatabaseAsync(), "create table mine ()");
        (await ScalarAsync(await postgres.CreateDatabaseAsync(), "select count(*) from pg_tables where schemaname = 'public'")).ShouldBe(0L);
    }

    [Fact]
    public async Task copies_a_template_that_is_prepared_once()
    {
        var prepared = 0;
        Task<string> Template() => postgres.TemplateAsync("one table", async connectionString =>
        {
            prepared++;
            await ScalarAsync(connectionString, "create table prepared as select 7 as value");
        });

        (await ScalarAsync(await postgres.CreateDatabaseAsync(await Template()), "select value from prepared")).ShouldBe(7);
        (await ScalarAsync(await postgres.CreateDatabaseAsync(await Template()), "select value from prepared")).ShouldBe(7);
        prepared.ShouldBe(1);
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
