using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>Something a person is told of.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Kind"><c>day</c>: what waits today, told in the morning; <c>followUp task</c>: the time of a plan or task has come; <c>birthday</c>: in three days; <c>assigned</c>: somebody gave something.</param>
/// <param name="At">The time or day it is about.</param>
/// <param name="CustomerId">The customer it is about.</param>
/// <param name="CustomerName">Its name; null for who may no longer see it.</param>
/// <param name="TaskId">The task it is about.</param>
/// <param name="TaskTitle">Its title.</param>
/// <param name="ContactId">The contact it is about.</param>
/// <param name="Overdue">Of <c>day</c>: follow-ups and tasks that are overdue.</param>
/// <param name="Today">Of <c>day</c>: those due today.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ReadAt">When it was read.</param>
/// <param name="Resource">Of <c>assigned</c>, what was given: <c>customers opportunities tickets tasks plans</c>.</param>
/// <param name="RecordId">The record that was given; null where there are more.</param>
/// <param name="Count">How many were given at once.</param>
/// <param name="ById">Who gave it.</param>
/// <param name="ByName">The name of who gave it.</param>
internal sealed record Notification(
    Guid Id, string Kind, DateTimeOffset At, Guid? CustomerId, string? CustomerName, Guid? TaskId, string? TaskTitle, Guid? ContactId, int? Overdue, int? Today, DateTimeOffset CreatedAt, DateTimeOffset? ReadAt,
    string? Resource = null, Guid? RecordId = null, int? Count = null, string? ById = null, string? ByName = null);

/// <summary>How many notifications the caller has not read.</summary>
/// <param name="Unread">The number, at most 100.</param>
internal sealed record UnreadNotifications(int Unread);

/// <summary>Marks notifications as read.</summary>
/// <param name="Ids">Those; all of the caller's unless stated. At most 500.</param>
internal sealed record ReadNotifications(Guid[]? Ids = null);

/// <summary><c>GET /notifications</c>: the caller's own, newest first, with the parameters of every list; <c>GET /notifications/unread</c>; <c>POST /notifications/read</c>.</summary>
internal static class NotificationList
{
    private const string Name = "case when {seen} then c.doc->>'name' end";

    private static readonly ListSource Source = new(FieldMap.Of<Notification>().Without("customerName").Without("taskTitle").Without("byName")
        .Add("createdAt", FieldType.Instant, "d.created_at", nullable: false).Add("readAt", FieldType.Instant, "d.read_at"), "customer.notifications")
    {
        Joins = """
            left join customer.customers c on c.id = (d.doc->>'customerId')::uuid
            left join customer.tasks t on t.id = (d.doc->>'taskId')::uuid
            left join customer.users b on b.id = d.doc->>'byId'
            """,
        Sort = "-createdAt",
        Search = ListSource.NotSearched,
    };

    public static void Map(IEndpointRouteBuilder api)
    {
        var notifications = api.MapGroup("notifications").WithTags("notifications");
        notifications.MapGet("", async (HttpContext http, string? filter, string? sort, string? fields, string? cursor, string? limit, string? count) =>
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var query = await ListQuery.BindAsync(http);
            http.Response.Headers.CacheControl = "private, no-cache";
            var (me, reach) = (Me(http), Access.Of(http).Rows(Right.View("customers")));
            // The name of a customer that has gone to somebody else meanwhile is told to nobody.
            var seen = reach.IsAll ? "true" : $"c.owner_id = any(array[{string.Join(',', reach.Owners.Append(me).Distinct().Select(o => $"'{o}'"))}]::uuid[]) or (c.doc->>'nextFollowUpOwnerId')::uuid = '{me}'";
            var source = Source with
            {
                Select = $$"""
                    d.doc || jsonb_build_object('id', d.id, 'customerName', {{Name.Replace("{seen}", seen, StringComparison.Ordinal)}}, 'taskTitle', case when (t.doc->>'assigneeId')::uuid = '{{me}}' then t.doc->>'title' end, 'byName', b.name,
                      'createdAt', to_char(d.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'readAt', to_char(d.read_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
                    """,
            };
            return await query.ReadAsync(store.DataSource, source, new(store.Now, store.TimeZone), $"d.user_id = {me}", http.RequestAborted);
        }).Requires(Right.View("users")).WithName("ListNotification").Produces<ListAnswer<Notification>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

        notifications.MapGet("unread", async (HttpContext http, DocumentStore store) =>
        {
            await using var command = store.DataSource.CreateCommand("select count(*) from (select 1 from customer.notifications where user_id = $1 and read_at is null limit 100) n");
            command.Parameters.Add(Statement.Parameter(Me(http)));
            return new UnreadNotifications((int)(long)(await command.ExecuteScalarAsync(http.RequestAborted))!);
        }).Requires(Right.View("users")).WithName("CountUnreadNotifications").Produces<UnreadNotifications>().ProducesProblem(401).ProducesProblem(403);

        notifications.MapOperation<ReadNotifications>("read", Right.View("users"), 200, (command, session, scope) =>
        {
            if (command.Ids is { Length: > 500 }) throw ProblemException.Invalid("body.ids", "too_many", "最多 500 条。", "There are at most 500.");
            var (me, all, ids) = (Me(scope.Http), command.Ids is null, command.Ids ?? []);
            session.Sql.Add($"update customer.notifications set read_at = {scope.Now.At} where user_id = {me} and read_at is null and ({all} or id = any({ids}))");
            return Task.FromResult<object?>(new UnreadNotifications(0));
        }).Produces<UnreadNotifications>();
    }

    /// <summary>The caller; a client has no notifications.</summary>
    public static Guid Me(HttpContext http) => Access.Of(http).UserId ?? Guid.Empty;
}
