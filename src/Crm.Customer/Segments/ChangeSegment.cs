using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Changes name, filter or who sees a segment. A private one is only open to who saved it (404 for others); the filter of a settled one stays (409 <c>segment_frozen</c>).</summary>
/// <param name="Name">1 to 100 characters.</param>
/// <param name="Filter">In the grammar of lists, at most 2,000 characters.</param>
/// <param name="Shared">Whether everybody sees it.</param>
internal sealed record ChangeSegment(string? Name = null, string? Filter = null, bool? Shared = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeSegment>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().Line(100).When(x => x.Name is not null);
            RuleFor(x => x.Filter).NotEmpty().MaximumLength(2_000).When(x => x.Filter is not null);
            RuleForEach(x => x.Cleared).Must(_ => false).WithErrorCode("required");
        }
    }
}

internal static class ChangeSegmentFeature
{
    public static void Map(IEndpointRouteBuilder segments) => segments.MapCommand<ChangeSegment, Segment, Rejection?>("{id:guid}", Right.Change("segments"),
        (command, _, scope) => Task.FromResult(command.Filter is null ? null : SegmentFilter.Fault(command.Filter, scope)), Decide, "PATCH");

    public static Decision Decide(ChangeSegment command, Segment segment, Rejection? fault, Now now)
    {
        if (segment.Deleted || !segment.IsOpenTo(now.UserId)) return SegmentErrors.Unknown;
        if (fault is not null) return fault;
        if (command.Filter is not null && segment.FrozenAt is not null) return SegmentErrors.Frozen;
        var (name, filter) = (Rules.Clean(command.Name), command.Filter?.Trim());
        var changed = new SegmentChanged(name == segment.Name ? null : name, filter == segment.Filter ? null : filter, command.Shared == segment.Shared ? null : command.Shared);
        return changed == new SegmentChanged(null, null, null) ? Decision.Nothing : [changed];
    }
}
