using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace Crm.EventStore;

/// <summary>
/// Personal data by crypto-shredding: members that <see cref="PersonalMarks"/> names are encrypted in events, snapshots and documents under one key per
/// person (AES-256-GCM, NIST SP 800-38D); the keys are wrapped by a master key that is not in the database. Without the key the data is gone, wherever a copy of it lies.
/// </summary>
/// <remarks>Keys are cached for half a minute at most, so that a key that another node destroyed is forgotten here too.</remarks>
public sealed class PersonalData
{
    private const int Cached = 5_000;
    private const long Generation = 15_000;
    private const string SelectKeys = "select subject, master, wrapped from vault.keys where subject = any($1)";

    // The key of the store itself, for what is bound to no person: blind indexes and answers that are kept for a day.
    private static readonly Guid Own = Guid.Parse("00000000-0000-8000-8000-000000000001");

    private readonly NpgsqlDataSource database;
    private readonly IKeyManagement masters;
    private readonly PersonalMarks marks;
    private readonly ConcurrentDictionary<Type, PersonalPlan?> plans = new();
    private readonly ConcurrentDictionary<Type, bool> aboutPersons = new();
    private volatile Cache young = new();
    private volatile Cache old = new();
    private PersonalKey? own;

    /// <summary>Opens nothing yet; see <see cref="OpenAsync(CancellationToken)"/>.</summary>
    /// <param name="database">The database with schema <c>vault</c>; its owner disposes it.</param>
    /// <param name="masters">What wraps the keys.</param>
    /// <param name="marks">How types say what is personal.</param>
    /// <param name="placeholder">What stands for the name of a person whose key was destroyed: the same for ever, and nothing that tells who it was.</param>
    public PersonalData(NpgsqlDataSource database, IKeyManagement masters, PersonalMarks marks, Func<Guid, string> placeholder) =>
        (this.database, this.masters, this.marks, Placeholder) = (database, masters, marks, placeholder);

    /// <summary>What stands for the name of a person whose key was destroyed.</summary>
    public Func<Guid, string> Placeholder { get; }

