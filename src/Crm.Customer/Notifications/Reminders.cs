using System.Globalization;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Messaging;

namespace Crm.Customers;

/// <summary>Message: tell people whose plan or task has its time now.</summary>
internal sealed record RemindOfTimes;

/// <summary>Message: tell everybody in the morning what waits today, and of birthdays in three days (S047, S050).</summary>
internal sealed record RemindOfDay;

/// <summary>
/// Makes notifications. The occasion (this plan at this time, this birthday of this year, this morning) is the identity of a row, so whoever makes them again, on
/// whatever node, makes none twice.
/// </summary>
internal static class Reminders
{
    public static void Configure(MessagingOptions messaging)
    {
        messaging.Queue("reminders", ordered: true).Handle<RemindOfTimes>((_, context) => OfTimes(context.Now)).Handle<RemindOfDay>((_, scope, ct) => OfDayAsync(scope.Context.Now, scope.Store, ct));
        messaging.Recurring("remind-of-times", "0 */5 * * * ?", new RemindOfTimes()).Recurring("remind-of-day", "0 0 8 * * ?", new RemindOfDay());
    }

    /// <summary>Plans and timed tasks of the last hour: more than enough for a missed turn, and nobody is told of what was due last week.</summary>
    public static Effects OfTimes(DateTimeOffset now)
    {
        var since = now.AddHours(-1);
        return
        [
            Effects.Sql($"""
                insert into customer.notifications (user_id, occasion, doc, created_at)
                select n.responsible_id, 'followUp:' || n.id || ':' || extract(epoch from n.planned_at)::bigint,
                  jsonb_build_object('kind', 'followUp', 'at', to_char(n.planned_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'customerId', n.id), {now}
                from customer.due_dates n where n.open and n.planned_at > {since} and n.planned_at <= {now} and n.valid_from <= {now} and n.valid_to > {now} and n.responsible_id is not null
                on conflict (user_id, occasion) do nothing
                """),
            Effects.Sql($"""
                insert into customer.notifications (user_id, occasion, doc, created_at)
                select (t.doc->>'assigneeId')::uuid, 'task:' || t.id || ':' || (t.doc->>'dueAt'), jsonb_build_object('kind', 'task', 'at', t.doc->'dueAt', 'taskId', t.id, 'customerId', t.doc->'customerId'), {now}
                from customer.tasks t where t.doc->>'status' = 'open' and t.doc->>'dueAt' > {EventSerializer.InstantText(since)} and t.doc->>'dueAt' <= {EventSerializer.InstantText(now)}
                  and t.doc->>'dueTime' is not null and t.doc->>'assigneeId' is not null and not (t.doc->>'deleted')::boolean
                on conflict (user_id, occasion) do nothing
                """),
        ];
    }

    private static async Task<Effects> OfDayAsync(DateTimeOffset now, DocumentStore store, CancellationToken ct)
    {
        var today = store.DayOf(now);
        var (start, end) = (TaskItem.Due(today.AddDays(-1), null, store.TimeZone)!.Value, TaskItem.Due(today, null, store.TimeZone)!.Value);
        var effects = new List<object>();
        foreach (var waits in await WaitingAsync(store, today, start, end, now, ct))
        {
            effects.Add(Effects.Sql($"""
                insert into customer.notifications (user_id, occasion, doc, created_at)
                select {waits.User}, {"day:" + today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}, jsonb_build_object('kind', 'day', 'at', {EventSerializer.InstantText(start)}::text, 'overdue', {waits.FollowUpsLate + waits.TasksLate}::int, 'today', {waits.FollowUps + waits.Tasks}::int), {now}
                where {waits.FollowUpsLate + waits.TasksLate + waits.FollowUps + waits.Tasks > 0}
                on conflict (user_id, occasion) do nothing
                """));
            if (Digest(waits) is { } mail) effects.Add(Effects.Publish(mail));
        }
        // A person's birthday of a year is one occasion, whoever is responsible when it comes.
        var soon = today.AddDays(3);
        effects.Add(Effects.Sql($"""
            insert into customer.notifications (user_id, occasion, doc, created_at)
            select n.owner_id, 'birthday:' || b.contact_id || ':' || {soon.Year.ToString(CultureInfo.InvariantCulture)}::text,
              jsonb_build_object('kind', 'birthday', 'at', {EventSerializer.InstantText(TaskItem.Due(soon.AddDays(-1), null, store.TimeZone)!.Value)}::text, 'customerId', n.id, 'contactId', b.contact_id), {now}
            from customer.birthdays b join customer.due_dates n on n.id = b.customer_id
            where b.day = any({Birthdays.Keys(soon, store.Personal)}) and n.open and n.valid_from <= {now} and n.valid_to > {now} and n.owner_id is not null
            on conflict (user_id, occasion) do nothing
            """));
        effects.Add(Effects.Sql($"delete from customer.notifications where created_at < {now.AddDays(-90)}"));
        return Effects.Create([.. effects]);
    }

