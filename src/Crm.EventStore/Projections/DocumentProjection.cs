using System.Text;
using System.Text.Json;
using Npgsql;

namespace Crm.EventStore;

/// <summary>
/// Keeps the folded state of every stream of one kind: the newest in a table to search and list, every past one with the times
/// from and to which it held, so that a list of any past instant is as quick as one of today.
/// </summary>
/// <remarks>
/// The tables are made by <see cref="TableSql"/>. A past state has two intervals: <c>known_*</c> by recording time and
/// <c>true_*</c> by business date; neither runs backwards within a stream (see <see cref="EventReader.At"/>).
/// </remarks>
/// <typeparam name="T">The document.</typeparam>
public abstract class DocumentProjection<T> : Projection where T : Document, IAggregate<T>
{
    /// <summary>Schema and table of the newest states, for example <c>pipeline.opportunities</c>; past ones are in <c>…_states</c>.</summary>
    public abstract string Table { get; }

    /// <inheritdoc />
    public override string Name => Table;

    /// <summary>2 unless stated: since then three letters are one gram of quick search.</summary>
    public override int Version => 2;

    /// <inheritdoc />
    public override IReadOnlyList<string> Tables => KeepsStates ? [Table, Table + "_states"] : [Table];

    /// <summary>
    /// Whether every past state is kept, so that lists of a past instant can be read. Without them a change writes one row instead of two
    /// and <c>…_states</c> is not needed.
    /// </summary>
    public virtual bool KeepsStates => true;

    /// <inheritdoc />
    public override bool WritesRowsOfStream => true;

    /// <summary>The texts by which quick search finds the document.</summary>
    public virtual IEnumerable<string?> SearchTexts(T document) => [];

    /// <summary>
    /// What quick search finds the document by without knowing it: blind indexes (see <see cref="PersonalData.Blind"/>), kept among the grams.
    /// </summary>
    public virtual IEnumerable<string> BlindTexts(T document) => [];

    /// <summary>
    /// Whether an event takes personal data of the stream away for good: every state of the stream is then made anew of what can still be read. Not for inline projections.
    /// </summary>
    public virtual bool Erases(Event e) => false;

    /// <summary>
    /// The tables of a document projection. Indexes on fields are added by their owner. Documents stay in their rows up to a page's length: a filter that looks at
    /// many rows would fetch each longer one from beside the table.
    /// </summary>
    /// <param name="table">The table of the newest states, with its schema.</param>
    /// <param name="states">Whether past states are kept.</param>
    public static string TableSql(string table, bool states = true) => $"""
        create table {table} (
          id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
          known_from timestamptz not null, true_from timestamptz not null) with (toast_tuple_target = 8160);
        create index on {table} using gin (grams);
        """ + (!states ? "" : $"""

        create table {table}_states (
          id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
          known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
          primary key (id, version)) with (toast_tuple_target = 8160);
        create index on {table}_states (true_from, true_to);
        create index on {table}_states (known_from, known_to);
        """);

    /// <inheritdoc />
    public override async ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var erased = page.Where(Erases).Select(e => e.StreamId).Distinct().ToArray();
        if (erased.Length > 0) page = await Anew(page, erased, store, sql, ct);
        var (current, ring) = await Load(page, sql.Table(Table), store, ct);
        var states = new List<State>();
        var open = new Dictionary<Guid, int>();
        var closed = new List<State>();
        var replaced = new List<State>();
        foreach (var e in page)
        {
            current.TryGetValue(e.StreamId, out var before);
            var document = Fold.Next(before?.Document, e);
            if (document is null) continue;
            var known = before is null || e.Timestamp > before.Known ? e.Timestamp : before.Known;
            var effective = before is null || e.EffectiveAt > before.True ? e.EffectiveAt : before.True;
            var state = new State(document, known, effective);
            if (open.TryGetValue(e.StreamId, out var index))
            {
                var previous = states[index];
                if (previous.HeldNoTime(known, effective)) states[index] = state;
                else
                {
                    states[index] = previous with { KnownTo = known, TrueTo = effective };
                    open[e.StreamId] = states.Count;
                    states.Add(state);
                }
            }
            else
            {
                if (before is not null && before.HeldNoTime(known, effective)) replaced.Add(before);
                else if (before is not null) closed.Add(before with { KnownTo = known, TrueTo = effective });
                open.Add(e.StreamId, states.Count);
                states.Add(state);
            }
            current[e.StreamId] = state;
        }
        if (states.Count == 0) return;

