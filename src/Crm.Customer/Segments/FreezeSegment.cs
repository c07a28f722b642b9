using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Settles the members of a segment: the customers its filter finds now, as the caller sees them. 409 <c>too_many</c> above 100,000.</summary>
internal sealed record FreezeSegment;

/// <summary>Lets a settled segment follow its filter again.</summary>
internal sealed record ThawSegment;

internal static class FreezeSegmentFeature
{
    /// <summary>Most members of a settled segment: they stand in one event.</summary>
    public const int Most = 100_000;

    public static void Map(IEndpointRouteBuilder segments)
    {
        segments.MapCommand<FreezeSegment, Segment, Guid[]>("{id:guid}/freeze", Right.Change("segments"), (_, segment, scope) => MembersAsync(segment, scope), Decide)
            .Reads("customer.customers", TagPeriods.ProjectionName);
        segments.MapCommand<ThawSegment, Segment>("{id:guid}/thaw", Right.Change("segments"), Decide);
    }

    public static Decision Decide(FreezeSegment command, Segment segment, Guid[] members, Now now) =>
        segment.Deleted || !segment.IsOpenTo(now.UserId) ? SegmentErrors.Unknown
        : segment.FrozenAt is not null ? Decision.Nothing
        : members.Length > Most ? SegmentErrors.TooMany(Most)
        : [new SegmentFrozen(members)];

    public static Decision Decide(ThawSegment command, Segment segment, Now now) =>
        segment.Deleted || !segment.IsOpenTo(now.UserId) ? SegmentErrors.Unknown : segment.FrozenAt is null ? Decision.Nothing : [new SegmentThawed()];

    private static async Task<Guid[]> MembersAsync(Segment segment, CommandScope scope)
    {
        var (access, resource) = (Access.Of(scope.Http), scope.Service<Resource<Customer>>());
        var source = CustomerList.Source(scope.Store);
        source = source with { Fields = source.Fields.For(access, resource.Name), Visible = access.Visible(resource, source.Fields.Alias, source.Table, false) };
        var query = new ListQuery { Filter = segment.Filter, Sort = "id" };
        return await query.IdsAsync(scope.Database, source, new(scope.Now.At, scope.Store.TimeZone), Most + 1, null, scope.Aborted);
    }
}
