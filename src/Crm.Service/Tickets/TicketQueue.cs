using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>The newest and every past state of each ticket.</summary>
internal sealed class TicketProjection : DocumentProjection<Ticket>
{
    public override string Table => "service.tickets";

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(TicketOpened), typeof(TicketDetailsChanged), typeof(TicketAssigned), typeof(TicketAnswered), typeof(TicketResolved), typeof(TicketReopened),
        typeof(TicketRated), typeof(TicketClosed), typeof(RecordShared), typeof(RecordUnshared),
    ];

    public override IEnumerable<string?> SearchTexts(Ticket document) =>
        [document.Number, document.Subject, document.Requester?.Name, document.Requester?.Phone, document.Requester?.Email];
}

/// <summary>The queue: tickets filtered, searched and sorted, also by what is due next and by what is breached.</summary>
/// <remarks>
/// Without the answers, which are on the record. Beside the stored fields: <c>assigneeName</c>, <c>customerName</c>, <c>contactName</c>, <c>priorityRank</c> (0 low to 3 urgent),
/// <c>overdue</c> (a running clock is past due at the instant of the list) and <c>breached</c> (a clock ran over, whether it stopped since or not).
/// </remarks>
internal static class TicketQueue
{
    private const string At = """to_char({at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""";
    private const string Overdue = "coalesce((d.doc->>'dueAt') < " + At + ", false)";
    private const string Breached = "coalesce((d.doc->>'breachAt') < " + At + ", false)";

    private static readonly FieldMap Fields = FieldMap.Of<Ticket>()
        .Without("answers")
        .Add("assigneeName", FieldType.Text, "u.name")
        .Add("customerName", FieldType.Text, "c.name")
        .Add("contactName", FieldType.Text, "p.name")
        .Add("priorityRank", FieldType.Number, "array_position(array['low', 'normal', 'high', 'urgent'], d.doc->>'priority') - 1", nullable: false)
        .Add("overdue", FieldType.Boolean, Overdue, nullable: false)
        .Add("breached", FieldType.Boolean, Breached, nullable: false);

    private static readonly ListSource Source = new(Fields, "service.tickets")
    {
        Joins = """
            left join service.people u on u.id = (d.doc->>'assigneeId')::uuid
            left join service.customers c on c.id = (d.doc->>'customerId')::uuid
            left join service.contacts p on p.id = (d.doc->>'contactId')::uuid
            """,
        Select = $"""
            d.doc - 'answers' || jsonb_build_object('assigneeName', u.name, 'customerName', c.name, 'contactName', p.name,
              'priorityRank', array_position(array['low', 'normal', 'high', 'urgent'], d.doc->>'priority') - 1, 'overdue', {Overdue}, 'breached', {Breached})
            """,
    };

    public static void Map(IEndpointRouteBuilder tickets) => tickets.MapList<Ticket>(Source, Right.View("tickets"), show: Show);

    /// <summary>The clocks as they stand at the instant of the list.</summary>
    private static string Show(string document, DateTimeOffset at)
    {
        var ticket = JsonNode.Parse(document)!.AsObject();
        if (ticket["clocks"] is not JsonArray clocks) return document;
        ticket["clocks"] = TicketResource.Clocks(clocks.Deserialize<Clock[]>(EventSerializer.Documents)!, at);
        return ticket.ToJsonString(EventSerializer.Documents);
    }
}
