using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>The products to list and search, by code.</summary>
internal sealed class Products : DocumentProjection<Product>
{
    public const string TableName = "pipeline.products";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(ProductAdded), typeof(ProductChanged), typeof(ProductDeleted), typeof(ProductUndeleted)];

    public override IEnumerable<string?> SearchTexts(Product document) => [document.Code, document.Name, document.Series];
}

internal static class ProductListFeature
{
    private static readonly ListSource Source = new(FieldMap.Of<Product>(), Products.TableName) { Where = "d.doc->>'deleted' = 'false'", Sort = "code" };

    public static void Map(IEndpointRouteBuilder products) => products.MapList<Product>(Source, Right.View("products"));
}
