using System.Text.Json;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Customers;

/// <summary>Something that waits for somebody.</summary>
/// <param name="Kind"><c>followUp task birthday</c>.</param>
/// <param name="Id">The customer of a follow-up, the task, the contact who has a birthday.</param>
/// <param name="Day">The day in the organisation's zone.</param>
/// <param name="At">When; null for any time of the day.</param>
/// <param name="State"><c>overdue today upcoming</c>, seen from the day that was asked for.</param>
/// <param name="Worth">What comes first among what is equally urgent, 1 to 5: by the customer's tier, the task's priority.</param>
/// <param name="Title">The goal of a plan, the title of a task, the name of who has a birthday.</param>
/// <param name="Reason">Of a follow-up: <c>plan</c> or <c>cadence</c>.</param>
/// <param name="Rule">Of a follow-up by cadence, whose rule is the stricter one: <c>tier</c> or <c>lifecycle</c>.</param>
/// <param name="Days">The days from one follow-up to the next by that rule.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="CustomerName">Its name.</param>
/// <param name="Lifecycle">Its class.</param>
/// <param name="Tier">Its tier.</param>
/// <param name="LastFollowUpAt">When somebody was last in touch.</param>
/// <param name="Priority">The task's priority.</param>
/// <param name="OwnerId">Whose it is.</param>
/// <param name="OwnerName">That person's name.</param>
internal sealed record DayItem(
    string Kind, Guid Id, DateOnly Day, DateTimeOffset? At, string State, int Worth, string? Title, string? Reason, string? Rule, int? Days, Guid? CustomerId, string? CustomerName, string? Lifecycle, string? Tier,
    DateTimeOffset? LastFollowUpAt, string? Priority, Guid? OwnerId, string? OwnerName);

/// <summary>A day of somebody, or a stretch of the calendar.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Overdue">How many items are overdue, of those that are shown.</param>
/// <param name="Today">How many are due on the day.</param>
/// <param name="HasMore">Whether there are more than are shown: the most urgent 200 follow-ups and 200 tasks are.</param>
/// <param name="Items">What waits, what comes first first.</param>
internal sealed record DayView(DateOnly From, DateOnly To, int Overdue, int Today, bool HasMore, IReadOnlyList<DayItem> Items);

/// <summary>
/// <c>GET /my-day</c>: everything that waits for somebody on a day, in one list: follow-ups by plan and by cadence, tasks, and birthdays of the next three days (S047, S050);
/// <c>GET /my-day/calendar</c>: plans, tasks and birthdays of at most 62 days. <c>ownerId</c> is the caller unless stated, another person, or <c>all</c>; what the caller may
/// not see is in neither.
/// </summary>
internal static class MyDay
{
    private const int Most = 200;

