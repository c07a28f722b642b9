using System.Globalization;
using System.Text.Json;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Analytics;

/// <summary>One event of the log as auditors see it.</summary>
/// <param name="Id">The event.</param>
/// <param name="Sequence">Its place in the log.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="BusinessDate">The day it belongs to, if that was stated and is another.</param>
/// <param name="ActorId">Who did it: a user, a client, <c>anonymous</c> or <c>system</c>.</param>
/// <param name="ActorName">The user's name today.</param>
/// <param name="OnBehalfOf">The user a client acted for.</param>
/// <param name="OnBehalfOfName">That user's name today.</param>
/// <param name="PersonId">Who answers for it: the user a client acted for, else the actor.</param>
/// <param name="Source">Through what: <c>page</c>, <c>api:{client}</c>, <c>import:{id}</c>, <c>form</c>, <c>system</c> …</param>
/// <param name="Channel">The beginning of the source: <c>page api import form system</c> …</param>
/// <param name="Address">From which network: <c>203.0.113.0/24</c>.</param>
/// <param name="Device">With what: <c>Chrome on Windows</c>.</param>
/// <param name="Reason">Why, in the words of who did it.</param>
/// <param name="CorrelationId">What one request or job caused has the same.</param>
/// <param name="CausationId">The request or message that caused the event.</param>
/// <param name="Type">The event's stable name: <c>customer_registered</c>.</param>
/// <param name="Resource">The kind of record, as its streams are named: <c>customer</c>.</param>
/// <param name="RecordId">The record.</param>
/// <param name="RecordName">What people call it today, where that is known here.</param>
/// <param name="Version">The record's version after the event.</param>
internal sealed record Operation(
    Guid Id, long Sequence, DateTimeOffset At, DateOnly? BusinessDate, string ActorId, string? ActorName, string? OnBehalfOf, string? OnBehalfOfName, string PersonId, string Source, string Channel, string? Address,
    string? Device, string? Reason, string? CorrelationId, string? CausationId, string Type, string Resource, Guid RecordId, string? RecordName, long Version);

/// <summary>One operation with what it changed and what belongs to it.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Changes">The record's fields before and after; of a record without a history what the event itself says. Null where the caller may not see the record.</param>
/// <param name="Command">Everything of the same request or job, in its order: the command's own events and what followed from them. At most 100.</param>
/// <param name="HasMore">Whether the command has more than these; a list filtered by <c>correlationId</c> has them all.</param>
internal sealed record OperationDetails(Operation Operation, IReadOnlyList<FieldChange>? Changes, IReadOnlyList<Operation> Command, bool HasMore);

/// <summary><c>GET operation-log</c>, <c>POST operation-log/search</c> and <c>GET operation-log/{sequence}</c>.</summary>
internal static class Operations
{
    private const int MostOfCommand = 100;

    // Names are looked up for the rows of a page only, and as they are today: nothing personal is copied into the log. Therefore they are no fields to filter or sort by.
    private static readonly string Shown = $$"""
        jsonb_build_object('id', d.id, 'sequence', d.sequence, 'at', to_char(d.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'businessDate', d.business_date,
          'actorId', d.actor, 'actorName', {{Person("d.actor")}}, 'onBehalfOf', d.on_behalf_of, 'onBehalfOfName', {{Person("d.on_behalf_of")}},
          'personId', d.person, 'source', d.source, 'channel', d.channel, 'address', d.address, 'device', d.device, 'reason', d.reason, 'correlationId', d.correlation_id, 'causationId', d.causation_id,
          'type', d.type, 'resource', d.resource, 'recordId', d.record_id, 'recordName', case d.resource
            when 'customer' then (select c.name from analytics.customers c where c.id = d.record_id)
            when 'opportunity' then (select o.name from analytics.opportunity_states o where o.opportunity_id = d.record_id order by o.version desc limit 1)
            when 'ticket' then (select t.subject from analytics.tickets t where t.id = d.record_id)
            when 'sales_pipeline' then (select l.name from analytics.pipelines l where l.id = d.record_id)
            when 'user' then (select p.name from analytics.people_states p where p.id = d.record_id order by p.version desc limit 1) end,
          'version', d.version)
        """;

    /// <summary>The log as a list. Only time and sequence are in an order that an index has under every filter.</summary>
    public static ListSource Source { get; } = new(
        FieldMap.Of<Operation>()
            .Add("sequence", FieldType.Number, "d.sequence", nullable: false)
            .Add("at", FieldType.Instant, "d.at", nullable: false)
            .Add("businessDate", FieldType.Date, "d.business_date")
            .Add("actorId", FieldType.Text, "d.actor", nullable: false)
            .Add("actorName", FieldType.Structure, "'null'::jsonb")
            .Add("onBehalfOf", FieldType.Text, "d.on_behalf_of")
            .Add("onBehalfOfName", FieldType.Structure, "'null'::jsonb")
            .Add("personId", FieldType.Text, "d.person", nullable: false)
            .Add("source", FieldType.Text, "d.source", nullable: false)
            .Add("channel", FieldType.Text, "d.channel", nullable: false)
            .Add("address", FieldType.Text, "d.address")
            .Add("device", FieldType.Text, "d.device")
            .Add("reason", FieldType.Text, "d.reason")
            .Add("correlationId", FieldType.Text, "d.correlation_id")
            .Add("causationId", FieldType.Text, "d.causation_id")
            .Add("type", FieldType.Text, "d.type", nullable: false)
            .Add("resource", FieldType.Text, "d.resource", nullable: false)
            .Add("recordId", FieldType.Uuid, "d.record_id", nullable: false)
            .Add("recordName", FieldType.Structure, "'null'::jsonb")
            .Add("version", FieldType.Number, "d.version", nullable: false),
        OperationLog.ProjectionName)
    {
        Select = Shown,
        Sort = "-at",
        Search = Find,
    };

