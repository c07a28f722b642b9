using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Changes a product; absent fields stay, null empties <c>unitPrice</c> and <c>series</c>. Lines of opportunities keep the price they have.
/// In <c>custom</c> only the named fields change, null removes one.
/// </summary>
internal sealed record ChangeProduct(
    string? Code = null, string? Name = null, Money? UnitPrice = null, string? Series = null, bool? Active = null, IReadOnlyDictionary<string, JsonElement>? Custom = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeProduct>
    {
        public Validator()
        {
            RuleFor(x => x.Code).NotEmpty().MaximumLength(60).When(x => x.Code is not null);
            RuleFor(x => x.Name).NotEmpty().MaximumLength(200).When(x => x.Name is not null);
            RuleFor(x => x.UnitPrice).UnitPrice();
            RuleFor(x => x.Series).MaximumLength(100);
            RuleFor(x => x.Custom).PlainFieldsOnly();
            RuleForEach(x => x.Cleared).Must(c => c is "unitPrice" or "series").WithErrorCode("required");
        }
    }
}

internal static class ChangeProductFeature
{
    public static void Map(IEndpointRouteBuilder products) => products.MapCommand<ChangeProduct, Product, (Guid Id, string Name)?>(
        "{id:guid}", Right.Change("products"),
        async (command, product, scope) => command.Code is null ? null : await Catalogue.OwnerAsync(scope.Database, command.Code, scope.Aborted), Decide, "PATCH");

    public static Decision Decide(ChangeProduct command, Product product, (Guid Id, string Name)? owner, Now now)
    {
        if (owner is var (id, name) && id != product.Id) return ProductErrors.CodeTaken(command.Code!, id, name);
        string[] cleared =
        [
            .. command.Empties("unitPrice") && product.UnitPrice is not null ? ["unitPrice"] : (string[])[],
            .. command.Empties("series", command.Series) && product.Series is not null ? ["series"] : (string[])[],
        ];
        var change = new ProductChanged(
            Patch.Text(command.Code, product.Code), Patch.Text(command.Name, product.Name), command.UnitPrice == product.UnitPrice ? null : command.UnitPrice,
            Patch.Text(command.Series, product.Series), command.Active == product.Active ? null : command.Active,
            OwnFields.Changed(product.Custom, command.Custom), cleared.Length == 0 ? null : cleared);
        return change == new ProductChanged(null, null, null, null, null, null, null) ? Decision.Nothing : [change];
    }
}
