using System.Runtime.CompilerServices;
using System.Text.Json;
using Crm.EventStore;
using Crm.Http;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Imports;

/// <summary>A value of the file for a field, what it is read as, and why.</summary>
/// <param name="To">Null if no known value is meant.</param>
/// <param name="Applied">Whether the rows are imported with <paramref name="To"/>.</param>
/// <param name="Reason"><c>spelling</c>, <c>similar</c>, <c>chosen</c> by a person, or <c>unknown</c>.</param>
internal sealed record Suggestion(string Field, string From, string? To, int Rows, double Confidence, string Reason, bool Applied);

/// <summary>A row of the file, with the outcome that is stored for it, if any.</summary>
internal sealed record StoredRow(int Number, RowProblem Problem, string[] Cells, string? Verdict, Guid? RecordId, RowSeverity Severity);

/// <summary>The outcome of one row.</summary>
internal sealed record RowResult(int Row, RowVerdict Verdict, IReadOnlyList<RowMessage> Messages, Guid? RecordId, long? Before, long? After, IReadOnlyList<FieldChange> Changes)
{
    public RowSeverity Severity => Messages.Count == 0 ? RowSeverity.Info : Messages.Max(m => m.Severity);
}

/// <summary>How far a job is.</summary>
internal sealed record JobProgress(int Phase, int Position, int Done, int Total, DateTimeOffset StartedAt, int StartedDone, ImportTotals Totals);

/// <summary>The module's tables beside the log.</summary>
internal static class ImportTables
{
    private const int PageSize = 2_000;

    public static async Task<IReadOnlyList<ColumnProfile>> ProfileAsync(DocumentStore store, Guid import, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select columns from imports.profiles where import_id = $1");
        command.Parameters.Add(Statement.Parameter(import));
        return await command.ExecuteScalarAsync(ct) is string json ? Opened<ColumnProfile[]>(json, store.Personal) : [];
    }

    public static async Task<IReadOnlyList<Suggestion>?> SuggestionsAsync(DocumentStore store, Guid import, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select suggestions from imports.profiles where import_id = $1");
        command.Parameters.Add(Statement.Parameter(import));
        return await command.ExecuteScalarAsync(ct) is string json ? Opened<Suggestion[]>(json, store.Personal) : null;
    }

    /// <summary>Statements that take samples and choices of the file out of the profiles of imports.</summary>
    /// <param name="store">The store.</param>
    /// <param name="imports">A query for the imports.</param>
    /// <param name="ct">Cancels the reading of profiles.</param>
    public static async Task<IReadOnlyList<Statement>> ForgetSamplesAsync(DocumentStore store, Statement imports, CancellationToken ct)
    {
        var chosen = imports.ToCommand();
        chosen.CommandText = $"select import_id, columns::text from imports.profiles where import_id in ({chosen.CommandText})";
        await using var batch = store.DataSource.CreateBatch();
        batch.BatchCommands.Add(chosen);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var statements = new List<Statement>();
        while (await reader.ReadAsync(ct))
        {
            var columns = Opened<ColumnProfile[]>(reader.GetString(1), store.Personal);
            if (columns.All(c => c.Samples.Count == 0 && c.Values is null)) continue;
            var kept = Sealed(Array.ConvertAll(columns, c => c with { Samples = [], Values = null }), store.Personal);
            statements.Add($"update imports.profiles set columns = {SqlBatch.Json(kept)}, suggestions = null where import_id = {reader.GetGuid(0)}");
        }
        return statements;
    }