    /// <summary>Loads the store's own key, or makes it where there is none. To be awaited once, after the migrations and before anything else.</summary>
    /// <exception cref="CryptographicException">The master key is not the one the database was filled with.</exception>
    public async Task OpenAsync(CancellationToken ct = default)
    {
        var key = PersonalKey.New();
        var wrapped = await masters.WrapAsync(Own, key.Bytes, ct);
        await using (var insert = database.CreateCommand("insert into vault.keys (subject, wrapped, master) values ($1, $2, $3) on conflict do nothing"))
        {
            insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Own });
            insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = wrapped });
            insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = masters.Current });
            await insert.ExecuteNonQueryAsync(ct);
        }
        var ring = new KeyRing(this);
        await LoadAsync([Own], ring, null, ct);
        own = ring.Key(Own);
    }

    /// <summary>
    /// A keyed hash of a value, by which equal values are found without keeping them (a blind index). The same value has different ones for different purposes.
    /// </summary>
    /// <param name="what">The purpose, for example <c>phone</c>.</param>
    /// <param name="value">The value in the form in which two spellings are the same.</param>
    public string Blind(string what, string value) => Opened.Blind(what, value);

    /// <summary>Encrypts bytes that are kept for a while and belong to no one person.</summary>
    /// <param name="purpose">What they are for; they open for nothing else.</param>
    /// <param name="plain">The bytes.</param>
    public byte[] Protect(string purpose, ReadOnlySpan<byte> plain) => Opened.Protect(purpose, plain);

    /// <summary>The bytes behind <see cref="Protect"/>.</summary>
    /// <exception cref="CryptographicException">They were changed or are for another purpose.</exception>
    public byte[] Unprotect(string purpose, ReadOnlySpan<byte> sealedBytes) => Opened.Unprotect(purpose, sealedBytes);

    /// <summary>Encrypts bytes of one person that are kept beside the log, such as a file, by the person's key, which is made where there is none.</summary>
    /// <param name="person">The person.</param>
    /// <param name="purpose">What they are for; they open for nothing else.</param>
    /// <param name="plain">The bytes.</param>
    /// <param name="ct">Cancels the look-up of the key.</param>
    /// <exception cref="PersonErasedException">The person's key was destroyed.</exception>
    public async Task<byte[]> ProtectAsync(Guid person, string purpose, ReadOnlyMemory<byte> plain, CancellationToken ct = default)
    {
        var ring = new KeyRing(this);
        await LoadAsync([person], ring, null, ct);
        if (!ring.Has(person)) await CompleteAsync([person], ring, ct);
        return (ring.Key(person) ?? throw new PersonErasedException(person)).Protect(purpose, plain.Span);
    }

    /// <summary>The bytes behind <see cref="ProtectAsync"/>.</summary>
    /// <exception cref="PersonErasedException">The person's key was destroyed.</exception>
    /// <exception cref="CryptographicException">They were changed or are for another purpose.</exception>
    public async Task<byte[]> UnprotectAsync(Guid person, string purpose, ReadOnlyMemory<byte> sealedBytes, CancellationToken ct = default)
    {
        var ring = new KeyRing(this);
        await LoadAsync([person], ring, null, ct);
        return (ring.Key(person) ?? throw new PersonErasedException(person)).Unprotect(purpose, sealedBytes.Span);
    }

    /// <summary>JSON as it lies in tables, with its encrypted values in plain or masked; at most one statement for all of it.</summary>
    /// <param name="json">Documents.</param>
    /// <param name="mask">What is shown in place of a value; null shows it.</param>
    /// <param name="ct">Cancels the look-up of keys.</param>
    public async ValueTask<IReadOnlyList<string>> OpenAsync(IReadOnlyList<string> json, PersonalMask? mask, CancellationToken ct = default)
    {
        HashSet<Guid>? persons = null;
        foreach (var document in json)
            if (document.Contains("\"enc:1", StringComparison.Ordinal)) SealedText.AddPersons(Encoding.UTF8.GetBytes(document), persons ??= []);
        if (persons is null) return json;
        var ring = new KeyRing(this);
        await LoadAsync(persons, ring, null, ct);
        return [.. json.Select(document => document.Contains("\"enc:1", StringComparison.Ordinal) ? Encoding.UTF8.GetString(ring.Open(Encoding.UTF8.GetBytes(document), mask)) : document)];
    }

    /// <summary>Shows masks in place of the personal members of an object that was made of a value of the type.</summary>
    public JsonObject Mask(Type type, JsonObject json, PersonalMask mask)
    {
        PlanOf(type)?.Mask(json, mask);
        return json;
    }

    /// <summary>The same for the value of one member.</summary>
    /// <param name="type">The type that has the member.</param>
    /// <param name="member">The member's JSON name.</param>
    /// <param name="value">Its value; of a list of objects also one of them.</param>
    /// <param name="mask">What is shown in place of a value.</param>
    public JsonNode? Mask(Type type, string member, JsonNode? value, PersonalMask mask) => PlanOf(type) is { } plan ? plan.Mask(member, value, mask) : value;

    /// <summary>Destroys keys for good, in the transaction of the batch; persons who never had one get a destroyed one. <see cref="Forget"/> follows the commit.</summary>
    public static void Destroy(SqlBatch sql, IReadOnlyCollection<Guid> persons) => sql.Add($"""
        insert into vault.keys as k (subject, destroyed_at) select u, now() from unnest({persons.ToArray()}) u
        on conflict (subject) do update set wrapped = null, master = null, destroyed_at = now() where k.destroyed_at is null
        """);

    /// <summary>Empties the cache, so that keys are asked for again.</summary>
    public void Forget() => (young, old) = (new(), new());

    /// <summary>Wraps every key that is wrapped by another master key by the current one. Nothing that was encrypted changes.</summary>
    /// <returns>The number of keys.</returns>
    public async Task<int> RewrapAsync(CancellationToken ct = default)
    {
        var count = 0;
        // A service that has a newer master key says so with the first key it wraps.
        await masters.WrapAsync(Own, PersonalKey.New().Bytes, ct);
        while (true)
        {
            var page = new List<(Guid Subject, string Master, byte[] Wrapped)>();
            await using (var command = database.CreateCommand("select subject, master, wrapped from vault.keys where wrapped is not null and master <> $1 order by master, subject limit 500"))
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = masters.Current });
                await using var reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct)) page.Add((reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
            }
            if (page.Count == 0) return count;
            var wrapped = new byte[page.Count][];
            for (var i = 0; i < page.Count; i++)
                wrapped[i] = await masters.WrapAsync(page[i].Subject, await masters.UnwrapAsync(page[i].Subject, page[i].Master, page[i].Wrapped, ct), ct);
            // One that was destroyed meanwhile stays so.
            await using var update = database.CreateCommand("""
                update vault.keys k set wrapped = u.wrapped, master = $4 from unnest($1, $2, $3) as u(subject, master, wrapped)
                where k.subject = u.subject and k.master = u.master
                """);
            update.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. page.Select(k => k.Subject)] });
            update.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. page.Select(k => k.Master)] });
            update.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = wrapped });
            update.Parameters.Add(new NpgsqlParameter<string> { TypedValue = masters.Current });
            count += await update.ExecuteNonQueryAsync(ct);
        }
    }

    internal PersonalPlan? PlanOf(Type type) => plans.TryGetValue(type, out var plan) ? plan : plans.GetOrAdd(type, static (t, m) => PersonalPlan.Of(t, m), marks);

    /// <summary>Whether the streams of an aggregate are about persons: the stream's id names one, and every reason given there is theirs.</summary>
    internal bool IsPerson(Type aggregate) => aboutPersons.GetOrAdd(aggregate, static (type, marks) => marks.IsPerson(type), marks);

    /// <summary>Whether a key is known without asking.</summary>
    internal bool Knows(Guid person) => young.Keys.ContainsKey(person) || old.Keys.ContainsKey(person);

    /// <summary>The statement that asks for keys; what it answers is for <see cref="AddAsync"/>.</summary>
    internal static NpgsqlBatchCommand Select(Guid[] persons) => new(SelectKeys) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = persons } } };

    /// <summary>Puts the keys that a statement answers on the ring.</summary>
    internal async ValueTask AddAsync(DbDataReader reader, KeyRing ring, bool remember, CancellationToken ct)
    {
        var found = new List<(Guid Person, string? Master, byte[]? Wrapped)>();
        while (await reader.ReadAsync(ct)) found.Add((reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2)));
        // A key management service may take its time: nothing is read meanwhile.
        await reader.CloseAsync();
        foreach (var (person, master, wrapped) in found)
        {
            var key = wrapped is null ? null : new PersonalKey(await masters.UnwrapAsync(person, master!, wrapped, ct));
            ring.Add(person, key);
            if (remember) Remember(person, key);
        }
    }

    /// <summary>Puts keys on the ring: from the cache, the others with one statement, which runs in the transaction if there is one.</summary>
    internal async ValueTask LoadAsync(IReadOnlyCollection<Guid> persons, KeyRing ring, NpgsqlTransaction? transaction, CancellationToken ct)
    {
        List<Guid>? missing = null;
        foreach (var person in persons)
        {
            if (ring.Has(person)) continue;
            if (young.Keys.TryGetValue(person, out var key) || old.Keys.TryGetValue(person, out key)) ring.Add(person, key);
            else (missing ??= []).Add(person);
        }
        if (missing is null) return;
        await using var command = transaction is null ? database.CreateCommand(SelectKeys) : new NpgsqlCommand(SelectKeys, transaction.Connection, transaction);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. missing] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        // What another transaction may still take back is not remembered.
        await AddAsync(reader, ring, remember: transaction is null, ct);
    }

    /// <summary>Gets the keys that pending events need, and makes those that are not there: they are stored with the events.</summary>
    /// <exception cref="PersonErasedException">A person's key was destroyed: nothing can be recorded about them any more.</exception>
    internal async ValueTask PrepareAsync(List<PendingStream> streams, NpgsqlTransaction? transaction, CancellationToken ct)
    {
        Dictionary<Guid, PersonalKey>? made = null;
        var needed = streams.ConvertAll(Needed);
        // One look-up for all streams. Whoever a stream is about that begins here cannot have a key yet.
        var asked = new HashSet<Guid>();
        for (var i = 0; i < streams.Count; i++)
            foreach (var person in needed[i].All)
                if (streams[i].Ring?.Has(person) != true && (streams[i].ExpectedVersion != 0 || person != streams[i].Id)) asked.Add(person);
        var known = new KeyRing(this);
        await LoadAsync(asked, known, transaction, ct);
        for (var i = 0; i < streams.Count; i++)
        {
            var (stream, persons, reasoned) = (streams[i], needed[i].Persons, needed[i].Reasoned);
            if (needed[i].All.Count > 0)
            {
                stream.Ring ??= new KeyRing(this);
                foreach (var person in needed[i].All)
                {
                    if (!stream.Ring.Has(person) && known.Has(person)) stream.Ring.Add(person, known.Key(person));
                    if (stream.Ring.Key(person) is not null) continue;
                    if (stream.Ring.Has(person))
                    {
                        if (persons?.Contains(person) == true) throw new PersonErasedException(person);
                        continue;
                    }
                    if (made?.TryGetValue(person, out var key) != true)
                    {
                        (made ??= []).Add(person, key = PersonalKey.New());
                        (stream.NewKeys ??= []).Add(new NewKey(person, masters.Current, await masters.WrapAsync(person, key.Bytes, ct)));
                    }
                    stream.Ring.Add(person, key);
                }
            }
            foreach (var e in stream.Events)
            {
                e.Ring = stream.Ring;
                if (reasoned is not null && ReasonOf(e, stream) is { } person) e.StoredReason = Reason(e.Context.Reason!, person, stream.Ring!);
            }
        }
    }

    /// <summary>Whose keys a stream's events need: for what they hold, and for the reasons that were given.</summary>
    private (HashSet<Guid>? Persons, HashSet<Guid>? Reasoned, HashSet<Guid> All) Needed(PendingStream stream)
    {
        HashSet<Guid>? persons = null;
        HashSet<Guid>? reasoned = null;
        foreach (var e in stream.Events)
        {
            PlanOf(e.Data.GetType())?.AddPersons(e.Data, e.StreamId, persons ??= [], Placeholder);
            if (ReasonOf(e, stream) is { } person) (reasoned ??= []).Add(person);
        }
        return (persons, reasoned, [.. persons ?? [], .. reasoned ?? []]);
    }

    /// <summary>Whose the reason of an event is: the person the event names, or whom the stream is about.</summary>
    private Guid? ReasonOf(Event e, PendingStream stream) => e.Context is { Reason.Length: > 0, ReasonIsCode: false }
        ? PlanOf(e.Data.GetType())?.PersonOf(e.Data) ?? (stream.IsPerson ? stream.Id : null)
        : null;

    /// <summary>A reason as it is stored; of an erased person none is kept.</summary>
    private static string Reason(string reason, Guid person, KeyRing ring) =>
        ring.Key(person) is { } key ? key.Seal(person, 'T', JsonSerializer.SerializeToUtf8Bytes(reason, EventSerializer.Options)) : "";

    /// <summary>
    /// Puts a key for each person on the ring, made and stored now where there is none. Of a person whose key was destroyed it is one that is kept nowhere:
    /// what is encrypted with it nobody reads.
    /// </summary>
    internal async Task CompleteAsync(IReadOnlyCollection<Guid> persons, KeyRing ring, CancellationToken ct)
    {
        await LoadAsync(persons, ring, null, ct);
        var missing = persons.Where(p => !ring.Has(p)).ToList();
        if (missing.Count > 0)
        {
            var made = new List<NewKey>(missing.Count);
            foreach (var person in missing) made.Add(new NewKey(person, masters.Current, await masters.WrapAsync(person, PersonalKey.New().Bytes, ct)));
            await using var batch = database.CreateBatch();
            var insert = Insert(made);
            // Whoever came first made the key.
            insert.CommandText += " on conflict (subject) do nothing";
            batch.BatchCommands.Add(insert);
            await batch.ExecuteNonQueryAsync(ct);
            await LoadAsync(missing, ring, null, ct);
        }
        foreach (var person in persons)
            if (ring.Key(person) is null) ring.Add(person, PersonalKey.New());
    }

    /// <summary>After the commit: what was made is used again.</summary>
    internal void Remember(List<PendingStream> streams)
    {
        foreach (var stream in streams)
            foreach (var made in stream.NewKeys ?? []) Remember(made.Person, stream.Ring!.Key(made.Person));
    }

    /// <summary>The statement that stores new keys; it comes first, so that a save that finds another key there burns no number.</summary>
    internal static NpgsqlBatchCommand Insert(List<NewKey> keys) => new("insert into vault.keys (subject, wrapped, master) select * from unnest($1, $2, $3)")
    {
        Parameters =
        {
            new NpgsqlParameter<Guid[]> { TypedValue = [.. keys.Select(k => k.Person)] },
            new NpgsqlParameter<byte[][]> { TypedValue = [.. keys.Select(k => k.Wrapped)] },
            new NpgsqlParameter<string[]> { TypedValue = [.. keys.Select(k => k.Master)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
        },
    };

    /// <summary>A value as JSON, its personal members encrypted as far as the ring has keys.</summary>
    internal byte[] Json(object value, Type type, Guid person, KeyRing? ring, JsonSerializerOptions options)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, type, options);
        return ring is not null && PlanOf(type) is { } plan ? plan.Seal(json, person, ring) : json;
    }

    private PersonalKey Opened => own ?? throw new InvalidOperationException("The keys of the store have not been opened.");

    private void Remember(Guid person, PersonalKey? key)
    {
        var now = young;
        if (now.Keys.Count >= Cached || now.Age > Generation) (old, young) = (now, now = new());
        now.Keys[person] = key;
    }

    private sealed class Cache
    {
        private readonly long begun = Environment.TickCount64;

        public ConcurrentDictionary<Guid, PersonalKey?> Keys { get; } = new();

        public long Age => Environment.TickCount64 - begun;
    }
}

/// <summary>A key that is stored with the events that need it.</summary>
internal sealed record NewKey(Guid Person, string Master, byte[] Wrapped);

/// <summary>A person was erased: their key is destroyed and nothing personal can be recorded about them.</summary>
public sealed class PersonErasedException(Guid person) : Exception($"The key of {person} was destroyed.")
{
    /// <summary>The person.</summary>
    public Guid Person { get; } = person;
}
