using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>Adds a product to the catalogue. The code is unique without regard to case (409 <c>product_code_taken</c> with <c>candidates</c>).</summary>
/// <param name="Code">At most 60 characters.</param>
/// <param name="Name">At most 200 characters.</param>
/// <param name="UnitPrice">List price of one, not negative.</param>
/// <param name="Series">The family it belongs to, at most 100 characters.</param>
/// <param name="Active">Whether it is sold; absent: yes.</param>
/// <param name="Custom">The organisation's own fields: flat, text, numbers and truth values.</param>
internal sealed record AddProduct(string Code, string Name, Money? UnitPrice = null, string? Series = null, bool? Active = null, IReadOnlyDictionary<string, JsonElement>? Custom = null)
{
    internal sealed class Validator : AbstractValidator<AddProduct>
    {
        public Validator()
        {
            RuleFor(x => x.Code).NotEmpty().MaximumLength(60);
            RuleFor(x => x.Name).NotEmpty().MaximumLength(200);
            RuleFor(x => x.UnitPrice).UnitPrice();
            RuleFor(x => x.Series).MaximumLength(100);
            RuleFor(x => x.Custom).PlainFieldsOnly();
        }
    }
}

internal static class AddProductFeature
{
    private static readonly Dictionary<string, JsonElement> None = [];

    public static void Map(IEndpointRouteBuilder products) => products.MapCreate<AddProduct, Product, (Guid Id, string Name)?>(
        "", Right.Create("products"), (command, scope) => Catalogue.OwnerAsync(scope.Database, command.Code, scope.Aborted), Decide);

    public static Decision Decide(AddProduct command, (Guid Id, string Name)? owner, Now now) => owner is var (id, name)
        ? ProductErrors.CodeTaken(command.Code, id, name)
        : [new ProductAdded(command.Code.Trim(), command.Name.Trim(), command.UnitPrice, Patch.OrNull(command.Series), command.Active ?? true, OwnFields.Changed(None, command.Custom))];
}
