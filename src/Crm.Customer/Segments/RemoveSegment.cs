using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Removes a segment; its customers stay. A private one is only open to who saved it (404 for others).</summary>
internal sealed record RemoveSegment;

internal static class RemoveSegmentFeature
{
    public static void Map(IEndpointRouteBuilder segments) => segments.MapCommand<RemoveSegment, Segment>("{id:guid}", Right.Delete("segments"), Decide, "DELETE");

    public static Decision Decide(RemoveSegment command, Segment segment, Now now) =>
        segment.Deleted || !segment.IsOpenTo(now.UserId) ? SegmentErrors.Unknown : [new SegmentRemoved()];
}
