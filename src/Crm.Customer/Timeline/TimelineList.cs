using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary><c>GET /customers/{id}/timeline</c>: newest first; <c>kind=followUp,ticket</c> keeps only these.</summary>
internal static class TimelineList
{
    private static readonly string[] Kinds = ["followUp", "opportunity", "ticket", "contact", "change", "lifecycle", "owner", "tag", "import"];

    private static readonly ListSource Source = new(FieldMap.Of<TimelineItem>().Add("actorName", FieldType.Text, "u.name"), "customer.timeline")
    {
        Joins = "left join customer.users u on u.id = d.doc->>'actorId'",
        Select = "d.doc || jsonb_build_object('actorName', u.name)",
        Sort = "-at,-sequence",
    };

    public static void Map(IEndpointRouteBuilder customers) => customers.MapPartList<TimelineItem>("{id:guid}/timeline", Source, (http, id) =>
    {
        var kinds = ((string?)http.Request.Query["kind"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (kinds.Except(Kinds).FirstOrDefault() is { } unknown)
            throw ProblemException.Invalid("query.kind", "unknown_value", $"没有类别 {unknown}，只能是 {string.Join("、", Kinds)}。", $"There is no kind {unknown}; it must be one of {string.Join(", ", Kinds)}.");
        return $"d.customer_id = {id} and ({kinds.Length == 0} or d.kind = any({kinds}))";
    });
}