    public static void Map(IEndpointRouteBuilder api)
    {
        var day = api.MapGroup("my-day").WithTags("my day");
        Describe(day.MapGet("", async (HttpContext http, string? date, string? ownerId) =>
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var on = Day("date", date) ?? store.DayOf(store.Now);
            return await ReadAsync(http, store, on, on, Owner(http, ownerId), calendar: false);
        })).WithName("GetMyDay");
        Describe(day.MapGet("calendar", async (HttpContext http, string? from, string? to, string? ownerId) =>
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var first = Day("from", from) ?? store.DayOf(store.Now);
            var last = Day("to", to) ?? first.AddDays(30);
            if (last < first || last.DayNumber - first.DayNumber > 61)
                throw ProblemException.Invalid("query.to", "out_of_range", "日历最多 62 天。", "A calendar has at most 62 days.");
            return await ReadAsync(http, store, first, last, Owner(http, ownerId), calendar: true);
        })).WithName("GetCalendar");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route.Requires(Right.View("customers")).Reads(TagPeriods.ProjectionName, "customer.customers", TaskDocuments.TableName, "customer.birthdays")
        .Produces<DayView>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    private static DateOnly? Day(string name, string? text) => string.IsNullOrWhiteSpace(text) ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", out var day) && day.Year is > 1900 and < 9000 ? day
        : throw ProblemException.Invalid("query." + name, "invalid_value", "日期格式为 YYYY-MM-DD。", "A date looks like 2026-03-01.");

    /// <summary>Whose items: null for everybody's that the caller may see.</summary>
    private static Guid? Owner(HttpContext http, string? text) => text switch
    {
        null or "" => Access.Of(http).UserId ?? Guid.Empty,
        "all" => null,
        _ => Guid.TryParse(text, out var id) ? id : throw ProblemException.Invalid("query.ownerId", "invalid_value", "ownerId 须为用户编号或 all。", "ownerId must be the id of a user, or all."),
    };

    private static async Task<DayView> ReadAsync(HttpContext http, DocumentStore store, DateOnly from, DateOnly to, Guid? owner, bool calendar)
    {
        http.Response.Headers.CacheControl = "private, no-cache";
        var access = Access.Of(http);
        var limits = access.Limits.Of("customers");
        var customers = access.Visible(http.RequestServices.GetRequiredService<Resource<Customer>>(), "d", "customer.customers", false);
        var (start, end) = (TaskItem.Due(from.AddDays(-1), null, store.TimeZone)!.Value, TaskItem.Due(to, null, store.TimeZone)!.Value);
        // Of a day to come: by the tiers that will hold then if nothing else happens.
        var at = !calendar && start > store.Now ? start : store.Now;
        string ByCadence(string sql) => calendar ? "null" : $"case when n.planned_at is distinct from n.due_at then {sql} end";
        await using var batch = store.DataSource.CreateBatch();

        Add(batch, parameters => $"""
            select jsonb_build_object('kind', 'followUp', 'id', n.id, 'at', {Instant(calendar ? "n.planned_at" : "n.due_at")}, 'reason', case when {(calendar ? "true" : "n.planned_at = n.due_at")} then 'plan' else 'cadence' end,
                'rule', {ByCadence(DueDates.RuleSql("n.lifecycle", "n.tier"))}, 'days', {ByCadence(DueDates.CadenceSql("n.lifecycle", "n.tier"))}, 'title', case when n.planned_at is not null then d.doc->'nextFollowUpGoal' end, 'customerId', n.id, 'customerName', d.doc->>'name', 'lifecycle', n.lifecycle, 'tier', n.tier,
                'lastFollowUpAt', d.doc->'lastFollowUpAt', 'ownerId', n.responsible_id, 'ownerName', u.name)::text
            from customer.due_dates n join customer.customers d on d.id = n.id left join customer.users u on u.id = n.responsible_id::text
            where n.open and {DueDates.At("n", parameters.Add(at.UtcDateTime, NpgsqlDbType.TimestampTz))} and {(calendar
                ? $"n.planned_at >= {parameters.Add(start.UtcDateTime, NpgsqlDbType.TimestampTz)} and n.planned_at < {parameters.Add(end.UtcDateTime, NpgsqlDbType.TimestampTz)}"
                : $"n.due_at < {parameters.Add(end.UtcDateTime, NpgsqlDbType.TimestampTz)}")}
              and {Whose("n.responsible_id", owner, parameters)} and {customers?.Invoke(parameters) ?? "true"}
            order by {(calendar ? "n.planned_at" : "n.due_at")} limit {Most + 1}
            """);
        if (access.May(Right.View("tasks")))
            Add(batch, parameters => $"""
                select jsonb_build_object('kind', 'task', 'id', d.id, 'at', case when d.doc->>'dueTime' is not null then d.doc->>'dueAt' end, 'day', d.doc->'dueDate', 'title', d.doc->>'title', 'priority', d.doc->'priority',
                    'customerId', d.doc->'customerId', 'customerName', k.doc->>'name', 'ownerId', d.doc->'assigneeId', 'ownerName', u.name)::text
                from customer.tasks d left join customer.users u on u.id = d.doc->>'assigneeId' left join customer.customers k on k.id = (d.doc->>'customerId')::uuid
                where d.doc->>'status' = 'open' and not (d.doc->>'deleted')::boolean
                  and d.doc->>'dueAt' <= {parameters.Add(EventSerializer.InstantText(end), NpgsqlDbType.Text)} and {(calendar ? $"d.doc->>'dueDate' >= {parameters.Add(from.ToString("yyyy-MM-dd", null), NpgsqlDbType.Text)}" : "true")}
                  and {Whose("(d.doc->>'assigneeId')::uuid", owner, parameters)}
                  and {access.Visible(http.RequestServices.GetRequiredService<Resource<TaskItem>>(), "d", TaskDocuments.TableName, false)?.Invoke(parameters) ?? "true"}
                order by d.doc->>'dueAt' limit {Most + 1}
                """);
        var days = Enumerable.Range(0, (calendar ? to.DayNumber - from.DayNumber : 3) + 1).Select(from.AddDays).SelectMany(d => Birthdays.Keys(d, store.Personal).Select(key => (Day: d, Key: key))).ToArray();
        Add(batch, parameters => $"""
            select jsonb_build_object('kind', 'birthday', 'id', b.contact_id, 'day', b.on_day, 'title', k->>'name', 'customerId', d.id, 'customerName', d.doc->>'name', 'lifecycle', d.doc->'lifecycle', 'tier', d.doc->'tier',
                'lastFollowUpAt', d.doc->'lastFollowUpAt', 'ownerId', d.owner_id, 'ownerName', u.name)::text
            from (select birthday.contact_id, birthday.customer_id, days.on_day from unnest({parameters.Add(days.Select(d => d.Key).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)},
                  {parameters.Add(days.Select(d => d.Day).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Date)}) as days(key, on_day) join customer.birthdays birthday on birthday.day = days.key) b
              join customer.customers d on d.id = b.customer_id left join customer.users u on u.id = d.owner_id::text
              cross join lateral jsonb_array_elements(d.doc->'contacts') k
            where k->>'id' = b.contact_id::text and not d.deleted and d.archived is not true and d.erased is not true
              and {Whose("d.owner_id", owner, parameters)} and {customers?.Invoke(parameters) ?? "true"}
            order by b.on_day limit {Most + 1}
            """);

        var rows = new List<string>();
        var hasMore = false;
        await using (var reader = await batch.ExecuteReaderAsync(http.RequestAborted))
            do
            {
                for (var n = 0; await reader.ReadAsync(http.RequestAborted); n++)
                    if (n == Most) hasMore = true;
                    else rows.Add(reader.GetString(0));
            }
            while (await reader.NextResultAsync(http.RequestAborted));
        var opened = store.Personal is { } personal ? await personal.OpenAsync(rows, Masking.Of(http), http.RequestAborted) : rows;
        var now = store.Now;
        var items = opened.Select(row => Item(JsonSerializer.Deserialize<Row>(row, EventSerializer.Documents)!)).OrderBy(i => calendar ? i.Day.DayNumber : i.State switch { "overdue" => 0, "today" => 1, _ => 2 })
            .ThenByDescending(i => calendar ? 0 : i.Worth).ThenBy(i => i.Day).ThenBy(i => i.At ?? DateTimeOffset.MaxValue).ToList();
        return new DayView(from, to, items.Count(i => i.State == "overdue"), items.Count(i => i.State == "today"), hasMore, items);

        DayItem Item(Row row)
        {
            var day = row.Day ?? store.DayOf(row.At!.Value);
            var today = calendar ? store.DayOf(now) : from;
            var isTimed = row.Kind == "task" ? row.At is not null : row.Reason == "plan";
            var state = row.Kind == "birthday" ? (day == today ? "today" : "upcoming") : day < today || (isTimed && row.At < now) ? "overdue" : day == today ? "today" : "upcoming";
            var worth = row.Kind == "task" ? row.Priority switch { "urgent" => 5, "high" => 4, "normal" => 2, _ => 1 } : row.Tier switch { "A" => 5, "B" => 4, "C" => 3, _ => 2 };
            return new DayItem(row.Kind, row.Id, day, isTimed ? row.At : null, state, worth,
                row.Kind switch { "followUp" when Hidden("nextFollowUpGoal") => null, "birthday" when Hidden("contacts") => null, _ => row.Title },
                row.Reason, Hidden("tier") ? null : row.Rule, Hidden("tier") ? null : row.Days, row.CustomerId, Hidden("name") ? null : row.CustomerName, row.Lifecycle, Hidden("tier") ? null : row.Tier, Hidden("lastFollowUpAt") ? null : row.LastFollowUpAt, row.Priority, row.OwnerId, row.OwnerName);
        }

        bool Hidden(string field) => limits.Keys.Any(k => k == field || k.StartsWith(field + ".", StringComparison.Ordinal));
    }

    private sealed record Row(
        string Kind, Guid Id, DateTimeOffset? At, DateOnly? Day, string? Title, string? Reason, string? Rule, int? Days, Guid? CustomerId, string? CustomerName, string? Lifecycle, string? Tier,
        DateTimeOffset? LastFollowUpAt, string? Priority, Guid? OwnerId, string? OwnerName);

    private static void Add(NpgsqlBatch batch, Func<SqlParameters, string> sql)
    {
        var parameters = new SqlParameters();
        var command = new NpgsqlBatchCommand(sql(parameters));
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
    }

    private static string Whose(string column, Guid? owner, SqlParameters parameters) => owner is { } id ? $"{column} = {parameters.Add(id, NpgsqlDbType.Uuid)}" : "true";

    private static string Instant(string column) => $"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""";
}
