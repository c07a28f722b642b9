using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>The documents behind the list of tasks.</summary>
internal sealed class TaskDocuments : DocumentProjection<TaskItem>
{
    /// <summary>The table, and the name of the projection.</summary>
    public const string TableName = "customer.tasks";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(TaskCreated), typeof(TaskChanged), typeof(TaskAssigned), typeof(TaskCompleted), typeof(TaskReopened), typeof(TaskCancelled), typeof(TaskDeleted), typeof(TaskErased),
    ];

    /// <summary>2: found in spite of typing errors.</summary>
    public override int Version => 2;

    public override IEnumerable<string?> SearchTexts(TaskItem document) => [document.Title];

    public override IEnumerable<string> BlindTexts(TaskItem document) => SearchText.Words(SearchTexts(document));

    public override bool Erases(Event e) => e.Data is TaskErased;
}

/// <summary>A task as it is shown: with names. It belongs to who does it, to who made it, and to whoever is responsible for its customer.</summary>
internal sealed class TaskResource(DocumentStore store, IUserDirectory users) : Resource<TaskItem>
{
    public override string Name => "tasks";

    public override Ownership<TaskItem> Ownership { get; } = new(
        task => [task.AssigneeId, Guid.TryParse(task.CreatedBy, out var maker) ? maker : null],
        (d, ids) => $"""
            (({d}.doc->>'assigneeId')::uuid = any({ids}) or ({d}.doc->>'createdBy') = any({ids}::text[])
              or ({d}.doc->>'customerId')::uuid in (select own.id from customer.due_dates own where own.owner_id = any({ids})))
            """,
        d => $"(({d}.doc->>'assigneeId') is null)")
    {
        Above = (task, ct) => task.CustomerId is { } customer ? OwnerOfCustomerAsync(store, customer, ct) : default,
    };

    public override IReadOnlySet<string> Derived { get; } = new HashSet<string> { "dueAt", "repeatFrom" };

    public override bool IsGone(TaskItem state) => state.Deleted;

    public override async ValueTask<JsonObject> Represent(TaskItem state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        var names = await users.NamesAsync(new[] { state.AssigneeId?.ToString(), state.CreatedBy }.OfType<string>(), ct);
        json["assigneeName"] = state.AssigneeId is { } assignee ? names.GetValueOrDefault(assignee.ToString()) : null;
        json["createdByName"] = names.GetValueOrDefault(state.CreatedBy);
        json["customerName"] = state.CustomerId is { } customer ? await CustomerNameAsync(customer, ct) : null;
        return json;
    }

    private async Task<string?> CustomerNameAsync(Guid customer, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select value from customer.match_keys where customer_id = $1 and field = 'name'");
        command.Parameters.Add(Statement.Parameter(customer));
        return await command.ExecuteScalarAsync(ct) as string;
    }

    private static async ValueTask<Guid?> OwnerOfCustomerAsync(DocumentStore store, Guid customer, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select owner_id from customer.due_dates where id = $1");
        command.Parameters.Add(Statement.Parameter(customer));
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }
}

/// <summary><c>GET /tasks</c> and <c>POST /tasks/search</c>: what is due first, first.</summary>
internal static class TaskList
{
    private static readonly ListSource Source = new(FieldMap.Of<TaskItem>().Without("deleted").Without("repeatFrom")
        .Add("assigneeName", FieldType.Text, "a.name").Add("createdByName", FieldType.Text, "c.name").Add("customerName", FieldType.Text, "(k.doc->>'name')"), TaskDocuments.TableName)
    {
        Joins = """
            left join customer.users a on a.id = d.doc->>'assigneeId'
            left join customer.users c on c.id = d.doc->>'createdBy'
            left join customer.customers k on k.id = (d.doc->>'customerId')::uuid
            """,
        Select = "d.doc - 'deleted' - 'repeatFrom' || jsonb_build_object('assigneeName', a.name, 'createdByName', c.name, 'customerName', k.doc->>'name')",
        Where = "not (d.doc->>'deleted')::boolean",
        Sort = "dueAt",
    };

    /// <summary>Found from everywhere.</summary>
    public static readonly SearchKind Searched = new("tasks", Source, "title", ["title"]) { Owner = "assigneeId", Subtitle = ["customerName", "assigneeName"] };

    public static void Map(IEndpointRouteBuilder tasks) => tasks.MapList<TaskItem>(Source, Right.View("tasks"));
}

/// <summary>The open tasks of a person, for handing over; what is done stays with who did it.</summary>
internal sealed class TaskOwners(DocumentStore store, Resource<TaskItem> resource) : OwnedRecords<TaskItem>(store, resource)
{
    protected override string OfPerson => "select id from customer.tasks where (doc->>'assigneeId')::uuid = $1 and doc->>'status' = 'open' and not (doc->>'deleted')::boolean order by id";

    protected override string NamesOf => "select id, doc->>'title' from customer.tasks where id = any($1)";

    protected override Guid? OwnerOf(TaskItem record) => record.AssigneeId;

    protected override Decision Assign(TaskItem record, Guid owner, Now now) => AssignTaskFeature.Decide(new AssignTask(owner), record, known: true, now);
}

/// <summary>What tasks say of customers: each has a key of its own, which is destroyed with the customer's.</summary>
internal sealed class TaskRecords(DocumentStore store) : IPersonalRecords
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => "tasks";

    public async Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        // A task is about a customer, never about one contact alone.
        if (contact is not null) return;
        var tasks = await OfAsync(customer, ct);
        foreach (var id in tasks) session.Append<TaskItem>(id, null, [new TaskErased(customer, session.Personal?.Placeholder(id) ?? "")]);
        PersonalData.Destroy(session.Sql, tasks);
        foreach (var id in tasks) Idempotency.Forget(session, "tasks", id);
    }

    public async Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct)
    {
        var report = new JsonArray();
        foreach (var stream in (await store.Query.FetchStreamsAsync([.. await OfAsync(customer, ct)], ct)).GroupBy(e => e.StreamId))
            report.Add(JsonSerializer.SerializeToNode(Fold.All<TaskItem>(stream), EventSerializer.Documents));
        return report;
    }

    /// <summary>The tasks about a customer, those included that were made a moment ago.</summary>
    private async Task<List<Guid>> OfAsync(Guid customer, CancellationToken ct)
    {
        if (!await store.Daemon.CatchUpAsync(Patience, ct)) throw new TimeoutException("The tasks about the customer are not all known yet.");
        await using var command = store.DataSource.CreateCommand("select id from customer.tasks where (doc->>'customerId')::uuid = $1 order by id");
        command.Parameters.Add(Statement.Parameter(customer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tasks = new List<Guid>();
        while (await reader.ReadAsync(ct)) tasks.Add(reader.GetGuid(0));
        return tasks;
    }
}
