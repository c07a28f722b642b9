using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>
/// <c>GET /customers/{id}/timeline</c>: newest first; <c>kind=followUp,ticket</c> keeps only these. Opportunities and tickets are on it for those who may see
/// them at this customer; whoever is responsible for a customer sees all that belongs to it.
/// </summary>
internal static class TimelineList
{
    private static readonly string[] Kinds = ["followUp", "task", "opportunity", "ticket", "contact", "change", "lifecycle", "owner", "tag", "import", "attachment", "relation"];

    private static readonly ListSource Source = new(FieldMap.Of<TimelineItem>().Add("actorName", FieldType.Text, "u.name"), "customer.timeline")
    {
        Joins = "left join customer.users u on u.id = d.doc->>'actorId'",
        Select = "d.doc || jsonb_build_object('actorName', u.name)",
        Sort = "-at,-sequence",
        Search = ListSource.NotSearched,
    };

    public static void Map(IEndpointRouteBuilder customers) => customers.MapPartList<TimelineItem>("{id:guid}/timeline", Source, (http, customer) =>
    {
        var kinds = ((string?)http.Request.Query["kind"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (kinds.Except(Kinds).FirstOrDefault() is { } unknown)
            throw ProblemException.Invalid("query.kind", "unknown_value", $"没有类别 {unknown}，只能是 {string.Join("、", Kinds)}。", $"There is no kind {unknown}; it must be one of {string.Join(", ", Kinds)}.");
        var access = Access.Of(http);
        var (opportunities, tickets) = (access.Rows(Right.View("opportunities")).Holds(customer.OwnerId), access.Rows(Right.View("tickets")).Holds(customer.OwnerId));
        FormattableString shown = $"""
            ({kinds.Length == 0} or d.kind = any({kinds}))
            and ({opportunities} or d.kind <> 'opportunity') and ({tickets} or d.kind <> 'ticket')
            """;
        if (customer.Merges.IsEmpty) return $"d.customer_id = {customer.Id} and {shown}";
        // With all within it, but for its going when it was merged: this one is there. What went from one of them to another is on both timelines and shown once.
        var customers = customer.Merges.Select(m => m.SourceId).Prepend(customer.Id).ToArray();
        return $"""
            d.customer_id = any({customers}) and (d.customer_id = {customer.Id} or d.doc->>'type' <> 'customer_deleted') and not exists (select from customer.timeline t where t.id = d.id and t.customer_id = any({customers}) and t.customer_id < d.customer_id) and {shown}
            """;
    }, Show);

    /// <summary>The stored event without what is hidden from the caller.</summary>
    private static string Show(Access access, string row)
    {
        if (access.Limits.Of("customers").Count + access.Limits.Of("opportunities").Count + access.Limits.Of("tickets").Count == 0) return row;
        var item = JsonNode.Parse(row)!.AsObject();
        var kind = item["kind"]?.ToString();
        var resource = kind switch { "opportunity" => "opportunities", "ticket" => "tickets", _ => "customers" };
        if (access.Limits.Of(resource).Count == 0 || item["data"] is not JsonObject data) return row;
        access.Limits.Show(resource, data, kind == "contact" ? "contacts" : null);
        // The title is made of the data.
        item["title"] = item["type"]?.DeepClone();
        return item.ToJsonString(EventSerializer.Documents);
    }
}
