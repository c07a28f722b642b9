using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>Takes a product out of the catalogue; it can be brought back. Lines of opportunities that name it stay, and its code is free for another.</summary>
internal sealed record DeleteProduct;

internal static class DeleteProductFeature
{
    public static void Map(IEndpointRouteBuilder products) => products.MapCommand<DeleteProduct, Product>("{id:guid}", Right.Delete("products"), Decide, "DELETE");

    public static Decision Decide(DeleteProduct command, Product product, Now now) => product.Deleted ? Decision.Nothing : [new ProductDeleted()];
}
