using Crm.Testing;
using NpgsqlTypes;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class composing_sql(PostgresFixture postgres) : StoreTest(postgres)
{
    [Fact]
    public void turns_every_hole_into_a_parameter()
    {
        var sql = new SqlBatch();
        var evil = "'; drop table bank.accounts; --";
        sql.Add($"update {SqlBatch.Name("bank.accounts")} set doc = {SqlBatch.Json("{}")}, search = {evil} where id = {Guid.Empty} and version = {7L}");

        var command = sql.Commands.ShouldHaveSingleItem();
        command.CommandText.ShouldBe("update bank.accounts set doc = $1, search = $2 where id = $3 and version = $4");
        command.Parameters.Select(p => (p.Value, p.NpgsqlDbType)).ShouldBe(
            [("{}", NpgsqlDbType.Jsonb), (evil, NpgsqlDbType.Text), (Guid.Empty, NpgsqlDbType.Uuid), (7L, NpgsqlDbType.Bigint)]);
    }

    [Theory]
    [InlineData("bank.accounts; drop table x")]
    [InlineData("Bank")]
    [InlineData("a.b.c")]
    [InlineData("")]
    public void writes_plain_names_only(string name) => Should.Throw<ArgumentException>(() => SqlBatch.Name(name));

    [Fact]
    public async Task gives_back_every_kind_of_value_as_it_was()
    {
        var instant = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(8));
        (await Answer($"select {(string?)null} is null and {(Guid?)null} is null and {(long?)null} is null and {(DateTimeOffset?)null} is null and {(decimal?)null} is null and {(DateOnly?)null} is null")).ShouldBe(true);
        (await Answer($"select {instant} = '2026-03-03T21:06:07Z'::timestamptz")).ShouldBe(true);
        (await Answer($"select {new DateTimeOffset?[] { instant, null }} = array['2026-03-03T21:06:07Z', null]::timestamptz[]")).ShouldBe(true);
        (await Answer($"select {new[] { "a", "b" }} = array['a', 'b'] and {new DateOnly(2026, 1, 2)} = '2026-01-02'::date and {1.50m} = 1.50 and {true}")).ShouldBe(true);
        (await Answer($"select {new Jsonb[] { new("{}"), new(null) }} = array['{{}}', null]::jsonb[]")).ShouldBe(true);
        (await Answer($"select {"o''k 客户"}")).ShouldBe("o''k 客户");
    }

    private async Task<object?> Answer(Statement statement)
    {
        await using var batch = DataSource.CreateBatch();
        batch.BatchCommands.Add(statement.ToCommand());
        return await batch.ExecuteScalarAsync(Ct);
    }
}
