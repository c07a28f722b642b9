using System.Text.Json.Nodes;
using Npgsql;

namespace Crm.Customers;

/// <summary>
/// How far the working out of a rule for all customers has come. It is one transaction of the projection, cut into pieces; each statement begins with what is done before it, and
/// that is read where the database shows what its sessions are doing. So nothing is written for it, every host knows it, and after a restart it is that of the work begun anew.
/// </summary>
internal static class TagWork
{
    /// <summary>The beginning of a statement, by which it is found.</summary>
    /// <param name="done">Customers that were worked out before it.</param>
    /// <param name="total">All of them.</param>
    public static string Mark(long done, long total) => $"/* tag periods {done} of {total} */ ";

    /// <summary>The members <c>computing customersDone customersTotal remainingSeconds</c> of a tag, as SQL: the last three are null while nothing is worked out.</summary>
    /// <param name="tag">The alias of a row with <c>id, version, doc</c>.</param>
    public static string Sql(string tag) => $"""
        (select jsonb_build_object('computing', c.computing, 'customersDone', w.done, 'customersTotal', w.total,
            'remainingSeconds', case when w.done > 0 then ceil(extract(epoch from clock_timestamp() - w.began) * (w.total - w.done) / w.done)::bigint end)
          from (select coalesce({tag}.doc->'conditions' <> 'null'::jsonb and not exists (select from customer.tag_rules r where r.tag_id = {tag}.id and r.version >= {tag}.version), false) as computing) c
            left join lateral (
              select split_part(a.query, ' ', 4)::bigint as done, split_part(a.query, ' ', 6)::bigint as total, a.xact_start as began
              from pg_stat_activity a where a.datname = current_database() and a.query like '/* tag periods %' and a.state = 'active' limit 1) w on c.computing)
        """;

    /// <summary>The same of one tag.</summary>
    public static async Task<JsonObject> ReadAsync(NpgsqlDataSource database, Tag tag, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Sql("t")}::text from (select $1 as id, $2 as version, jsonb_build_object('conditions', $3) as doc) t");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tag.Id });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = tag.Version });
        command.Parameters.Add(new NpgsqlParameter<bool?> { TypedValue = tag.Computed ? true : null });
        return JsonNode.Parse((string)(await command.ExecuteScalarAsync(ct))!)!.AsObject();
    }
}