    /// <summary>All rows in order, with the stored outcome beside each if asked for; a few thousand are in memory at a time.</summary>
    public static async IAsyncEnumerable<StoredRow> RowsAsync(DocumentStore store, Guid import, bool outcomes, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var after = 0; ;)
        {
            await using var command = store.DataSource.CreateCommand(outcomes
                ? """
                  select r.row, r.problem, r.cells, s.verdict, s.record_id, coalesce(s.severity, 0::smallint), r.sealed from imports.rows r left join imports.results s on s.import_id = r.import_id and s.row = r.row
                  where r.import_id = $1 and r.row > $2 order by r.row limit $3
                  """
                : "select row, problem, cells, null::text, null::uuid, 0::smallint, sealed from imports.rows where import_id = $1 and row > $2 order by row limit $3");
            command.Parameters.Add(Statement.Parameter(import));
            command.Parameters.Add(Statement.Parameter(after));
            command.Parameters.Add(Statement.Parameter(PageSize));
            var page = new List<StoredRow>(PageSize);
            await using (var reader = await command.ExecuteReaderAsync(ct))
                while (await reader.ReadAsync(ct))
                    page.Add(new StoredRow(reader.GetInt32(0), (RowProblem)reader.GetInt16(1), Cells(reader, 2, 6, store.Personal),
                        reader.IsDBNull(3) ? null : reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetGuid(4), (RowSeverity)reader.GetInt16(5)));
            foreach (var row in page) yield return row;
            if (page.Count < PageSize) yield break;
            after = page[^1].Number;
        }
    }

    /// <summary>Replaces the outcomes of a dry run in chunks, each its own transaction.</summary>
    public static async Task WriteResultsAsync(NpgsqlConnection connection, Guid import, IReadOnlyList<RowResult> results, PersonalData? personal, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy imports.results (import_id, row, verdict, severity, messages, record_id, before_version, after_version, changes) from stdin (format binary)", ct);
        foreach (var r in results)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(import, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(r.Row, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(Code(r.Verdict), NpgsqlDbType.Text, ct);
            await copy.WriteAsync((short)r.Severity, NpgsqlDbType.Smallint, ct);
            await copy.WriteAsync(SealedList(r.Messages, personal), NpgsqlDbType.Jsonb, ct);
            await Nullable(copy, r.RecordId, NpgsqlDbType.Uuid, ct);
            await Nullable(copy, r.Before, NpgsqlDbType.Bigint, ct);
            await Nullable(copy, r.After, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(SealedList(r.Changes, personal), NpgsqlDbType.Jsonb, ct);
        }
        await copy.CompleteAsync(ct);
    }

    /// <summary>The statement that stores the outcomes of one committed batch, most of which are those of the dry run.</summary>
    public static void StoreResults(SqlBatch sql, Guid import, IReadOnlyList<RowResult> results, PersonalData? personal) => sql.Add($"""
        insert into imports.results as t (import_id, row, verdict, severity, messages, record_id, before_version, after_version, changes)
        select {import}, u.row, u.verdict, u.severity, u.messages, u.record_id, u.before_version, u.after_version, u.changes
        from unnest({results.Select(r => r.Row).ToArray()}, {results.Select(r => Code(r.Verdict)).ToArray()}, {results.Select(r => (short)r.Severity).ToArray()},
          {results.Select(r => SqlBatch.Json(SealedList(r.Messages, personal))).ToArray()}, {results.Select(r => r.RecordId).ToArray()}, {results.Select(r => r.Before).ToArray()},
          {results.Select(r => r.After).ToArray()}, {results.Select(r => SqlBatch.Json(SealedList(r.Changes, personal))).ToArray()})
          as u(row, verdict, severity, messages, record_id, before_version, after_version, changes)
        on conflict (import_id, row) do update set verdict = excluded.verdict, severity = excluded.severity, messages = excluded.messages,
          record_id = excluded.record_id, before_version = excluded.before_version, after_version = excluded.after_version, changes = excluded.changes
          where (t.verdict, t.severity, t.messages, t.record_id, t.before_version, t.after_version, t.changes)
            is distinct from (excluded.verdict, excluded.severity, excluded.messages, excluded.record_id, excluded.before_version, excluded.after_version, excluded.changes)
        """);

    public static async Task ExecuteAsync(NpgsqlDataSource db, Statement statement, CancellationToken ct)
    {
        await using var batch = db.CreateBatch();
        batch.BatchCommands.Add(statement.ToCommand());
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// The progress of a job. A commit that goes on keeps its position; a dry run or revert begins anew when <paramref name="run"/> is another one,
    /// except that a revert that was broken off keeps its position too.
    /// </summary>
    public static async Task<JobProgress> BeginAsync(NpgsqlDataSource db, Guid import, string kind, int run, int total, DateTimeOffset now, CancellationToken ct)
    {
        if (kind == "check") await ExecuteAsync(db, $"delete from imports.progress where import_id = {import} and kind = {kind} and run <> {run}", ct);
        await ExecuteAsync(db, $"""
            insert into imports.progress as p (import_id, kind, run, total, started_at) values ({import}, {kind}, {run}, {total}, {now})
            on conflict (import_id, kind) do update set run = excluded.run, started_at = excluded.started_at, started_done = p.done
            """, ct);
        return (await ProgressAsync(db, import, kind, ct))!;
    }

    public static async Task<JobProgress?> ProgressAsync(NpgsqlDataSource db, Guid import, string kind, CancellationToken ct)
    {
        await using var command = db.CreateCommand("""
            select phase, position, done, total, started_at, started_done, created, updated, unchanged, skipped, failed, warnings
            from imports.progress where import_id = $1 and kind = $2
            """);
        command.Parameters.Add(Statement.Parameter(import));
        command.Parameters.Add(Statement.Parameter(kind));
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return new JobProgress(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt32(5),
            new ImportTotals(reader.GetInt32(2), reader.GetInt32(6), reader.GetInt32(7), reader.GetInt32(8), reader.GetInt32(9), reader.GetInt32(10), reader.GetInt32(11)));
    }

    public static string Code<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static string Json<T>(T value) => JsonSerializer.Serialize(value, EventSerializer.Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, EventSerializer.Options)!;

    /// <summary>The cells of a row, which are kept encrypted; those of an erased customer are empty.</summary>
    public static string[] Cells(NpgsqlDataReader reader, int cells, int sealedCells, PersonalData? personal) =>
        reader.IsDBNull(sealedCells) || personal is null ? reader.GetFieldValue<string[]>(cells) : JsonSerializer.Deserialize<string[]>(personal.Unprotect("imports.rows", reader.GetFieldValue<byte[]>(sealedCells)), EventSerializer.Options)!;

    /// <summary>A value that may show cells, as it is kept: a JSON text of the encrypted JSON.</summary>
    public static string Sealed<T>(T value, PersonalData? personal) =>
        personal is null ? Json(value) : JsonSerializer.Serialize(Convert.ToBase64String(personal.Protect("imports.values", JsonSerializer.SerializeToUtf8Bytes(value, EventSerializer.Options))));

    /// <summary>The value behind <see cref="Sealed"/>; one from before it was encrypted is read as it is.</summary>
    public static T Opened<T>(string json, PersonalData? personal) =>
        json[0] != '"' || personal is null ? Read<T>(json) : JsonSerializer.Deserialize<T>(personal.Unprotect("imports.values", Convert.FromBase64String(Read<string>(json))), EventSerializer.Options)!;

    /// <summary>Messages and changes quote cells and records: kept as a list of encrypted lists, so that more can be added to it.</summary>
    public static string SealedList<T>(IReadOnlyList<T> items, PersonalData? personal) => items.Count == 0 ? "[]" : personal is null ? Json(items) : $"[{Sealed(items, personal)}]";

    /// <summary>The items behind <see cref="SealedList"/>.</summary>
    public static IReadOnlyList<T> OpenedList<T>(string json, PersonalData? personal)
    {
        if (json == "[]") return [];
        using var list = JsonDocument.Parse(json);
        return [.. list.RootElement.EnumerateArray().SelectMany(item =>
            item.ValueKind == JsonValueKind.String ? Opened<T[]>(item.GetRawText(), personal) : [item.Deserialize<T>(EventSerializer.Options)!])];
    }

    private static Task Nullable<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type, CancellationToken ct) where T : struct =>
        value is { } v ? copy.WriteAsync(v, type, ct) : copy.WriteNullAsync(ct);
}
