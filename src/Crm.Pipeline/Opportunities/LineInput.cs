using Crm.Contracts;
using Crm.Http;
using FluentValidation;

namespace Crm.Pipeline;

/// <summary>A line as a caller states it.</summary>
/// <param name="ProductId">The product; it must be sold, unless the opportunity has it already.</param>
/// <param name="Quantity">Above 0, up to six digits after the point.</param>
/// <param name="UnitPrice">Absent: the product's list price.</param>
/// <param name="Discount">The part taken off as a fraction, 0–1: 0.15 is 15 % off; absent: 0.</param>
internal sealed record LineInput(Guid ProductId, decimal Quantity, Money? UnitPrice = null, decimal? Discount = null)
{
    internal sealed class Validator : AbstractValidator<LineInput>
    {
        public Validator()
        {
            RuleFor(x => x.ProductId).NotEmpty();
            RuleFor(x => x.Quantity).GreaterThan(0).LessThanOrEqualTo(1_000_000_000).Must(q => decimal.Round(q, 6) == q).WithErrorCode("too_precise");
            RuleFor(x => x.UnitPrice).UnitPrice();
            RuleFor(x => x.Discount).InclusiveBetween(0, 1).Must(d => d is null || decimal.Round(d.Value, 6) == d).WithErrorCode("too_precise");
        }
    }

    /// <summary>The lines with their prices, or why they cannot be.</summary>
    public static (OpportunityLine[] Lines, Rejection? Fault) Read(LineInput[] input, IReadOnlyDictionary<Guid, CatalogueEntry> products, OpportunityLine[] before)
    {
        var lines = new List<OpportunityLine>(input.Length);
        foreach (var line in input)
        {
            if (!products.TryGetValue(line.ProductId, out var product)) return ([], OpportunityErrors.UnknownProduct(line.ProductId));
            if (!product.Active && !before.Any(l => l.ProductId == line.ProductId)) return ([], OpportunityErrors.InactiveProduct(product.Name));
            if ((line.UnitPrice ?? product.UnitPrice) is not { } price) return ([], OpportunityErrors.PriceRequired(product.Name));
            lines.Add(new OpportunityLine(line.ProductId, line.Quantity, price, line.Discount ?? 0));
        }
        return lines.Select(l => l.UnitPrice.Currency).Distinct().Count() > 1 ? ([], OpportunityErrors.CurrencyMismatch) : ([.. lines], null);
    }
}