    public static void Map(IEndpointRouteBuilder log)
    {
        Document(log.MapGet("", (HttpContext http, DocumentStore store, string? q, string? filter, string? sort, string? fields, string? cursor, string? limit, string? count) => ListAsync(http, store)), "ListOperations");
        Document(log.MapPost("search", (HttpContext http, DocumentStore store) => ListAsync(http, store)), "SearchOperations").Accepts<ListBody>("application/json");
        log.MapGet("{sequence}", ShowAsync).Requires(Right.View("audit")).Reads(OperationLog.ProjectionName).WithName("GetOperation")
            .Produces<OperationDetails>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

        static RouteHandlerBuilder Document(RouteHandlerBuilder route, string name) => route.Requires(Right.View("audit")).Reads(OperationLog.ProjectionName).WithName(name)
            .Produces<ListAnswer<Operation>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
    }

    /// <summary>The operations of a page as they were answered.</summary>
    public static Operation Read(string document) => JsonSerializer.Deserialize<Operation>(document, EventSerializer.Documents)!;

    /// <summary>A page of the log as it is shown and exported: a reason about a person reads as it was given, and as nothing once that person is erased.</summary>
    public static async Task<ListPage> ReadAsync(DocumentStore store, ListQuery query, FormattableString? where, CancellationToken ct)
    {
        var page = await query.ReadAsync(store.DataSource, Source, new QueryClock(store.Now, store.TimeZone), where, ct);
        return store.Personal is { } personal ? page with { Data = await personal.OpenAsync(page.Data, null, ct) } : page;
    }

    private static async Task<ListPage> ListAsync(HttpContext http, DocumentStore store)
    {
        var query = await ListQuery.BindAsync(http);
        if (query.AsOf is not null)
            throw ProblemException.Invalid("query.asOf", "unknown_field", "日志本身就是历史，请按时间 at 筛选。", "The log is history itself: filter it by at.");
        http.Response.Headers.CacheControl = "private, no-cache";
        return await ReadAsync(store, query, null, http.RequestAborted);
    }

    private static async Task<OperationDetails> ShowAsync(HttpContext http, DocumentStore store, EndpointDataSource routes, long sequence)
    {
        http.Response.Headers.CacheControl = "private, no-cache";
        var found = await ReadAsync(store, new ListQuery { Limit = 1 }, $"d.sequence = {sequence}", http.RequestAborted);
        if (found.Data is not [var document]) throw ProblemException.NotFound();
        var operation = Read(document);
        var changes = await ChangesAsync(http, store, routes, operation);
        if (operation.CorrelationId is not { } correlation) return new OperationDetails(operation, changes, [operation], false);
        var command = await ReadAsync(store, new ListQuery { Limit = MostOfCommand, Sort = "at,sequence" }, $"d.correlation_id = {correlation}", http.RequestAborted);
        return new OperationDetails(operation, changes, [.. command.Data.Select(Read)], command.HasMore);
    }

    /// <summary>
    /// What the event changed, folded from the record's stream and compared as in the record's own history, under the right of that history. Of records
    /// without one nobody has stated who may see what they hold: that takes the right to look into the engine.
    /// </summary>
    private static async Task<IReadOnlyList<FieldChange>?> ChangesAsync(HttpContext http, DocumentStore store, EndpointDataSource routes, Operation operation)
    {
        var history = routes.Endpoints.Select(e => e.Metadata.GetMetadata<RecordHistory>()).FirstOrDefault(h => h?.Kind == operation.Resource);
        if (!Access.Of(http).May(history?.Right ?? Right.OperationsView)) return null;
        var events = await store.Query.FetchStreamAsync(operation.RecordId, history is null ? operation.Version - 1 : 0, http.RequestAborted);
        IReadOnlyList<Event> until = [.. EventReader.At(events, operation.Version)];
        if (history is not null) return [.. (await history.Entries(http, until, operation.Version - 1)).SelectMany(entry => entry.Changes)];
        return
        [
            .. from e in until
               from member in JsonSerializer.SerializeToNode(e.Data, e.Data.GetType(), EventSerializer.Options)!.AsObject()
               select new FieldChange(member.Key, null, member.Value?.DeepClone()),
        ];
    }

    /// <summary>A bare word is a number of the log, of a record or of a command: whatever somebody copied from a message or a page.</summary>
    private static string Find(string text, SqlParameters parameters)
    {
        var word = text.Trim();
        var found = $"d.correlation_id = {parameters.Add(word)}";
        if (Guid.TryParse(word, out var id)) found += $" or d.record_id = {parameters.Add(id)}";
        if (long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) found += $" or d.sequence = {parameters.Add((decimal)sequence)}";
        return $"({found})";
    }

    private static string Person(string column) =>
        $"case when {column} ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' then (select p.name from analytics.people_states p where p.id = {column}::uuid order by p.version desc limit 1) end";
}
