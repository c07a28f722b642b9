namespace Crm.Customers;

/// <summary>
/// Who meets which rule from when to when, worked out of the facts by set: for the customers that a page of the log touched as for a million at once, and
/// for a rule that is only looked at. A condition is a sum over facts that begin and end: an opportunity won counts from its date until the window has passed
/// over it, a ticket as long as it is open. Where the sum reaches what is asked, the condition holds; where all of a rule's hold, the customer has the tag.
/// </summary>
internal static class MembershipSql
{
    /// <summary>Days between follow-ups by lifecycle (S040–S043), and the tier that is stricter (X4).</summary>
    private const string Days = "least(case l.value when 'intent' then k.intent when 'won' then k.won when 'lost' then k.lost else k.potential end, (k.tiers->>p.tier)::int)";

    /// <summary>The cadence as the projection has read it: the one that was set last, or the one every installation begins with.</summary>
    public static string Cadence(string table) => "select potential, intent, won, lost, tiers from " + table
        + """ union all select 7, 3, 30, 90, '{"A": 7}'::jsonb where not exists (select from """ + table + ")";

    /// <summary>The common table expressions, the last of which is <c>periods(tag, customer_id, valid_from, valid_to)</c>.</summary>
    /// <param name="conditions">A select of <c>tag, place, kind, at_least, days, times, vals</c>.</param>
    /// <param name="facts">The table of facts.</param>
    /// <param name="tiers">The table of tiers.</param>
    /// <param name="cadence">The table of the cadence.</param>
    /// <param name="customers">A condition on <c>customer_id</c>.</param>
    public static string Periods(string conditions, string facts, string tiers, string cadence, string customers) => $"""
        with conditions as materialized ({conditions}),
        cadence as materialized ({Cadence(cadence)}),
        rules as materialized (select tag, count(*) as needed from conditions group by tag),
        counted as (
          select c.tag, c.place, coalesce(c.at_least, 1) as at_least, f.customer_id, f.valid_from as f,
            case c.kind when 'wonAmount' then least(f.valid_to, f.valid_from + make_interval(hours => 24 * c.days)) when 'ticketsOpened' then f.valid_from + make_interval(hours => 24 * c.days)
              else f.valid_to end as t,
            case c.kind when 'wonAmount' then f.amount else 1 end as n
          from conditions c join {facts} f on f.kind = case c.kind when 'wonAmount' then 'won' when 'ticketsOpened' then 'ticket' when 'openTickets' then 'openTicket'
              when 'openOpportunities' then 'openOpportunity' when 'lifecycle' then 'lifecycle' end
            and (c.vals is null or f.value = any(c.vals)) and f.customer_id is not null and f.{customers}),
        deltas as (
          select tag, place, at_least, customer_id, f as at, n from counted where f < t
          union all select tag, place, at_least, customer_id, t, -n from counted where f < t and t < 'infinity'),
        sums as (
          select tag, customer_id, at, sum(sum(n)) over w >= at_least as holds, lead(at, 1, 'infinity') over w as next
          from deltas group by tag, place, at_least, customer_id, at window w as (partition by tag, place, at_least, customer_id order by at)),
        steps as (
          select f.customer_id, f.valid_from as at, case when f.kind <> 'lifecycle' then f.valid_from end as touched
          from {facts} f where f.kind in ('registered', 'followUp', 'lifecycle') and f.{customers} and exists (select from conditions where kind = 'followUpOverdue')
          union all
          select f.customer_id, f.valid_from, null from {tiers} f where f.{customers} and exists (select from conditions where kind = 'followUpOverdue')),
        lasts as (
          select customer_id, at, max(max(touched)) over w as last, lead(at, 1, 'infinity') over w as next from steps group by customer_id, at window w as (partition by customer_id order by at)),
        spans as (
          select s.customer_id, s.at, s.last, s.next, {Days} as days
          from lasts s cross join cadence k join {facts} l on l.customer_id = s.customer_id and l.kind = 'lifecycle' and l.valid_from <= s.at and l.valid_to > s.at
            left join {tiers} p on p.customer_id = s.customer_id and p.valid_from <= s.at and p.valid_to > s.at
          where s.last is not null),
        held as (
          select tag, customer_id, at as f, next as t from sums where holds
          union all
          select c.tag, s.customer_id, greatest(s.at, s.last + make_interval(secs => (86400 * c.times * s.days)::float8)), s.next
          from conditions c cross join spans s where c.kind = 'followUpOverdue'),
        marks as (
          select tag, customer_id, f as at, 1 as n from held where f < t
          union all select tag, customer_id, t, -1 from held where f < t and t < 'infinity'),
        met as (
          select m.tag, m.customer_id, m.at, sum(sum(m.n)) over (partition by m.tag, m.customer_id order by m.at) >= r.needed as met
          from marks m join rules r on r.tag = m.tag group by m.tag, m.customer_id, m.at, r.needed),
        turns as (select tag, customer_id, at, met, lag(met, 1, false) over (partition by tag, customer_id order by at) as before from met),
        turned as (
          select tag, customer_id, at as valid_from, lead(at, 1, 'infinity') over (partition by tag, customer_id order by at) as valid_to, met from turns where met <> before),
        periods as (select tag, customer_id, valid_from, valid_to from turned where met)
        """;

    /// <summary>A select of the tiers of customers: <c>customer_id, valid_from, valid_to, tier, computed_tier, manual</c>, without gaps from the first fact on (S021, X4).</summary>
    /// <param name="rule">A select of one row <c>a, b, c, days</c>.</param>
    /// <param name="facts">The table of facts.</param>
    /// <param name="customers">A condition on <c>customer_id</c>.</param>
    public static string Tiers(string rule, string facts, string customers) => $"""
        with rule as materialized ({rule}),
        won as (
          select f.customer_id, f.valid_from as f, least(f.valid_to, f.valid_from + make_interval(hours => 24 * r.days)) as t, f.amount as n
          from {facts} f cross join rule r where f.kind = 'won' and f.customer_id is not null and f.{customers}),
        deltas as (
          select customer_id, f as at, n from won where f < t
          union all select customer_id, t, -n from won where f < t and t < 'infinity'
          union all select f.customer_id, f.valid_from, 0 from {facts} f where f.kind in ('registered', 'tier') and f.{customers}
          union all select f.customer_id, f.valid_to, 0 from {facts} f where f.kind = 'tier' and f.valid_to < 'infinity' and f.{customers}),
        sums as (select customer_id, at, sum(sum(n)) over (partition by customer_id order by at) as sum from deltas group by customer_id, at),
        classes as (
          select s.customer_id, s.at, m.value as manual,
            case when s.sum >= r.a then 'A' when s.sum >= r.b then 'B' when s.sum > 0 and s.sum >= r.c then 'C' else 'D' end as computed
          from sums s cross join rule r left join {facts} m on m.customer_id = s.customer_id and m.kind = 'tier' and m.valid_from <= s.at and m.valid_to > s.at),
        turns as (
          select *, lag(computed) over w as before, lag(manual) over w as manual_before from classes window w as (partition by customer_id order by at))
        select customer_id, at, lead(at, 1, 'infinity') over (partition by customer_id order by at), coalesce(manual, computed), computed, manual is not null
        from turns where before is null or before <> computed or manual is distinct from manual_before
        """;
}
