using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>The check while somebody types a new customer (X10, C8): which customers on file are likely to be the same.</summary>
/// <param name="Data">The candidates, most likely first, at most 20.</param>
internal sealed record DuplicateAnswer(IReadOnlyList<ShownCandidate> Data);

/// <summary>What has been typed so far. By <c>POST</c>, because telephone numbers must not stand in addresses; <c>GET</c> takes the same as parameters.</summary>
/// <param name="Name">Name or short name.</param>
/// <param name="Phone">Telephone number; one that is not complete yet matches nothing.</param>
/// <param name="Email">E-mail address.</param>
internal sealed record FindDuplicates(string? Name, string? Phone, string? Email)
{
    internal sealed class Validator : AbstractValidator<FindDuplicates>
    {
        public Validator()
        {
            RuleFor(x => x.Name).MaximumLength(200);
            RuleFor(x => x.Phone).MaximumLength(40);
            RuleFor(x => x.Email).MaximumLength(254);
        }
    }
}

internal static class FindDuplicatesFeature
{
    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapGet("duplicates", (HttpContext http, DocumentStore store, string? name, string? phone, string? email) => Find(http, store, new FindDuplicates(name, phone, email)))
            .Requires(Right.View("customers")).WithName("GetDuplicates").ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
        customers.MapPost("duplicates", async (HttpContext http, DocumentStore store) => await Find(http, store, (await JsonBody.ReadAsync(http)).To<FindDuplicates>()))
            .Requires(Right.View("customers")).WithName("FindDuplicates").Accepts<FindDuplicates>("application/json").ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
    }

    private static async Task<DuplicateAnswer> Find(HttpContext http, DocumentStore store, FindDuplicates typed)
    {
        Validation.Check(new FindDuplicates.Validator(), typed, http);
        MatchKey[] keys = [.. new[] { MatchKey.OfName(typed.Name), MatchKey.OfPhone(typed.Phone), MatchKey.OfEmail(typed.Email) }.OfType<MatchKey>()];
        var access = Access.Of(http);
        return new DuplicateAnswer([.. (await DuplicateSearch.FindAsync(store, keys, [], null, http.RequestAborted)).Select(c => ShownCandidate.Of(c, access))]);
    }
}
