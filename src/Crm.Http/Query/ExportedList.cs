using Crm.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Http;

/// <summary>A code as people read it.</summary>
/// <param name="Code">The code of the API.</param>
/// <param name="Zh">In Chinese.</param>
/// <param name="En">In English.</param>
public sealed record ExportWord(string Code, string Zh, string En);

/// <summary>A column that a list can be exported with.</summary>
/// <param name="Field">The field, as in <c>fields=</c>.</param>
/// <param name="Zh">Its heading in Chinese.</param>
/// <param name="En">Its heading in English.</param>
public sealed record ExportColumn(string Field, string Zh, string En)
{
    /// <summary>The words for codes; a code without one is written as it is.</summary>
    public IReadOnlyList<ExportWord> Words { get; init; } = [];

    /// <summary>Whether it names a person in plain, so that having it exported is recorded, although it is not encrypted.</summary>
    public bool NamesPerson { get; init; }
}

/// <summary>How a list is written into a file.</summary>
/// <param name="Columns">Its columns, in their usual order. The organisation's own fields come beside them, as <c>custom.x</c>.</param>
/// <param name="CustomerField">The field that tells which customer a record is about; of a customer its own <c>id</c>.</param>
public sealed record ListExport(IReadOnlyList<ExportColumn> Columns, string CustomerField);

/// <summary>
/// A list that can be exported: what of it a caller may take out, in the order in which the caller sees it, with what the caller sees of each record. Metadata of the list's route.
/// </summary>
public sealed class ExportedList
{
    private readonly ListSource source;
    private readonly Func<Access, ListSource, bool, Func<SqlParameters, string>?> exportable;

    private ExportedList(string resource, ListExport export, ListSource source, Func<Access, ListSource, bool, Func<SqlParameters, string>?> exportable) =>
        (Resource, Export, this.source, this.exportable) = (resource, export, source, exportable);

    /// <summary>The resource.</summary>
    public string Resource { get; }

    /// <summary>Its columns.</summary>
    public ListExport Export { get; }

    /// <summary>The list of a resource.</summary>
    public static ExportedList Of<T>(Resource<T> resource, ListSource source, ListExport export) where T : Document, IAggregate<T> =>
        new(resource.Name, export, source, (access, of, isPast) => access.Exportable(resource, of.Fields.Alias, of.Table, isPast));

    /// <summary>Its columns with the organisation's own fields after them, retired ones included: their values are on file.</summary>
    public IReadOnlyList<ExportColumn> Columns(FieldSettings settings) =>
    [
        .. Export.Columns,
        .. from field in settings.Of(Resource)
           select new ExportColumn(field.Path, field.Zh, field.En) { Words = [.. field.Choices.Select(c => new ExportWord(c.Code, c.Zh, c.En))] },
    ];

    /// <summary>The field of a column, or null if there is none of that name.</summary>
    public Field? Find(string name) => source.Fields.Find(name) is (var field, null) ? field : null;

    /// <summary>Checks a request as its list would: one that cannot be read is refused at once and not in the background.</summary>
    /// <exception cref="ProblemException">400: an unknown or forbidden field, a wrong comparison.</exception>
    public Task CheckAsync(ListQuery query, Access access, DocumentStore store, CancellationToken ct) =>
        (query with { Limit = 1, Cursor = null, Count = CountMode.None }).ReadAsync(store.DataSource, For(access, query), new(store.Now, store.TimeZone), null, ct);

    /// <summary>The statement that finds which records there are, in which state and order, all in one snapshot.</summary>
    /// <param name="query">The request.</param>
    /// <param name="access">Who exports.</param>
    /// <param name="ids">Only these records; null for all.</param>
    /// <param name="clock">Now, and the organisation's zone.</param>
    /// <param name="write">Makes the whole statement of a select of <c>id</c>, <c>version</c> and <c>place</c>.</param>
    public NpgsqlBatchCommand Places(ListQuery query, Access access, Guid[]? ids, QueryClock clock, Func<string, SqlParameters, string> write) =>
        query.Places(For(access, query), clock, (select, parameters) =>
            write(ids is null ? select : $"{select} and {source.Fields.Alias}.id = any({parameters.Add(ids, NpgsqlDbType.Array | NpgsqlDbType.Uuid)})", parameters));

    /// <summary>Records as they were when they were found, as the caller sees them; in the order of <paramref name="ids"/>.</summary>
    /// <param name="ids">The records.</param>
    /// <param name="versions">The version of each.</param>
    /// <param name="fields">The fields to read.</param>
    /// <param name="at">The instant of the list.</param>
    /// <param name="access">Who exports.</param>
    /// <param name="store">The store.</param>
    /// <param name="ct">Cancels the reading.</param>
    public async Task<IReadOnlyList<string>> ReadAsync(Guid[] ids, long[] versions, IEnumerable<string> fields, DateTimeOffset at, Access access, DocumentStore store, CancellationToken ct)
    {
        var parameters = new SqlParameters();
        var instant = parameters.Add(at.UtcDateTime, NpgsqlDbType.TimestampTz);
        var (which, of) = (parameters.Add(ids, NpgsqlDbType.Array | NpgsqlDbType.Uuid), parameters.Add(versions, NpgsqlDbType.Array | NpgsqlDbType.Bigint));
        var names = fields.ToArray();
        var document = FieldSelection.Parse(string.Join(',', names), source.Fields).Sql("p.doc", parameters);
        var (shown, joins) = source.For(access, Resource).Showing(source.PastJoins ?? source.Joins, names);
        // A state that held for no time makes room for the next one. Behind an offset what is shown is worked out once, not for each field of it.
        var sql = $"""
            select ({document})::text from (
              select k.place, {shown} as doc from unnest({which}, {of}) with ordinality as k(id, version, place)
              cross join lateral (select s.* from {source.Table}_states s where s.id = k.id and s.version >= k.version order by s.version limit 1) {source.Fields.Alias} {joins} offset 0) p
            order by p.place
            """;
        await using var batch = store.DataSource.CreateBatch();
        var command = new NpgsqlBatchCommand(sql.Replace("{at}", instant, StringComparison.Ordinal));
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
        var documents = new List<string>(ids.Length);
        await using (var reader = await batch.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) documents.Add(reader.GetString(0));
        var opened = store.Personal is { } personal ? await personal.OpenAsync(documents, Masking.Of(access), ct) : documents;
        return access.Limits.Of(Resource).Count == 0 ? opened : [.. opened.Select(document => access.Limits.Show(Resource, document))];
    }

    /// <summary>The fields of a file that tell something of a person: names, and what is encrypted and not masked for the caller.</summary>
    public string[] Personal(IEnumerable<string> columns, Access access)
    {
        var (masks, limits) = (Masking.Of(access) is not null, access.Limits.Of(Resource));
        return
        [
            .. from name in columns
               let field = Find(name)
               where Export.Columns.Any(c => c.Field == name && c.NamesPerson) || field is { Personal: true } || name.StartsWith("custom.", StringComparison.Ordinal)
               where !(masks && field?.Masked == true) && !(limits.TryGetValue(name, out var level) && level <= Contracts.FieldLevel.Masked)
               select name,
        ];
    }

    private ListSource For(Access access, ListQuery query) => source.For(access, Resource) with { Visible = exportable(access, source, query.AsOf is not null) };
}