        var table = sql.Table(Table);
        if (!KeepsStates)
        {
            SaveNewest(table, states.FindAll(s => s.KnownTo is null), store, ring, sql);
            return;
        }
        var past = sql.Table(Table + "_states");
        if (closed.Count > 0)
            sql.Add($"""
                update {past} s set known_to = u.kt, true_to = u.tt
                from unnest({Ids(closed)}, {Versions(closed)}, {Instants(closed, s => s.KnownTo)}, {Instants(closed, s => s.TrueTo)}) as u(id, version, kt, tt)
                where s.id = u.id and s.version = u.version
                """);
        if (replaced.Count > 0)
            sql.Add($"delete from {past} s using unnest({Ids(replaced)}, {Versions(replaced)}) as u(id, version) where s.id = u.id and s.version = u.version");
        var search = states.ConvertAll(s => Searched(s.Document, store));
        var docs = states.ConvertAll(s => Json(s.Document, ring));
        // Arrays of arrays cannot be ragged in SQL: the grams travel joined by a unit separator. A state without an end is its stream's newest.
        sql.Add($"""
            with u as materialized (
              select u.id, u.version, u.doc, u.search, string_to_array(u.grams, chr(31)) as grams, u.kf, u.kt, u.tf, u.tt
              from unnest({Ids(states)}, {Versions(states)}, {docs.ToArray()}, {search.ConvertAll(s => s.Text).ToArray()}, {search.ConvertAll(s => string.Join('\u001f', s.Grams)).ToArray()},
                  {Instants(states, s => s.Known)}, {Instants(states, s => s.KnownTo)}, {Instants(states, s => s.True)}, {Instants(states, s => s.TrueTo)})
                as u(id, version, doc, search, grams, kf, kt, tf, tt)),
            past as (
              insert into {past} (id, version, doc, search, grams, known_from, known_to, true_from, true_to)
              select id, version, doc, search, grams, kf, coalesce(kt, 'infinity'), tf, coalesce(tt, 'infinity') from u)
            insert into {table} (id, version, doc, search, grams, known_from, true_from)
            select id, version, doc, search, grams, kf, tf from u where kt is null
            on conflict (id) do update set version = excluded.version, doc = excluded.doc, search = excluded.search, grams = excluded.grams,
              known_from = excluded.known_from, true_from = excluded.true_from
            """);
    }

    /// <inheritdoc />
    internal override StreamFold OpenFold(DocumentStore store) => new DocumentFold(this, store);

    private void SaveNewest(Identifier table, List<State> states, DocumentStore store, KeyRing? ring, SqlBatch sql)
    {
        var search = states.ConvertAll(s => Searched(s.Document, store));
        var docs = states.ConvertAll(s => Json(s.Document, ring));
        sql.Add($"""
            insert into {table} (id, version, doc, search, grams, known_from, true_from)
            select u.id, u.version, u.doc, u.search, string_to_array(u.grams, chr(31)), u.kf, u.tf
            from unnest({Ids(states)}, {Versions(states)}, {docs.ToArray()}, {search.ConvertAll(s => s.Text).ToArray()}, {search.ConvertAll(s => string.Join('\u001f', s.Grams)).ToArray()},
                {Instants(states, s => s.Known)}, {Instants(states, s => s.True)})
              as u(id, version, doc, search, grams, kf, tf)
            on conflict (id) do update set version = excluded.version, doc = excluded.doc, search = excluded.search, grams = excluded.grams,
              known_from = excluded.known_from, true_from = excluded.true_from
            """);
    }

    private static Guid[] Ids(List<State> states) => [.. states.Select(s => s.Document.Id)];

    private static long[] Versions(List<State> states) => [.. states.Select(s => s.Document.Version)];

    private static DateTimeOffset?[] Instants(List<State> states, Func<State, DateTimeOffset?> instant) => [.. states.Select(instant)];

    private (string Text, string[] Grams) Searched(T document, DocumentStore store)
    {
        var (text, grams) = store.Search(SearchTexts(document));
        return (text, [.. grams, .. BlindTexts(document)]);
    }

    private static Jsonb Json(T document, KeyRing? ring) => new(ring is null
        ? JsonSerializer.Serialize(document, EventSerializer.Documents)
        : Encoding.UTF8.GetString(ring.Personal.Json(document, typeof(T), document.Id, ring, EventSerializer.Documents)));

    /// <summary>The page with whole streams, as they can be read now, in place of the events of those that were erased; their rows make room.</summary>
    private async Task<IReadOnlyList<Event>> Anew(IReadOnlyList<Event> page, Guid[] erased, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        // A key that another node destroyed may be in the cache.
        store.Personal?.Forget();
        var last = page.Where(e => erased.Contains(e.StreamId)).GroupBy(e => e.StreamId).ToDictionary(g => g.Key, g => g.Max(e => e.Version));
        var streams = await store.Query.FetchStreamsAsync(erased, ct);
        foreach (var table in Tables) sql.Add($"delete from {sql.Table(table)} where id = any({erased})");
        return [.. streams.Where(e => e.Version <= last[e.StreamId] && Handles(e.Data.GetType())), .. page.Where(e => !erased.Contains(e.StreamId))];
    }

    private async Task<(Dictionary<Guid, State> States, KeyRing? Ring)> Load(IReadOnlyList<Event> page, Identifier table, DocumentStore store, CancellationToken ct)
    {
        KeyRing? ring = null;
        if (store.Personal is { } personal && personal.PlanOf(typeof(T)) is not null)
        {
            ring = new KeyRing(personal);
            KeyRing? added = null;
            foreach (var e in page)
                if (e.Ring is { } keys && !ReferenceEquals(keys, added)) ring.Add(added = keys);
        }
        // Streams that begin in this page have no row yet.
        var begun = page.Where(e => e.Version == 1).Select(e => e.StreamId).ToHashSet();
        var ids = page.Select(e => e.StreamId).Where(id => !begun.Contains(id)).Distinct().ToArray();
        var loaded = new Dictionary<Guid, State>(ids.Length);
        if (ids.Length == 0) return (loaded, ring);
        var rows = new List<(Guid Id, byte[] Json, DateTimeOffset Known, DateTimeOffset True)>(ids.Length);
        await using (var command = store.DataSource.CreateCommand($"select id, doc, known_from, true_from from {table.Value} where id = any($1)"))
        {
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = ids });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                rows.Add((reader.GetGuid(0), reader.GetFieldValue<byte[]>(1), new DateTimeOffset(reader.GetDateTime(2)), new DateTimeOffset(reader.GetDateTime(3))));
        }
        if (ring is not null)
        {
            var persons = new HashSet<Guid>();
            foreach (var (_, json, _, _) in rows) SealedText.AddPersons(json, persons);
            await ring.Personal.LoadAsync(persons, ring, null, ct);
        }
        foreach (var (id, json, known, effective) in rows)
            loaded.Add(id, new State(JsonSerializer.Deserialize<T>(ring is not null && SealedText.In(json) ? ring.Open(json) : json, EventSerializer.Documents)!, known, effective));
        return (loaded, ring);
    }

    private sealed record State(T Document, DateTimeOffset Known, DateTimeOffset True)
    {
        public DateTimeOffset? KnownTo { get; init; }

        public DateTimeOffset? TrueTo { get; init; }

        /// <summary>A state that held for no time on either axis leaves no row, wherever a page of the log happens to end.</summary>
        public bool HeldNoTime(DateTimeOffset knownTo, DateTimeOffset trueTo) => Known == knownTo && True == trueTo;
    }

    /// <summary>The same rows that <see cref="ApplyAsync"/> writes, from whole streams.</summary>
    private sealed class DocumentFold(DocumentProjection<T> projection, DocumentStore store) : StreamFold
    {
        private State? current;
        private KeyRing? ring;

        public override IReadOnlyList<(string Table, string Columns)> Targets { get; } =
        [
            (projection.Table, "id, version, doc, search, grams, known_from, true_from"),
            .. projection.KeepsStates ? [(projection.Table + "_states", "id, version, doc, search, grams, known_from, known_to, true_from, true_to")] : Array.Empty<(string, string)>(),
        ];

        public override void Next(Event e, RowBuffer[] rows)
        {
            var before = current;
            ring = e.Ring ?? ring;
            if (Fold.Next(before?.Document, e) is not { } document) return;
            var known = before is null || e.Timestamp > before.Known ? e.Timestamp : before.Known;
            var effective = before is null || e.EffectiveAt > before.True ? e.EffectiveAt : before.True;
            if (before is not null && projection.KeepsStates && !before.HeldNoTime(known, effective)) Past(before with { KnownTo = known, TrueTo = effective }, rows[1], null);
            current = new State(document, known, effective);
        }

        public override void End(RowBuffer[] rows)
        {
            if (current is not { } state) return;
            current = null;
            var row = rows[0];
            var (text, grams) = projection.Searched(state.Document, store);
            row.Row(7);
            row.Uuid(state.Document.Id);
            row.Bigint(state.Document.Version);
            Json(row, state.Document);
            row.Text(text);
            row.Texts(grams);
            row.Instant(state.Known);
            row.Instant(state.True);
            if (projection.KeepsStates) Past(state, rows[1], row);
            ring = null;
        }

        private void Json(RowBuffer row, T document)
        {
            if (ring is not null && ring.Personal.PlanOf(typeof(T)) is not null) row.Json(ring.Personal.Json(document, typeof(T), document.Id, ring, EventSerializer.Documents));
            else row.Json(document, EventSerializer.Documents);
        }

        private void Past(State state, RowBuffer row, RowBuffer? same)
        {
            var (text, grams) = projection.Searched(state.Document, store);
            row.Row(9);
            row.Uuid(state.Document.Id);
            row.Bigint(state.Document.Version);
            if (same is null) Json(row, state.Document);
            else row.SameJson(same);
            row.Text(text);
            row.Texts(grams);
            row.Instant(state.Known);
            row.Instant(state.KnownTo);
            row.Instant(state.True);
            row.Instant(state.TrueTo);
        }
    }
}
