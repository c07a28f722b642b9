using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary><c>GET /segments</c>, <c>POST /segments/search</c> and <c>GET /segments/{id}</c>: shared ones and the caller's own.</summary>
internal static class SegmentList
{
    public static void Map(IEndpointRouteBuilder segments)
    {
        segments.MapList<Segment>(
            new(FieldMap.Of<Segment>().Without("deleted"), "customer.segments") { Select = "d.doc - 'deleted'", Where = "not (d.doc->>'deleted')::boolean", Sort = "name" },
            Right.View("segments"), where: http => $"((d.doc->>'shared')::boolean or d.doc->>'createdBy' = {Caller.Of(http).Id})");
        segments.MapGet("{id:guid}", async (HttpContext http, Guid id) =>
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            if (await store.Query.AggregateStreamAsync<Segment>(id, ct: http.RequestAborted) is not { Deleted: false } segment || !segment.IsOpenTo(Caller.Of(http).Id)) throw ProblemException.NotFound();
            http.Response.Headers.ETag = $"\"{segment.Version}\"";
            return Results.Json(await http.RequestServices.GetRequiredService<Resource<Segment>>().ShowAsync(http, segment, store.Now), EventSerializer.Documents);
        }).Requires(Right.View("segments")).WithName("GetSegment").Produces<Segment>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }
}
