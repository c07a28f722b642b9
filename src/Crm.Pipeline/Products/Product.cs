using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>Something that is sold.</summary>
internal sealed record Product : Document, IAggregate<Product>
{
    public string Code { get; init; } = "";

    public string Name { get; init; } = "";

    public Money? UnitPrice { get; init; }

    public string? Series { get; init; }

    public bool Active { get; init; } = true;

    public IReadOnlyDictionary<string, JsonElement> Custom { get; init; } = new Dictionary<string, JsonElement>();

    public bool Deleted { get; init; }

    public static Product? Evolve(Product? state, Event e) => (state, e.Data) switch
    {
        (null, ProductAdded x) => new Product { Code = x.Code, Name = x.Name, UnitPrice = x.UnitPrice, Series = x.Series, Active = x.Active, Custom = x.Custom ?? new Dictionary<string, JsonElement>() },
        (not null, ProductChanged x) => state with
        {
            Code = x.Code ?? state.Code,
            Name = x.Name ?? state.Name,
            UnitPrice = x.Cleared?.Contains("unitPrice") == true ? null : x.UnitPrice ?? state.UnitPrice,
            Series = x.Cleared?.Contains("series") == true ? null : x.Series ?? state.Series,
            Active = x.Active ?? state.Active,
            Custom = state.Custom.With(x.Custom),
        },
        (not null, ProductDeleted) => state with { Deleted = true },
        (not null, ProductUndeleted) => state with { Deleted = false },
        _ => state,
    };
}

internal sealed class ProductResource : Resource<Product>
{
    public override string Name => "products";

    public override Ownership<Product>? Ownership => null;

    public override bool IsGone(Product state) => state.Deleted;
}

internal static class ProductErrors
{
    public static Rejection CodeTaken(string code, Guid id, string name) => new(
        "product_code_taken", $"编码 {code} 已属于产品“{name}”。", $"The code {code} belongs to the product {name}.", Field: "code",
        Extensions: new Dictionary<string, object?> { ["candidates"] = new[] { new { id, name, reasons = new[] { "code" }, score = 1.0 } } });
}
