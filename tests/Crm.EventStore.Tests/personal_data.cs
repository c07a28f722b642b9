using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

/// <summary>Crypto-shredding: what is personal is encrypted under one key a person, and gone with the key.</summary>
public sealed class personal_data(PostgresFixture postgres) : StoreTest(postgres)
{
    private static readonly MasterKeys Master = new(MasterKeys.New());

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Execute(Patients.Schema);
    }

    [Fact]
    public async Task is_in_no_event_in_plain_and_reads_as_it_was_written()
    {
        var store = Ward.Store(DataSource, await Ward.OpenAsync(DataSource, Master));
        var (id, visitor) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        object[] written = [new PatientAdmitted("王芳", "13800138000", "A 1", new DateOnly(1990, 5, 12)), new VisitorCame(visitor, "李雷", ["带了花", "\"quoted\" enc:1p:"]), new PatientMoved("B 2")];
        await Save(store, id, 0, written);

        var stored = await Scalar<string>("select string_agg(data::text, '|' order by version) from events.mt_events");
        foreach (var value in new[] { "王芳", "13800138000", "1990", "李雷", "带了花", "quoted" }) stored.ShouldNotContain(value);
        stored.ShouldContain("\"room\": \"A 1\"");
        Texts(await store.Query.FetchStreamAsync(id, ct: Ct)).ShouldBe(written.Select(Text));
        Texts(await store.Query.FetchLogAsync(0, long.MaxValue, null, 10, Ct)).ShouldBe(written.Select(Text));
        (await Scalar<long>("select count(*) from vault.keys")).ShouldBe(3, "the patient, the visitor and the store itself");
        // Another node, with nothing in its cache.
        var other = Ward.Store(Connect(), await Ward.OpenAsync(DataSource, Master));
        (await other.Query.AggregateStreamAsync<Patient>(id, ct: Ct))!.Visitors[0].Notes.ShouldBe(["带了花", "\"quoted\" enc:1p:"]);
    }

    [Fact]
    public async Task takes_no_look_up_of_keys_once_they_are_known()
    {
        var store = Ward.Store(DataSource, await Ward.OpenAsync(DataSource, Master));
        var id = Guid.CreateVersion7();
        await Save(store, id, 0, new PatientAdmitted("王芳", "13800138000", "A 1"));
        await Execute("alter table vault.keys rename to elsewhere");
        await Save(store, id, 1, new PatientMoved("C"), new VisitorCame(id, "她自己"));
        (await store.Query.AggregateStreamAsync<Patient>(id, ct: Ct))!.Phone.ShouldBe("13800138000");
    }

    [Fact]
    public async Task of_whom_a_stream_is_about_comes_with_the_stream()
    {
        var id = Guid.CreateVersion7();
        await Save(Ward.Store(DataSource, await Ward.OpenAsync(DataSource, Master)), id, 0, new PatientAdmitted("王芳", "13800138000", "A 1"));
        var other = Ward.Store(Connect(), await Ward.OpenAsync(DataSource, Master));
        var calls = 0;
        var trace = ActivityTraceId.CreateRandom();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = call => { if (call.TraceId == trace && call.GetTagItem("db.statement") is not null | call.GetTagItem("db.query.text") is not null) Interlocked.Increment(ref calls); },
        };
        ActivitySource.AddActivityListener(listener);
        using (new Activity("command").SetParentId(trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start())
        {
            await using var session = other.OpenSession(Somebody);
            (await session.FetchForWriting<Patient>(id, Ct)).Aggregate!.Phone.ShouldBe("13800138000");
        }
        calls.ShouldBe(1, "events and key in one round trip");
    }

    [Fact]
    public async Task is_what_was_given_as_a_reason_too_unless_it_is_a_code()
    {
        var personal = await Ward.OpenAsync(DataSource, Master);
        var store = Ward.Store(DataSource, personal);
        var id = Guid.CreateVersion7();
        await using (var session = store.OpenSession(Somebody with { Reason = "她自己 \"要求\" 的" }))
        {
            session.Append<Patient>(id, 0, [new PatientAdmitted("王芳", null, "A 1"), new PatientMoved("B 2")]);
            session.Append<Patient>(id, 0, [new PatientMoved("C 3")], Somebody with { Reason = "transfer", ReasonIsCode = true });
            session.Append<Patient>(id, 0, [new PatientMoved("D 4")], Somebody with { Reason = "enc:1T:not one of ours" });
            await session.SaveChangesAsync(Ct);
        }
        var stored = await Scalar<string>("select string_agg(headers::text, '|') from events.mt_events");
        stored.ShouldNotContain("她自己");
        stored.ShouldContain("transfer");
        string?[] given = ["她自己 \"要求\" 的", "她自己 \"要求\" 的", "transfer", "enc:1T:not one of ours"];
        var other = Ward.Store(Connect(), await Ward.OpenAsync(DataSource, Master));
        (await other.Query.FetchStreamAsync(id, ct: Ct)).Select(e => e.Context.Reason).ShouldBe(given);
        (await other.Query.FetchLogAsync(0, long.MaxValue, null, 10, Ct)).Select(e => e.Context.Reason).ShouldBe(given);

        await using (var session = store.OpenSession(Somebody))
        {
            PersonalData.Destroy(session.Sql, [id]);
            await session.SaveChangesAsync(Ct);
        }
        personal.Forget();
        // Of an erased person no reason is kept, and what is no secret can still be recorded.
        await using (var session = store.OpenSession(Somebody with { Reason = "noch einer" }))
        {
            session.Append<Patient>(id, 4, [new PatientMoved("E 5")]);
            await session.SaveChangesAsync(Ct);
        }
        (await store.Query.FetchStreamAsync(id, ct: Ct)).Select(e => e.Context.Reason).ShouldBe(["", "", "transfer", "", ""]);
        (await Scalar<string>("select string_agg(headers::text, '|') from events.mt_events")).ShouldNotContain("noch einer");
    }

    [Fact]
    public async Task of_any_shape_survives_and_every_master_key_can_be_replaced()
    {
        var random = new Random(7);
        var (first, second) = (MasterKeys.New(), MasterKeys.New());
        var store = Ward.Store(DataSource, await Ward.OpenAsync(DataSource, new MasterKeys(first)));
        var written = new Dictionary<Guid, object[]>();
        for (var i = 0; i < 60; i++)
        {
            var id = Guid.CreateVersion7();
            written[id] = [new PatientAdmitted(Any(), random.Next(4) == 0 ? null : Any(), Any(), random.Next(2) == 0 ? null : new DateOnly(2000, 1, 1).AddDays(random.Next(9_000))),
                .. Enumerable.Range(0, random.Next(4)).Select(_ => new VisitorCame(Guid.CreateVersion7(), Any(), random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(4)).Select(_ => Any())]))];
            await Save(store, id, 0, written[id]);
        }
        var before = await Rows("select seq_id, data from events.mt_events");

        var both = await Ward.OpenAsync(DataSource, new MasterKeys(second + "\n" + first));
        (await both.RewrapAsync(Ct)).ShouldBe((int)await Scalar<long>("select count(*) from vault.keys"));
        (await both.RewrapAsync(Ct)).ShouldBe(0);
        (await Rows("select seq_id, data from events.mt_events")).ShouldBe(before, "no event is rewritten");
        var after = Ward.Store(DataSource, await Ward.OpenAsync(DataSource, new MasterKeys(second)));
        foreach (var (id, events) in written) Texts(await after.Query.FetchStreamAsync(id, ct: Ct)).ShouldBe(events.Select(Text));
        await Should.ThrowAsync<CryptographicException>(() => Ward.OpenAsync(DataSource, new MasterKeys(first)));

        string Any() => string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(6) switch { 0 => "\"", 1 => "\\", 2 => "😀", 3 => "enc:1", 4 => "芳", _ => ((char)random.Next(32, 127)).ToString() }));
    }

    [Fact]
    public async Task has_one_key_a_person_whoever_comes_first()
    {
        var visitor = Guid.CreateVersion7();
        var stores = new List<DocumentStore>();
        for (var i = 0; i < 4; i++) stores.Add(Ward.Store(Connect(), await Ward.OpenAsync(DataSource, Master)));
        var patients = Enumerable.Range(0, 24).Select(_ => Guid.CreateVersion7()).ToArray();
        await Task.WhenAll(patients.Select((id, i) => Task.Run(async () =>
        {
            // One that meets another key is decided again, as every command is.
            for (var version = 0L; ;)
                try
                {
                    await Save(stores[i % 4], id, version, new PatientAdmitted("p" + i, null, "A"), new VisitorCame(visitor, "李雷", ["note " + i]));
                    return;
                }
                catch (ConcurrencyException)
                {
                    version = 0;
                }
        }, Ct)));
        (await Scalar<long>($"select count(*) from vault.keys where subject = '{visitor}'")).ShouldBe(1);
        var fresh = Ward.Store(Connect(), await Ward.OpenAsync(DataSource, Master));
        for (var i = 0; i < patients.Length; i++)
            (await fresh.Query.AggregateStreamAsync<Patient>(patients[i], ct: Ct))!.Visitors[0].Notes.ShouldBe(["note " + i]);
    }

    [Fact]
    public async Task is_gone_with_the_key_from_events_documents_past_states_snapshots_and_search_and_a_rebuild_gives_the_same_rows()
    {
        var personal = await Ward.OpenAsync(DataSource, Master);
        var store = await Start(Ward.Store(DataSource, personal, snapshotEvery: 2));
        var (id, visitor, other) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await Save(store, id, 0, new PatientAdmitted("王芳", "13800138000", "A 1", new DateOnly(1990, 5, 12)));
        await using (var session = store.OpenSession(Somebody))
        {
            (await session.FetchForWriting<Patient>(id, Ct)).AppendMany([new VisitorCame(visitor, "李雷", ["带了花"]), new PatientMoved("B 2")]);
            await session.SaveChangesAsync(Ct);
        }
        await Save(store, other, 0, new PatientAdmitted("韩梅梅", "13900139000", "A 2"));
        (await store.Daemon.CatchUpAsync(Patience)).ShouldBeTrue();
        (await Everything()).ShouldContain("王芳", customMessage: "names are read and sorted by in documents");
        (await Everything()).ShouldNotContain("13800138000");
        (await Scalar<long>($"select count(*) from ward.patients where grams @> array['{personal.Blind("phone", "13800138000")}']")).ShouldBe(1);

        await using (var session = store.OpenSession(Somebody))
        {
            (await session.FetchForWriting<Patient>(id, Ct)).AppendMany([new PatientErased(Ward.Gone(id))]);
            PersonalData.Destroy(session.Sql, [id, visitor]);
            session.RemoveSnapshots(id);
            session.AfterCommit(personal.Forget);
            await session.SaveChangesAsync(Ct);
        }
        (await store.Daemon.CatchUpAsync(Patience)).ShouldBeTrue();
        var everything = await Everything();
        foreach (var value in new[] { "王芳", "13800138000", "1990-05-12", "李雷", "带了花", personal.Blind("phone", "13800138000") }) everything.ShouldNotContain(value);
        everything.ShouldContain("韩梅梅");
        var admitted = (PatientAdmitted)(await store.Query.FetchStreamAsync(id, ct: Ct))[0].Data;
        (admitted.Name, admitted.Phone, admitted.Room, admitted.Birthday).ShouldBe((Ward.Gone(id), null, "A 1", null));
        (await store.Query.AggregateStreamAsync<Patient>(id, 3, ct: Ct))!.Visitors[0].Name.ShouldBe(Ward.Gone(visitor));
        await Should.ThrowAsync<PersonErasedException>(() => Save(store, id, 4, new VisitorCame(visitor, "李雷")));
        (await store.Query.AggregateStreamAsync<Patient>(other, ct: Ct))!.Phone.ShouldBe("13900139000");

        var live = await Rows("select * from ward.patients") + await Rows("select * from ward.patients_states");
        await store.Daemon.RebuildAsync("ward.patients", "test", "equal rows", Ct).WaitAsync(Patience, Ct);
        (await Rows("select * from ward.patients") + await Rows("select * from ward.patients_states")).ShouldBe(live);
    }

    [Fact]
    public async Task built_anew_while_the_keys_are_there_has_the_rows_it_had()
    {
        var store = await Start(Ward.Store(DataSource, await Ward.OpenAsync(DataSource, Master)));
        for (var i = 0; i < 40; i++)
        {
            var id = Guid.CreateVersion7();
            await Save(store, id, 0, new PatientAdmitted("p" + i, "1380013" + i, "A"), new VisitorCame(Guid.CreateVersion7(), "v" + i, ["n"]));
            await Save(store, id, 2, new PatientMoved("B"));
        }
        (await store.Daemon.CatchUpAsync(Patience)).ShouldBeTrue();
        var live = await Rows("select * from ward.patients") + await Rows("select * from ward.patients_states");
        live.ShouldContain("enc:1p:");
        await store.Daemon.RebuildAsync("ward.patients", "test", "equal rows", Ct).WaitAsync(Patience, Ct);
        (await Rows("select * from ward.patients") + await Rows("select * from ward.patients_states")).ShouldBe(live);
    }

    [Fact]
    public async Task that_was_stored_in_plain_before_is_read_as_it_is()
    {
        var id = Guid.CreateVersion7();
        await Save(Ward.Store(DataSource, null), id, 0, new PatientAdmitted("王芳", "13800138000", "A 1"));
        var store = Ward.Store(DataSource, await Ward.OpenAsync(DataSource, Master));
        await Save(store, id, 1, new VisitorCame(id, "她自己", ["neu"]));
        var patient = (await store.Query.AggregateStreamAsync<Patient>(id, ct: Ct))!;
        (patient.Phone, patient.Visitors[0].Notes![0]).ShouldBe(("13800138000", "neu"));
    }

    [Fact]
    public async Task documents_of_a_list_are_opened_together_in_plain_or_masked()
    {
        var personal = await Ward.OpenAsync(DataSource, Master);
        var store = await Start(Ward.Store(DataSource, personal));
        await Save(store, Guid.CreateVersion7(), 0, new PatientAdmitted("王芳", "13800138000", "A 1", new DateOnly(1990, 5, 12)));
        await Save(store, Guid.CreateVersion7(), 0, new PatientAdmitted("李雷", null, "A 2"));
        (await store.Daemon.CatchUpAsync(Patience)).ShouldBeTrue();
        string[] documents = [await Scalar<string>("select doc::text from ward.patients where doc->>'name' = '王芳'"), await Scalar<string>("select doc::text from ward.patients where doc->>'name' = '李雷'")];
        Phone((await personal.OpenAsync(documents, null, Ct))[0]).ShouldBe("13800138000");
        var masked = await personal.OpenAsync(documents, (kind, text) => kind == 'p' ? "***" + text[^4..] : null, Ct);
        Phone(masked[0]).ShouldBe("***8000");
        masked[0].ShouldContain("1990-05-12");
        Phone(masked[1]).ShouldBeNull();

        static string? Phone(string document) => JsonDocument.Parse(document).RootElement.GetProperty("phone").GetString();
    }

    /// <summary>Every row of every table of the store and the ward, as text.</summary>
    private async Task<string> Everything()
    {
        var all = new StringBuilder();
        foreach (var table in new[] { "events.mt_events", "snapshots.snapshots", "ward.patients", "ward.patients_states" }) all.Append(await Rows("select * from " + table));
        return all.ToString();
    }

    private static async Task<SaveResult> Save(DocumentStore store, Guid id, long expected, params object[] events)
    {
        await using var session = store.OpenSession(Somebody);
        session.Append<Patient>(id, expected, events);
        return await session.SaveChangesAsync(Ct);
    }

    private static IEnumerable<string> Texts(IEnumerable<Event> events) => events.Select(e => Text(e.Data));

    private static string Text(object data) => data.GetType().Name + JsonSerializer.Serialize(data, data.GetType(), EventSerializer.Options);
}
