using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>
/// The pairs of customers on file that are likely to be one, found whenever one of them changes: by folded names and their pinyin, blind indexes of numbers, addresses
/// and domains. It reads the log by itself and in its order, so that two customers registered at once find each other, and is built for all data the way every
/// projection is. A key that more than <see cref="MostOfOneKey"/> customers share (a switchboard, a mailbox of a service provider) is crowded: it tells nothing and is left out.
/// The open pairs follow from keys, subjects and dismissals alone, so they are found once for all customers that a page of the log touched, whatever pages it is read in.
/// </summary>
internal sealed class DuplicatePairs(PersonalData? personal) : Projection
{
    /// <summary>Most customers that one key makes pairs of.</summary>
    public const int MostOfOneKey = 50;

    public override string Name => "customer.duplicates";

    /// <summary>2: a key that becomes crowded, or is no longer, is looked at again for all that have it.</summary>
    public override int Version => 2;

    public override IReadOnlyList<string> Tables { get; } = ["customer.duplicate_subjects", "customer.duplicate_keys", "customer.duplicate_crowds", "customer.duplicate_dismissals", "customer.duplicate_pairs"];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerDeleted), typeof(CustomerUndeleted), typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved),
        typeof(CustomerErased), typeof(ContactErased), typeof(CustomerMerged), typeof(CustomerUnmerged), typeof(DuplicateDismissed), typeof(DuplicateReopened),
    ];

    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var touched = new Touched();
        foreach (var e in page)
        {
            // What the two had in common is kept with the merge: it must have been found.
            if (e.Data is CustomerMerged merged) Merge(e, merged, Settle(sql, touched));
            else Read(e, sql, touched);
        }
        Settle(sql, touched);
        return ValueTask.CompletedTask;
    }

    private void Read(Event e, SqlBatch sql, Touched touched)
    {
        var id = e.StreamId;
        var ofDismissals = sql.Table("customer.duplicate_dismissals");
        switch (e.Data)
        {
            case CustomerRegistered x:
                touched.Registered.Add(id, x.Kind == CustomerKind.Person);
                touched.Put(id, [], [.. OfName("name", x.Name), .. OfName("shortName", x.ShortName), .. OfPhone("phone", x.Phone), .. OfEmail("email", x.Email)]);
                break;
            case CustomerDetailsChanged x:
                string[] fields = [.. new[] { ("name", x.Name), ("shortName", x.ShortName), ("phone", x.Phone), ("email", x.Email) }.Where(f => f.Item2 is not null || x.Cleared?.Contains(f.Item1) == true).Select(f => f.Item1)];
                if (fields.Length == 0 && x.Kind is null) return;
                if (x.Kind is { } kind) touched.Statements.Add(() => sql.Add($"update {sql.Table("customer.duplicate_subjects")} set person = {kind == CustomerKind.Person} where customer_id = {id}"));
                touched.Put(id, fields, [.. OfName("name", x.Name), .. OfName("shortName", x.ShortName), .. OfPhone("phone", x.Phone), .. OfEmail("email", x.Email)]);
                break;
            case ContactAdded x:
                touched.Put(id, [$"{x.ContactId}.phone", $"{x.ContactId}.email"], [.. OfPhone($"{x.ContactId}.phone", x.Phone), .. OfEmail($"{x.ContactId}.email", x.Email)]);
                break;
            case ContactChanged x:
                string[] changed = [.. new[] { ("phone", x.Phone), ("email", x.Email) }.Where(f => f.Item2 is not null || x.Cleared?.Contains(f.Item1) == true).Select(f => $"{x.ContactId}.{f.Item1}")];
                if (changed.Length == 0) return;
                touched.Put(id, changed, [.. OfPhone($"{x.ContactId}.phone", x.Phone), .. OfEmail($"{x.ContactId}.email", x.Email)]);
                break;
            case ContactRemoved x: touched.Put(id, [$"{x.ContactId}.phone", $"{x.ContactId}.email"], []); break;
            case ContactErased x: touched.Put(id, [$"{x.ContactId}.phone", $"{x.ContactId}.email"], []); break;
            case CustomerUnmerged x:
                touched.Statements.Add(() => sql.Add($"delete from {sql.Table("customer.duplicate_pairs")} where a_id = {First(id, x.SourceId)} and b_id = {Second(id, x.SourceId)} and state = 'merged'"));
                touched.Put(id, [.. (x.Contacts ?? []).SelectMany(c => new[] { $"{c}.phone", $"{c}.email" })], []);
                break;
            case CustomerErased: touched.Empty(id); break;
            case CustomerDeleted: touched.Statements.Add(() => Live(sql, id, false)); break;
            case CustomerUndeleted: touched.Statements.Add(() => Live(sql, id, true)); break;
            case DuplicateDismissed x:
                touched.Statements.Add(() => sql.Add($"""
                    insert into {ofDismissals} (a_id, b_id, reasons, by_id, at, reason)
                    values ({First(id, x.OtherId)}, {Second(id, x.OtherId)}, {x.Reasons}, {e.Context.UserName}, {Instant(e)}, {e.SealedReason})
                    on conflict (a_id, b_id) do update set reasons = excluded.reasons, by_id = excluded.by_id, at = excluded.at, reason = excluded.reason
                    """));
                break;
            case DuplicateReopened x:
                touched.Statements.Add(() => sql.Add($"delete from {ofDismissals} where a_id = {First(id, x.OtherId)} and b_id = {Second(id, x.OtherId)}"));
                break;
        }
        touched.Last[id] = e;
    }

    private static void Merge(Event e, CustomerMerged x, SqlBatch sql)
    {
        var id = e.StreamId;
        sql.Add($$"""
            insert into {{sql.Table("customer.duplicate_pairs")}} (id, a_id, b_id, state, score, doc)
            values ({{x.MergeId}}, {{First(id, x.SourceId)}}, {{Second(id, x.SourceId)}}, 'merged', 1, {{SqlBatch.Json("{}")}})
            on conflict (a_id, b_id) do update set id = excluded.id, state = 'merged', score = 1
            """);
        sql.Add($"""
            update {sql.Table("customer.duplicate_pairs")} set doc = jsonb_build_object('id', id, 'aId', a_id, 'bId', b_id, 'reasons', coalesce(doc->'reasons', '[]'), 'score', score, 'state', state, 'at', {Instant(e)}::text, 'mergeId', {x.MergeId}::uuid, 'mergedInto', {id}::uuid)
            where a_id = {First(id, x.SourceId)} and b_id = {Second(id, x.SourceId)}
            """);
    }

    private readonly record struct Row(string Field, MatchKey Key);

    private static IEnumerable<Row> OfName(string field, string? name)
    {
        if (MatchKey.OfName(name) is { } key) yield return new(field, key);
        if (MatchKey.OfPinyin(name) is { } pinyin) yield return new(field, pinyin);
    }

    private static IEnumerable<Row> OfPhone(string field, string? phone) => MatchKey.OfPhone(phone) is { } key ? [new(field, key)] : [];

    private static IEnumerable<Row> OfEmail(string field, string? email)
    {
        if (MatchKey.OfEmail(email) is { } key) yield return new(field, key);
        if (MatchKey.OfDomain(email) is { } domain) yield return new(field, domain);
    }

    /// <summary>What a page has said of customers so far: their last event, those that are new, and the keys that each field has in the end.</summary>
    private sealed class Touched
    {
        public Dictionary<Guid, Event> Last { get; } = [];

        /// <summary>New customers, and whether they are persons.</summary>
        public Dictionary<Guid, bool> Registered { get; } = [];

        /// <summary>What is not a key, in its order.</summary>
        public List<Action> Statements { get; } = [];

        public Dictionary<(Guid Id, string Field), List<MatchKey>> Fields { get; } = [];

        public HashSet<Guid> Emptied { get; } = [];

        public void Put(Guid id, string[] fields, Row[] rows)
        {
            foreach (var field in fields) Fields[(id, field)] = [];
            foreach (var row in rows)
                if (Fields.TryGetValue((id, row.Field), out var keys)) keys.Add(row.Key);
                else Fields.Add((id, row.Field), [row.Key]);
        }

        public void Empty(Guid id)
        {
            foreach (var field in Fields.Keys.Where(f => f.Id == id).ToList()) Fields.Remove(field);
            Emptied.Add(id);
        }

        public void Clear()
        {
            Last.Clear();
            Registered.Clear();
            Statements.Clear();
            Fields.Clear();
            Emptied.Clear();
        }
    }

    /// <summary>Writes what was said of customers, and finds their pairs anew.</summary>
    private SqlBatch Settle(SqlBatch sql, Touched touched)
    {
        if (touched.Last.Count == 0) return sql;
        var (subjects, keys) = (sql.Table("customer.duplicate_subjects"), sql.Table("customer.duplicate_keys"));
        Guid[] fresh = [.. touched.Registered.Keys], known = [.. touched.Last.Keys.Where(id => !touched.Registered.ContainsKey(id))];
        if (fresh.Length > 0)
            sql.Add($"""
                insert into {subjects} (customer_id, person, live, seen, seen_at)
                select u.id, u.person, true, u.seen, u.seen_at from unnest({fresh}, {touched.Registered.Values.ToArray()}, {Seen(fresh)}, {SeenAt(fresh)}) as u(id, person, seen, seen_at)
                """);
        if (known.Length > 0)
            sql.Add($"update {subjects} s set seen = u.seen, seen_at = u.seen_at from unnest({known}, {Seen(known)}, {SeenAt(known)}) as u(id, seen, seen_at) where s.customer_id = u.id");
        // Most customers come by the thousand: nothing of a new one is there yet that its keys could meet.
        var rows = touched.Fields.SelectMany(f => f.Value.Select(key => (f.Key.Id, f.Key.Field, Key: key))).ToLookup(r => touched.Registered.ContainsKey(r.Id) && !touched.Emptied.Contains(r.Id));
        if (rows[true].ToArray() is { Length: > 0 } first)
            sql.Add($"""
                insert into {keys} (customer_id, field, reason, key, live)
                select u.id, u.field, u.reason, u.key, true
                from unnest({Array.ConvertAll(first, r => r.Id)}, {Array.ConvertAll(first, r => r.Field)}, {Array.ConvertAll(first, r => r.Key.Reason)}, {Array.ConvertAll(first, r => r.Key.Stored(personal))}) as u(id, field, reason, key)
                """);
        foreach (var statement in touched.Statements) statement();
        // The fields of a customer that is new were empty.
        var gone = touched.Fields.Keys.Where(f => !touched.Registered.ContainsKey(f.Id)).Select(f => (f.Id, Field: (string?)f.Field)).Concat(touched.Emptied.Select(id => (Id: id, Field: (string?)null))).ToArray();
        if (gone.Length > 0)
            sql.Add($"""
                with gone as (
                  delete from {keys} k using unnest({Array.ConvertAll(gone, f => f.Id)}, {Array.ConvertAll(gone, f => f.Field)}) as f(id, field)
                  where k.customer_id = f.id and (f.field is null or k.field = f.field) returning k.reason, k.key)
                update {sql.Table("customer.duplicate_crowds")} c set stale = true from gone g where c.reason = g.reason and c.key = g.key
                """);
        if (rows[false].ToArray() is { Length: > 0 } more)
            sql.Add($"""
                insert into {keys} (customer_id, field, reason, key, live)
                select u.id, u.field, u.reason, u.key, s.live
                from unnest({Array.ConvertAll(more, r => r.Id)}, {Array.ConvertAll(more, r => r.Field)}, {Array.ConvertAll(more, r => r.Key.Reason)}, {Array.ConvertAll(more, r => r.Key.Stored(personal))}) as u(id, field, reason, key)
                  join {subjects} s on s.customer_id = u.id
                on conflict (customer_id, field, reason) do update set key = excluded.key
                """);
        Find(sql, [.. touched.Last.Keys]);
        touched.Clear();
        return sql;

        long[] Seen(Guid[] ids) => Array.ConvertAll(ids, id => touched.Last[id].Sequence);
        string[] SeenAt(Guid[] ids) => Array.ConvertAll(ids, id => Instant(touched.Last[id]));
    }

    private static void Live(SqlBatch sql, Guid id, bool live)
    {
        sql.AddRow(id, $"update {sql.Table("customer.duplicate_subjects")} s set live = v.live from (values ({id}, {live})) v(id, live) where s.customer_id = v.id");
        sql.AddRow(id, $"""
            with turned as (update {sql.Table("customer.duplicate_keys")} k set live = v.live from (values ({id}, {live})) v(id, live) where k.customer_id = v.id returning k.reason, k.key)
            update {sql.Table("customer.duplicate_crowds")} c set stale = true from turned t where c.reason = t.reason and c.key = t.key
            """);
    }

    /// <summary>
    /// The pairs of customers, anew, and of those that share a key with them which became crowded or is no longer. Of two persons a name says little once both can be reached:
    /// then it is two people. The score is 1 − Π(1 − weight) over the reasons, and a pair has at least a half; a dismissed pair is open again only for a reason that was not
    /// there when it was dismissed.
    /// </summary>
    private static void Find(SqlBatch sql, Guid[] ids)
    {
        var (pairs, keys, subjects, crowds) = (sql.Table("customer.duplicate_pairs"), sql.Table("customer.duplicate_keys"), sql.Table("customer.duplicate_subjects"), sql.Table("customer.duplicate_crowds"));
        sql.Add($"""
            insert into {crowds} (reason, key, turned)
            select m.reason, m.key, true from (select distinct k.reason, k.key from unnest({ids}) as t(id) join {keys} k on k.customer_id = t.id where k.live) m
            where not exists (select from {crowds} c where c.reason = m.reason and c.key = m.key)
              and (select count(*) from (select distinct k.customer_id from {keys} k where k.reason = m.reason and k.key = m.key and k.live limit {MostOfOneKey + 1}) o) > {MostOfOneKey}
            """);
        sql.Add($"""
            update {crowds} c set turned = true, gone = true
            where c.stale and (select count(*) from (select distinct k.customer_id from {keys} k where k.reason = c.reason and k.key = c.key and k.live limit {MostOfOneKey + 1}) o) <= {MostOfOneKey}
            """);
        sql.Add($"""
            with w as (
              select t.id from unnest({ids}) as t(id)
              union select k.customer_id from {crowds} c join {keys} k on k.reason = c.reason and k.key = c.key and k.live where c.turned),
            old as (select p.a_id, p.b_id from w join {pairs} p on p.a_id = w.id union select p.a_id, p.b_id from w join {pairs} p on p.b_id = w.id)
            delete from {pairs} p using old o where p.a_id = o.a_id and p.b_id = o.b_id and p.state <> 'merged'
            """);
        // The planner walks the index for each key, whatever it thinks of the size of a table that grows meanwhile. Two of those that are looked at find each other once.
        sql.Add($"""
            with w as materialized (
              select t.id from unnest({ids}) as t(id)
              union select k.customer_id from {crowds} c join {keys} k on k.reason = c.reason and k.key = c.key and k.live where c.turned),
            mine as (
              select distinct w.id as me, k.reason, k.key from w cross join lateral (select k.reason, k.key from {keys} k where k.customer_id = w.id and k.live offset 0) k
              where not exists (select from {crowds} c where c.reason = k.reason and c.key = k.key and not c.gone)),
            hits as (
              select distinct m.me, o.customer_id as other, m.reason from mine m
                cross join lateral (select k.customer_id from {keys} k where k.reason = m.reason and k.key = m.key and k.live offset 0) o left join w on w.id = o.customer_id
              where o.customer_id <> m.me and (w.id is null or m.me < o.customer_id)),
            weighed as (
              select h.me, h.other, h.reason, case when me.seen > o.seen then me.seen_at else o.seen_at end as at,
                case when h.reason in ('phone', 'email') then 0.9 when h.reason = 'domain' then 0.3
                  when me.person and o.person and (h.reason = 'pinyin'
                    or (exists (select from {keys} r where r.customer_id = h.me and r.reason in ('phone', 'email')) and exists (select from {keys} r where r.customer_id = h.other and r.reason in ('phone', 'email')))) then 0.3
                  when h.reason = 'pinyin' then 0.5 else 0.8 end as weight
              from (select me, other, reason, bool_or(reason = 'name') over (partition by me, other) as named from hits) h
                join {subjects} me on me.customer_id = h.me join {subjects} o on o.customer_id = h.other
              where h.reason <> 'pinyin' or not h.named),
            found as (
              select least(me, other) as a, greatest(me, other) as b, at, array_agg(reason order by weight desc, reason) as reasons, round(1 - exp(sum(ln(1 - weight))), 4) as score
              from weighed group by me, other, at having 1 - exp(sum(ln(1 - weight))) >= 0.4999),
            shown as (
              select f.*, md5(f.a::text || f.b::text)::uuid as id, case when x.reasons @> f.reasons then 'dismissed' else 'open' end as state, x.by_id, x.at as dismissed_at, x.reason
              from found f left join {sql.Table("customer.duplicate_dismissals")} x on x.a_id = f.a and x.b_id = f.b)
            insert into {pairs} (id, a_id, b_id, state, score, doc)
            select id, a, b, state, score, jsonb_build_object('id', id, 'aId', a, 'bId', b, 'reasons', to_jsonb(reasons), 'score', score, 'state', state, 'at', at)
              || case when state = 'open' then {SqlBatch.Json("{}")} else jsonb_build_object('dismissedBy', by_id, 'dismissedAt', dismissed_at, 'reason', reason) end
            from shown on conflict (a_id, b_id) do nothing
            """);
        sql.Add($"delete from {crowds} where gone");
        sql.Add($"update {crowds} set turned = false, stale = false where turned or stale");
    }

    /// <summary>As documents have instants.</summary>
    private static string Instant(Event e) => EventSerializer.InstantText(e.Timestamp);

    private static Guid First(Guid one, Guid other) => string.CompareOrdinal(one.ToString(), other.ToString()) < 0 ? one : other;

    private static Guid Second(Guid one, Guid other) => First(one, other) == one ? other : one;
}
