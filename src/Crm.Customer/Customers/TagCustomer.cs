using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Adds a tag, or several; those the customer has already are left alone (S015–S019). One that a rule gives is refused (409 <c>computed_tag</c>).</summary>
/// <param name="Tag">One tag, 1 to 50 characters.</param>
/// <param name="Tags">Several tags.</param>
internal sealed record TagCustomer(string? Tag, string[]? Tags)
{
    internal sealed class Validator : AbstractValidator<TagCustomer>
    {
        public Validator()
        {
            RuleFor(x => x.Tag).Tag().When(x => x.Tag is not null || x.Tags is null);
            RuleForEach(x => x.Tags).Tag();
        }
    }
}

internal static class TagCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapCommand<TagCustomer, Customer, KnownTags>("{id:guid}/tags", Right.Change("customers"), (_, _, scope) => KnownTags.LoadAsync(scope.Store, scope.Aborted), Decide);

    public static Decision Decide(TagCustomer command, Customer customer, KnownTags known, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        string[] added = [.. new[] { command.Tag }.Concat(command.Tags ?? []).Select(Rules.Clean).OfType<string>().Where(t => !known.Names(t).Any(customer.Tags.Contains)).Distinct()];
        if (added.FirstOrDefault(known.IsComputed) is { } computed) return TagErrors.Computed(computed);
        if (customer.Tags.Length + added.Length > 50) return CustomerErrors.TooManyTags;
        return [.. added.Select(t => new CustomerTagged(t))];
    }
}
