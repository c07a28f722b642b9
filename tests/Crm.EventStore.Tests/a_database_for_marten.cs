using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class a_database_for_marten(PostgresFixture postgres) : StoreTest(postgres)
{
    [Fact]
    public async Task has_exactly_the_schema_marten_makes()
    {
        var expected = (await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "marten-9.29.snapshot"), Ct))
            .Where(line => line.Length > 0 && !line.StartsWith('#'));

        string.Join('\n', await Describe()).ShouldBe(string.Join('\n', expected));
    }

    [Theory]
    [InlineData("CustomerRegistered", "customer_registered")]
    [InlineData("SLABreached", "sla_breached")]
    [InlineData("Tier2Reached", "tier_2_reached")]
    [InlineData("CaseSLAChanged", "case_sla_changed")]
    [InlineData("SLA2Breached", "sla2_breached")]
    [InlineData("A1Thing", "a1_thing")]
    [InlineData("Level42Reached", "level_42_reached")]
    [InlineData("Tag", "tag")]
    public void names_events_as_marten_does(string type, string alias) => EventRegistry.AliasFor(type).ShouldBe(alias);

    [Fact]
    public async Task names_streams_and_types_as_marten_does()
    {
        await OpenAccount(Open());

        (await Scalar<string>("select s.type || ' ' || e.type || ' ' || e.mt_dotnet_type || ' ' || e.tenant_id || ' ' || s.tenant_id from events.mt_events e join events.mt_streams s on s.id = e.stream_id"))
            .ShouldBe("account account_opened Crm.EventStore.Tests.AccountOpened, Crm.EventStore.Tests *DEFAULT* *DEFAULT*");
    }

    [Fact]
    public async Task keeps_its_data_as_camel_case_json_with_codes()
    {
        await OpenAccount(Open());

        (await Scalar<string>("select data::text from events.mt_events")).ShouldBe("""{"owner": "Li", "currency": "yuan"}""");
    }

    [Fact]
    public async Task reads_what_marten_s_own_call_appended()
    {
        var id = Guid.CreateVersion7();
        await Execute($$"""
            select events.mt_quick_append_events('{{id}}', 'account', '*DEFAULT*', array['{{Guid.CreateVersion7()}}']::uuid[], array['account_opened']::varchar[],
              array[null]::varchar[], array['{"owner": "Li", "currency": "euro", "unheardOf": 1}']::jsonb[], array[null]::bytea[], array[null]::varchar[],
              array[null]::varchar[], array[null]::jsonb[], array[null]::varchar[], array[null]::timestamptz[])
            """);

        var account = await Open().Query.AggregateStreamAsync<Account>(id, ct: Ct);
        account.ShouldNotBeNull().Currency.ShouldBe(Currency.Euro);
        account.Version.ShouldBe(1);
    }

    private async Task<List<string>> Describe()
    {
        await using var command = DataSource.CreateCommand("""
            with lines as (
              select c.relname as item, 0 as part, 0 as position, 'table ' || c.relname as line
              from pg_class c where c.relnamespace = 'events'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
              union all
              select c.relname, 1, a.attnum, '  column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
                || coalesce(' default ' || replace(pg_get_expr(d.adbin, d.adrelid), '::character varying', ''), '')
              from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
              where c.relnamespace = 'events'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
              union all
              select c.relname, 2, row_number() over (partition by c.oid order by k.conname), '  constraint ' || k.conname || ' ' || replace(replace(pg_get_constraintdef(k.oid), 'events.', ''), ' NOT ENFORCED', '')
              from pg_class c join pg_constraint k on k.conrelid = c.oid and k.contype <> 'n' where c.relnamespace = 'events'::regnamespace
              union all
              select c.relname, 3, row_number() over (partition by c.oid order by i.indexname),
                '  index ' || i.indexname || case when i.indexdef like 'CREATE UNIQUE%' then ' unique' else '' end || ' ' || split_part(i.indexdef, ' USING ', 2)
              from pg_class c join pg_indexes i on i.schemaname = 'events' and i.tablename = c.relname where c.relnamespace = 'events'::regnamespace and c.relkind = 'r'
              union all
              select 'y', 4, 0, 'sequence ' || s.sequencename || ' ' || s.data_type || ' from ' || s.start_value || ' by ' || s.increment_by || ' cache ' || s.cache_size
                || ' owned by ' || (select d.refobjid::regclass || '.' || a.attname from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
                                    where d.objid = ('events.' || s.sequencename)::regclass and d.deptype = 'a')
              from pg_sequences s where s.schemaname = 'events'
              union all
              select 'z', 5, row_number() over (order by p.proname), 'function ' || p.proname || '(' || pg_get_function_arguments(p.oid) || ') returns ' || pg_get_function_result(p.oid)
              from pg_proc p where p.pronamespace = 'events'::regnamespace)
            select replace(line, 'owned by events.', 'owned by ') from lines order by item collate "C", part, position
            """);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var lines = new List<string>();
        while (await reader.ReadAsync(Ct)) lines.Add(reader.GetString(0));
        return lines;
    }
}
