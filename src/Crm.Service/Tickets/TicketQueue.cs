using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Service;

/// <summary>The newest and every past state of each ticket.</summary>
internal sealed class TicketProjection(PersonalData? personal) : DocumentProjection<Ticket>
{
    public override string Table => "service.tickets";

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(TicketOpened), typeof(TicketDetailsChanged), typeof(TicketAssigned), typeof(TicketAnswered), typeof(TicketResolved), typeof(TicketReopened),
        typeof(TicketRated), typeof(TicketErased), typeof(TicketClosed), typeof(RecordShared), typeof(RecordUnshared),
    ];

    /// <summary>4: found in spite of typing errors; 3: the merges of customers it came along with.</summary>
    public override int Version => 4;

    public override IEnumerable<string?> SearchTexts(Ticket document) =>
        [document.Number, document.Subject, document.Requester?.Name];

    /// <summary>Number and address of who filled in the form are found whole, and by the hash only.</summary>
    public override IEnumerable<string> BlindTexts(Ticket document) =>
        [.. SearchText.Words(SearchTexts(document)), .. personal is null ? [] : new[] { Reach.PhoneKey(document.Requester?.Phone, personal), Reach.EmailKey(document.Requester?.Email, personal) }.OfType<string>()];

    public override bool Erases(Event e) => e.Data is TicketErased;
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
    private const string Rank = "array_position(array['low', 'normal', 'high', 'urgent'], d.doc->>'priority') - 1";
    private const string Breached = "coalesce((d.doc->>'breachAt') < " + At + ", false)";

    private static readonly FieldMap Fields = FieldMap.Of<Ticket>()
        .Without("answers")
        .Add("assigneeName", FieldType.Text, "u.name")
        .Add("customerName", FieldType.Text, "c.name")
        .Add("contactName", FieldType.Text, "p.name")
        .Add("priorityRank", FieldType.Number, Rank, nullable: false)
        .Add("overdue", FieldType.Boolean, Overdue, nullable: false)
        .Add("breached", FieldType.Boolean, Breached, nullable: false);

    private static ListSource Source(PersonalData? personal) => new(Fields, "service.tickets")
    {
        Joins = """
            left join service.people u on u.id = (d.doc->>'assigneeId')::uuid
            left join service.customers c on c.id = (d.doc->>'customerId')::uuid
            left join service.contacts p on p.id = (d.doc->>'contactId')::uuid
            """,
        Select = "d.doc - 'answers'",
        Beside = new Dictionary<string, string>
        {
            ["assigneeName"] = "u.name",
            ["customerName"] = "c.name",
            ["contactName"] = "p.name",
            ["priorityRank"] = Rank,
            ["overdue"] = Overdue,
            ["breached"] = Breached,
        },
        Search = (query, parameters) => SearchText.Predicate(query, "d", parameters, word => personal is null ? [] : [.. new[] { Reach.PhoneKey(word, personal), Reach.EmailKey(word, personal) }.OfType<string>()]),
    };

    /// <summary>Found from everywhere.</summary>
    public static SearchKind Searched(PersonalData? personal) => new("tickets", Source(personal), "subject",
    [
        "number", "subject", "requester.name", new("requester.phone", PersonalKind.Phone), new("requester.email", PersonalKind.Email),
    ])
    { Key = "number", Owner = "assigneeId", Subtitle = ["number", "customerName"] };

    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapList<Ticket>(Source(tickets.ServiceProvider.GetRequiredService<DocumentStore>().Personal), Right.View("tickets"), show: Show, export: TicketColumns.Export);

    /// <summary>The clocks as they stand at the instant of the list.</summary>
    private static string Show(string document, DateTimeOffset at)
    {
        var ticket = JsonNode.Parse(document)!.AsObject();
        if (ticket["clocks"] is not JsonArray clocks) return document;
        ticket["clocks"] = TicketResource.Clocks(clocks.Deserialize<Clock[]>(EventSerializer.Documents)!, at);
        return ticket.ToJsonString(EventSerializer.Documents);
    }
}
