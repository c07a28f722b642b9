using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>Brings a deleted product back; 409 <c>product_code_taken</c> if another one has its code now.</summary>
internal sealed record RestoreProduct;

internal static class RestoreProductFeature
{
    public static void Map(IEndpointRouteBuilder products) => products.MapCommand<RestoreProduct, Product, (Guid Id, string Name)?>(
        "{id:guid}/restore", Right.Delete("products"), (_, product, scope) => Catalogue.OwnerAsync(scope.Database, product.Code, scope.Aborted), Decide, onDeleted: true);

    public static Decision Decide(RestoreProduct command, Product product, (Guid Id, string Name)? owner, Now now) =>
        !product.Deleted ? Decision.Nothing
        : owner is var (id, name) && id != product.Id ? ProductErrors.CodeTaken(product.Code, id, name)
        : [new ProductUndeleted()];
}
