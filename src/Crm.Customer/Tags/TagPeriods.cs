using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Npgsql;

namespace Crm.Customers;

/// <summary>
/// Which tags and which value tier every customer has from when to when (S015–S021). What happened is kept as facts, without any rule; after each page of the
/// log the periods of the customers it touched are worked out anew, and those of every customer for a rule that changed. An event that is dated back so finds
/// its place, and a new rule its past (E13). When a customer is due follows from its tier and is worked out with it (<see cref="DueDates"/>).
/// </summary>
internal sealed class TagPeriods : Projection
{
    public const string ProjectionName = "customer.tag_periods";

    // Written into the statements and not made functions: a function is planned anew with each statement that calls it.

    /// <summary>A customer's own tags as they are called now, then those that rules make of it at an instant, as a JSON list.</summary>
    public static string ShownSql(string own, string customer, string at) => $"""
        (select coalesce(jsonb_agg(y.tag order by y.place, y.tag), '[]') from (
          select x.tag, min(x.place) as place from (
            select coalesce(n.current, v.value) as tag, v.place from jsonb_array_elements_text({own}) with ordinality v(value, place) left join customer.tag_names n on n.name = v.value
            union all
            select r.tag, 1000 from customer.tag_periods r where r.customer_id = {customer} and r.computed and r.valid_from <= {at} and r.valid_to > {at}) x group by x.tag) y)
        """;

    /// <summary>The tags that rules make of a customer at an instant, with their periods.</summary>
    public static string ComputedSql(string customer, string at) => $"""
        (select coalesce(jsonb_agg(jsonb_build_object('name', r.tag, 'since', r.valid_from, 'until', nullif(r.valid_to, 'infinity')) order by r.tag), '[]')
          from customer.tag_periods r where r.customer_id = {customer} and r.computed and r.valid_from <= {at} and r.valid_to > {at})
        """;

    public override string Name => ProjectionName;

    /// <summary>2: when a customer is due.</summary>
    public override int Version => 2;

