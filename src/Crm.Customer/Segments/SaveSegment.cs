using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Saves a filter over customers under a name (S020). 400 <c>personal_filter</c> for a filter that tells something of a person, since the log keeps it for ever.</summary>
/// <param name="Name">1 to 100 characters.</param>
/// <param name="Filter">In the grammar of lists, at most 2,000 characters.</param>
/// <param name="Shared">Whether everybody sees it; false unless stated.</param>
internal sealed record SaveSegment(string? Name, string? Filter, bool? Shared = null)
{
    internal sealed class Validator : AbstractValidator<SaveSegment>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().Line(100);
            RuleFor(x => x.Filter).NotEmpty().MaximumLength(2_000);
        }
    }
}

internal static class SaveSegmentFeature
{
    public static void Map(IEndpointRouteBuilder segments) => segments.MapCreate<SaveSegment, Segment, Rejection?>("", Right.Create("segments"), (command, scope) => Task.FromResult(SegmentFilter.Fault(command.Filter!, scope)), Decide);

    public static Decision Decide(SaveSegment command, Rejection? fault, Now now) =>
        fault is not null ? fault : [new SegmentSaved(Rules.Clean(command.Name)!, command.Filter!.Trim(), command.Shared ?? false)];
}
