using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>Somebody who decides on an open opportunity.</summary>
/// <param name="Name">As it stands in the opportunity; who it is, nobody has said.</param>
/// <param name="OpportunityId">The opportunity.</param>
/// <param name="OpportunityName">Its name; null where the caller may not see it.</param>
public sealed record Decider(string Name, Guid OpportunityId, string? OpportunityName);

/// <summary>Who decides on what a customer may buy: asked of the module that has opportunities, so that their rights hold and no copy of the names has to be kept, encrypted and erased.</summary>
public interface IDeciders
{
    /// <summary>The deciders of the customer's open opportunities that the caller may see, at most 200.</summary>
    /// <param name="customer">The customer.</param>
    /// <param name="http">The request of the caller.</param>
    Task<IReadOnlyList<Decider>> OfAsync(Guid customer, HttpContext http);
}