    public override IReadOnlyList<string> Tables { get; } =
    [
        "customer.tag_periods", "customer.tier_periods", "customer.tag_facts", "customer.tag_rules", "customer.tag_conditions", "customer.tag_aliases", "customer.tag_cadence", "customer.tier_rule",
        DueDates.TableName, DueDates.RulesName,
    ];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerLifecycleChanged), typeof(CustomerTagged), typeof(CustomerUntagged), typeof(FollowUpLogged), typeof(FollowUpCorrected), typeof(FollowUpRemoved),
        typeof(CustomerMerged), typeof(CustomerUnmerged),
        typeof(OpportunityOpened), typeof(OpportunityDetailsChanged), typeof(OpportunityWon), typeof(OpportunityLost), typeof(OpportunityReopened), typeof(OpportunityDeleted), typeof(OpportunityUndeleted),
        typeof(TicketOpened), typeof(TicketDetailsChanged), typeof(TicketResolved), typeof(TicketReopened), typeof(TicketClosed),
        typeof(TagDefined), typeof(TagRenamed), typeof(TagMoved), typeof(TagRuleChanged), typeof(TagRetired), typeof(TierRuleChanged), typeof(CadenceChanged),
        .. DueDates.Events,
    ];

    /// <summary>How many customers a statement works out, where a rule is worked out for all.</summary>
    private const int Piece = 5_000;

    /// <summary>A part of all customers: from one to another, both included.</summary>
    private sealed record Part(Guid From, Guid To, long Before, long Total);

    public override async ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var parts = page.Any(e => e.Data is TagDefined { Conditions: not null } or TagRuleChanged or CadenceChanged or TierRuleChanged) && sql.IsLive ? await PartsAsync(store, ct) : [Everybody];
        // What a tag that is retired has given so far stays, and must be there, however the log is cut into pages.
        for (var (begin, end) = (0, 0); begin < page.Count; begin = end)
        {
            for (end = begin + 1; end < page.Count && page[end].Data is not TagRetired; end++) { }
            Apply([.. page.Skip(begin).Take(end - begin)], sql, parts);
        }
    }

    private static Part Everybody { get; } = new(Guid.Empty, Guid.AllBitsSet, 0, 0);

    /// <summary>All customers in parts of some thousand. Where they are cut makes no difference to what is worked out: who comes on file meanwhile is in one of them.</summary>
    private static async Task<IReadOnlyList<Part>> PartsAsync(DocumentStore store, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select id, n from (select id, row_number() over (order by id) as n, count(*) over () as total from customer.customers) c where n % $1 = 0 or n = total order by n
            """);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Piece });
        await using var row = await command.ExecuteReaderAsync(ct);
        var ends = new List<(Guid Last, long Count)>();
        while (await row.ReadAsync(ct)) ends.Add((row.GetGuid(0), row.GetInt64(1)));
        if (ends.Count < 2) return [Everybody with { Total = ends.Sum(e => e.Count) }];
        return
        [
            .. ends.Select((end, i) => new Part(i == 0 ? Guid.Empty : After(ends[i - 1].Last), i == ends.Count - 1 ? Guid.AllBitsSet : end.Last, i == 0 ? 0 : ends[i - 1].Count, ends[^1].Count)),
        ];
    }

    /// <summary>The next identity in the order of the database.</summary>
    private static Guid After(Guid id)
    {
        var bytes = id.ToByteArray(bigEndian: true);
        for (var i = bytes.Length - 1; i >= 0 && ++bytes[i] == 0; i--) { }
        return new Guid(bytes, bigEndian: true);
    }

    private static void Apply(Event[] events, SqlBatch sql, IReadOnlyList<Part> parts)
    {
        var (customers, valued, due, rules) = (new HashSet<Guid>(), new Dictionary<Guid, DateTimeOffset>(), new HashSet<Guid>(), new HashSet<Guid>());
        var (tiers, all) = ((DateTimeOffset?)null, false);
        // Nothing that others did comes before a customer.
        var registered = Array.FindAll(events, e => e.Data is CustomerRegistered);
        if (registered.Length > 0) Register(sql, registered);
        foreach (var e in events)
        {
            if (e.Data is TierRuleChanged) valued.Clear();
            if (e.Data is CadenceChanged cadence) DueDates.Rule(cadence, sql);
            if (DueDates.Put(e, sql)) due.Add(e.StreamId);
            TagFacts.Keep(e, sql, customers, valued);
            Rule(e, sql, rules, ref tiers, ref all);
        }
        // Overdue follow-ups ask for the tier: tiers first. A rule that changed for everybody need not be worked out for some before.
        if (tiers is not null || valued.Count > 0)
        {
            Tiers(sql, tiers is null ? valued.Keys : null);
            DueDates.Cut(sql, valued, tiers);
        }
        if (all) DueDates.WorkOut(sql, null);
        else if (due.Count > 0) DueDates.WorkOut(sql, due);
        if (all) Periods(sql, parts, null);
        else
        {
            if (rules.Count > 0) Periods(sql, parts, rules);
            if (customers.Count > 0) Periods(sql, "", "customer_id = any($1)", null, customers);
            Begin(sql, Array.FindAll(registered, e => !customers.Contains(e.StreamId)));
        }
    }

    /// <summary>What is known of customers that have just come on file, in a few statements: most come by the thousand.</summary>
    private static void Register(SqlBatch sql, Event[] registered)
    {
        var of = Array.ConvertAll(registered, e => (CustomerRegistered)e.Data);
        var (ids, at, tiers) = (Array.ConvertAll(registered, e => e.StreamId), Array.ConvertAll(registered, e => e.EffectiveAt), Array.ConvertAll(of, x => x.Tier));
        sql.Add($"""
            insert into {sql.Table("customer.tag_facts")} (id, kind, customer_id, value, valid_from)
            select f.event, k.kind, f.id, k.value, f.at
            from unnest({Array.ConvertAll(registered, e => e.Id)}, {ids}, {Array.ConvertAll(of, x => TagFacts.Code(x.Lifecycle))}, {tiers}, {at}) as f(event, id, lifecycle, tier, at)
              cross join lateral (values ('registered', null), ('lifecycle', f.lifecycle), ('tier', f.tier)) k(kind, value)
            where k.kind <> 'tier' or f.tier is not null
            """);
        // Nothing is won yet.
        sql.Add($"""
            insert into {sql.Table("customer.tier_periods")} (customer_id, valid_from, valid_to, tier, computed_tier, manual)
            select f.id, f.at, 'infinity', coalesce(f.tier, 'D'), 'D', f.tier is not null from unnest({ids}, {tiers}, {at}) as f(id, tier, at) on conflict do nothing
            """);
        DueDates.Begin(sql, registered);
        var tags = registered.SelectMany((e, i) => (of[i].Tags ?? []).Select(tag => (e.StreamId, Tag: tag, e.EffectiveAt))).ToArray();
        if (tags.Length == 0) return;
        sql.Add($"""
            insert into {sql.Table("customer.tag_periods")} (customer_id, tag, valid_from, valid_to, computed)
            select distinct f.id, coalesce(a.name, f.tag), f.at, 'infinity'::timestamptz, false
            from unnest({Array.ConvertAll(tags, t => t.StreamId)}, {Array.ConvertAll(tags, t => t.Tag)}, {Array.ConvertAll(tags, t => t.EffectiveAt)}) as f(id, tag, at)
              left join {sql.Table("customer.tag_aliases")} a on a.former = f.tag
            on conflict (customer_id, tag, valid_from, computed) do update set valid_to = excluded.valid_to
            """);
    }

    /// <summary>
    /// What customers that have just come on file have and will have: of rules those that ask for nothing but a class and the time since somebody was in touch. The same
    /// as <see cref="MembershipSql"/> finds for them, at a tenth of the price: most customers come by the thousand.
    /// </summary>
    private static void Begin(SqlBatch sql, Event[] registered)
    {
        if (registered.Length == 0) return;
        var of = Array.ConvertAll(registered, e => (CustomerRegistered)e.Data);
        var ids = Array.ConvertAll(registered, e => e.StreamId);
        var command = new NpgsqlBatchCommand($"""
            with cadence as ({MembershipSql.Cadence(sql.Table("customer.tag_cadence").Value)}),
            fresh as (select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) as f(id, lifecycle, tier, at)),
            given as (
              select f.lifecycle, f.tier, r.name, bool_and(c.kind = 'followUpOverdue' or (c.kind = 'lifecycle' and (c.vals is null or f.lifecycle = any(c.vals)))) as met,
                max(case when c.kind = 'followUpOverdue' then (86400 * c.times * least(
                  case f.lifecycle when 'intent' then k.intent when 'won' then k.won when 'lost' then k.lost else k.potential end, (k.tiers->>f.tier)::int))::float8 else 0 end) as after
              from (select distinct lifecycle, tier from fresh) f cross join cadence k cross join {sql.Table("customer.tag_rules").Value} r
                join {sql.Table("customer.tag_conditions").Value} c on c.tag_id = r.tag_id
              group by f.lifecycle, f.tier, r.name)
            insert into {sql.Table("customer.tag_periods").Value} (customer_id, tag, valid_from, valid_to, computed)
            select f.id, g.name, f.at + make_interval(secs => g.after), 'infinity', true from fresh f join given g on g.lifecycle = f.lifecycle and g.tier = f.tier
            where g.met on conflict do nothing
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = ids });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(of, x => TagFacts.Code(x.Lifecycle)) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(of, x => x.Tier ?? "D") });
        command.Parameters.Add(new NpgsqlParameter<DateTime[]> { TypedValue = Array.ConvertAll(registered, e => e.EffectiveAt.UtcDateTime) });
        sql.Add(command);
    }

    private static void Rule(Event e, SqlBatch sql, HashSet<Guid> changed, ref DateTimeOffset? tiers, ref bool all)
    {
        var (rules, conditions, periods, aliases) =
            (sql.Table("customer.tag_rules"), sql.Table("customer.tag_conditions"), sql.Table("customer.tag_periods"), sql.Table("customer.tag_aliases"));
        var id = e.StreamId;
        switch (e.Data)
        {
            case TagDefined { Conditions: { } asked } x:
                sql.Add($"insert into {rules} (tag_id, name, version) values ({id}, {x.Name}, {e.Version})");
                Ask(asked);
                break;
            case TagRuleChanged x:
                sql.Add($"update {rules} set version = {e.Version} where tag_id = {id}");
                Ask(x.Conditions);
                break;
            case TagMoved:
                sql.Add($"update {rules} set version = {e.Version} where tag_id = {id}");
                break;
            case TagRenamed x:
                sql.Add($"update {rules} set name = {x.Name}, version = {e.Version} where tag_id = {id}");
                sql.Add($"delete from {aliases} where former = {x.Name}");
                sql.Add($"update {aliases} set name = {x.Name} where name = {x.From}");
                sql.Add($"insert into {aliases} (former, name) values ({x.From}, {x.Name}) on conflict (former) do update set name = excluded.name");
                sql.Add($"""
                    insert into {periods} (customer_id, tag, valid_from, valid_to, computed) select customer_id, {x.Name}, valid_from, valid_to, computed from {periods} where tag = {x.From}
                    on conflict do nothing
                    """);
                sql.Add($"delete from {periods} where tag = {x.From}");
                break;
            case TagRetired x:
                sql.Add($"delete from {rules} where tag_id = {id}");
                sql.Add($"delete from {conditions} where tag_id = {id}");
                sql.Add($"delete from {periods} where tag = {x.Name} and computed and valid_from >= {e.EffectiveAt}");
                sql.Add($"update {periods} set valid_to = {e.EffectiveAt} where tag = {x.Name} and computed and valid_to > {e.EffectiveAt}");
                changed.Remove(id);
                break;
            case CadenceChanged x:
                sql.Add($"""
                    insert into {sql.Table("customer.tag_cadence")} (potential, intent, won, lost, tiers)
                    values ({x.Potential}, {x.Intent}, {x.Won}, {x.Lost}, {SqlBatch.Json(JsonSerializer.Serialize(x.Tiers))})
                    on conflict (one) do update set potential = excluded.potential, intent = excluded.intent, won = excluded.won, lost = excluded.lost, tiers = excluded.tiers
                    """);
                all = true;
                break;
            case TierRuleChanged x:
                sql.Add($"""
                    insert into {sql.Table("customer.tier_rule")} (a, b, c, days) values ({x.A}, {x.B}, {x.C}, {x.Days})
                    on conflict (one) do update set a = excluded.a, b = excluded.b, c = excluded.c, days = excluded.days
                    """);
                (tiers, all) = (e.Timestamp, true);
                break;
        }

        void Ask(TagCondition[] asked)
        {
            sql.Add($"delete from {conditions} where tag_id = {id}");
            for (var place = 0; place < asked.Length; place++)
                sql.Add($"""
                    insert into {conditions} (tag_id, place, kind, at_least, days, times, vals)
                    values ({id}, {place}, {JsonNamingPolicy.CamelCase.ConvertName(asked[place].Kind.ToString())}, {asked[place].AtLeast}, {asked[place].Days}, {asked[place].Times}, {asked[place].Values})
                    """);
            changed.Add(id);
        }
    }

    private static void Tiers(SqlBatch sql, IReadOnlyCollection<Guid>? customers)
    {
        var (tiers, facts, rule) = (sql.Table("customer.tier_periods"), sql.Table("customer.tag_facts"), sql.Table("customer.tier_rule"));
        var which = customers is null ? "customer_id is not null" : "customer_id = any($1)";
        Add(sql, "delete from " + tiers.Value + " where " + which, customers);
        Add(sql, "insert into " + tiers.Value + " (customer_id, valid_from, valid_to, tier, computed_tier, manual) " + MembershipSql.Tiers(TierRule.Sql(rule.Value), facts.Value, which), customers);
    }

    private static void Periods(SqlBatch sql, IReadOnlyList<Part> parts, HashSet<Guid>? rules)
    {
        // The order of identities is that of time, so that a part lies together in the tables as well.
        foreach (var part in parts) Periods(sql, part.Total == 0 ? "" : TagWork.Mark(part.Before, part.Total), $"customer_id between '{part.From}' and '{part.To}'", rules, rules);
    }

    private static void Periods(SqlBatch sql, string mark, string which, HashSet<Guid>? rules, HashSet<Guid>? ids)
    {
        var (periods, table) = (sql.Table("customer.tag_periods"), sql.Table("customer.tag_rules"));
        var of = rules is null ? "" : " where tag_id = any($1)";
        Add(sql, mark + "delete from " + periods.Value + " where computed and " + which + " and tag in (select name from " + table.Value + of + ")", ids);
        var conditions = "select tag_id as tag, place, kind, at_least, days, times, vals from " + sql.Table("customer.tag_conditions").Value + of;
        Add(sql, mark + "insert into " + periods.Value + " (customer_id, tag, valid_from, valid_to, computed) "
            + MembershipSql.Periods(conditions, sql.Table("customer.tag_facts").Value, sql.Table("customer.tier_periods").Value, sql.Table("customer.tag_cadence").Value, which)
            + " select p.customer_id, r.name, p.valid_from, p.valid_to, true from periods p join " + table.Value + " r on r.tag_id = p.tag", ids);
    }

    private static void Add(SqlBatch sql, string text, IReadOnlyCollection<Guid>? ids)
    {
        var command = new NpgsqlBatchCommand(text);
        if (ids is not null) command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        sql.Add(command);
    }
}
