using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Takes a tag out of the catalogue. What a rule gave ends now and stays in the past; customers tagged by hand keep it as a free tag.</summary>
internal sealed record RetireTag;

internal static class RetireTagFeature
{
    public static void Map(IEndpointRouteBuilder tags) => tags.MapCommand<RetireTag, Tag>("{id:guid}", Right.Delete("tags"), Decide, "DELETE");

    public static Decision Decide(RetireTag command, Tag tag, Now now) => tag.Retired ? Decision.Nothing : [new TagRetired(tag.Name)];
}