    /// <summary>What waits for one person on a day, and of what a mail is to tell.</summary>
    internal sealed record Waiting(Guid User, int FollowUpsLate, int FollowUps, int TasksLate, int Tasks, int Birthdays, int Assigned, string[] Mail);

    private static async Task<List<Waiting>> WaitingAsync(DocumentStore store, DateOnly today, DateTimeOffset start, DateTimeOffset end, DateTimeOffset now, CancellationToken ct)
    {
        var waiting = new List<Waiting>();
        await using var command = store.DataSource.CreateCommand("""
            select w.user_id, sum(w.fl)::int, sum(w.f)::int, sum(w.tl)::int, sum(w.t)::int, sum(w.b)::int, sum(w.a)::int, coalesce(p.mail, $6)
            from (
              select responsible_id as user_id, count(*) filter (where due_at < $1) as fl, count(*) filter (where due_at >= $1) as f, 0 as tl, 0 as t, 0 as b, 0 as a
              from customer.due_dates where open and due_at < $2 and valid_from <= $7 and valid_to > $7 and responsible_id is not null group by 1
              union all
              select (doc->>'assigneeId')::uuid, 0, 0, count(*) filter (where doc->>'dueAt' <= $3), count(*) filter (where doc->>'dueAt' > $3), 0, 0
              from customer.tasks where doc->>'status' = 'open' and doc->>'dueAt' <= $4 and doc->>'assigneeId' is not null and not (doc->>'deleted')::boolean group by 1
              union all
              select n.owner_id, 0, 0, 0, 0, count(*), 0 from customer.birthdays b join customer.due_dates n on n.id = b.customer_id
              where b.day = any($5) and n.open and n.valid_from <= $7 and n.valid_to > $7 and n.owner_id is not null group by 1
              union all
              -- Since the mail of the morning before.
              select user_id, 0, 0, 0, 0, 0, sum((doc->>'count')::int) from customer.notifications where created_at > $8 and doc->>'kind' = 'assigned' and read_at is null group by 1) w
            left join customer.notification_preferences p on p.user_id = w.user_id
            group by w.user_id, p.mail
            """);
        foreach (var parameter in new[]
        {
            Statement.Parameter(start), Statement.Parameter(end), Statement.Parameter(EventSerializer.InstantText(start)), Statement.Parameter(EventSerializer.InstantText(end)),
            Statement.Parameter(Birthdays.Keys(today.AddDays(3), store.Personal)), Statement.Parameter<string[]>([.. NotificationPreferences.Kinds]), Statement.Parameter(now),
            Statement.Parameter(now.AddDays(-1)),
        }) command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            waiting.Add(new(reader.GetGuid(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetInt32(4), reader.GetInt32(5), reader.GetInt32(6), reader.GetFieldValue<string[]>(7)));
        return waiting;
    }

    /// <summary>One mail of a morning, with numbers only; null where nothing that the person wants to be told of waits.</summary>
    internal static MailUser? Digest(Waiting waits)
    {
        var (zh, en) = (new List<string>(), new List<string>());
        void Tell(string kind, int count, string zhText, string enText)
        {
            if (count == 0 || !waits.Mail.Contains(kind)) return;
            zh.Add(zhText);
            en.Add(enText);
        }
        Tell("followUps", waits.FollowUps + waits.FollowUpsLate, $"待跟进客户 {waits.FollowUps + waits.FollowUpsLate} 个，其中 {waits.FollowUpsLate} 个已逾期", $"customers to follow up: {waits.FollowUps + waits.FollowUpsLate}, of which overdue: {waits.FollowUpsLate}");
        Tell("tasks", waits.Tasks + waits.TasksLate, $"任务 {waits.Tasks + waits.TasksLate} 个，其中 {waits.TasksLate} 个已逾期", $"tasks: {waits.Tasks + waits.TasksLate}, of which overdue: {waits.TasksLate}");
        Tell("birthdays", waits.Birthdays, $"三天后生日的联系人 {waits.Birthdays} 位", $"birthdays in three days: {waits.Birthdays}");
        Tell("assigned", waits.Assigned, $"他人新分配给您的记录 {waits.Assigned} 条", $"newly given to you by others: {waits.Assigned}");
        return zh.Count == 0 ? null : new MailUser(waits.User, "今日待办 / Your day", $"{string.Join("\n", zh)}\n\n{string.Join("\n", en)}\n");
    }
}
