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

    [Fact]
    public void puts_inserts_that_follow_each_other_into_one_unless_a_key_repeats()
    {
        var sql = new SqlBatch();
        void Row(int key, string name) => sql.AddRow(key, $"insert into t (id, name, gone) values ({key}, {name}, false) on conflict (id) do update set name = excluded.name");
        Row(1, "a");
        Row(2, "b");
        Row(3, "c");
        Row(2, "again");
        sql.Add($"delete from t where id = {9}");
        Row(4, "d");
        sql.Commands.Select(c => c.CommandText).ShouldBe(
        [
            "insert into t (id, name, gone) values ($1, $2, false), ($3, $4, false), ($5, $6, false) on conflict (id) do update set name = excluded.name",
            "insert into t (id, name, gone) values ($1, $2, false) on conflict (id) do update set name = excluded.name",
            "delete from t where id = $1",
            "insert into t (id, name, gone) values ($1, $2, false) on conflict (id) do update set name = excluded.name",
        ]);
        sql.Commands[0].Parameters.Select(p => p.Value).ShouldBe([1, "a", 2, "b", 3, "c"]);
        // What was looked at is finished: further rows begin a statement of their own.
        Row(5, "e");
        sql.Commands.Count.ShouldBe(5);
    }

    [Fact]
    public void puts_rows_into_statements_before_as_long_as_those_of_one_key_keep_their_order()
    {
        var sql = new SqlBatch();
        void Insert(int key) => sql.AddRow(key, $"insert into t (id) values ({key})");
        void Update(int key, string name) => sql.AddRow(key, $"update t set name = v.name from (values ({key}, {name})) v(id, name) where t.id = v.id");
        foreach (var key in new[] { 1, 2, 3 })
        {
            Insert(key);
            Update(key, "a");
        }
        Update(2, "b");
        Insert(4);
        // After the update of 2 that came before.
        Insert(2);
        sql.Commands.Select(c => c.CommandText).ShouldBe(
        [
            "insert into t (id) values ($1), ($2), ($3), ($4)",
            "update t set name = v.name from (values ($1, $2), ($3, $4), ($5, $6)) v(id, name) where t.id = v.id",
            "update t set name = v.name from (values ($1, $2)) v(id, name) where t.id = v.id",
            "insert into t (id) values ($1)",
        ]);
    }

    private async Task<object?> Answer(Statement statement)
    {
        await using var batch = DataSource.CreateBatch();
        batch.BatchCommands.Add(statement.ToCommand());
        return await batch.ExecuteScalarAsync(Ct);
    }
}
