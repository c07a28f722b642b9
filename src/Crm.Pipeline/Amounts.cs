using Crm.Contracts;
using FluentValidation;

namespace Crm.Pipeline;

/// <summary>Arithmetic and rules of amounts; every amount carries its currency (X12).</summary>
internal static class Amounts
{
    private const decimal Largest = 1_000_000_000_000m;

    /// <summary>Digits after the point in which a currency is paid (ISO 4217; only those that differ from 2).</summary>
    private static readonly Dictionary<string, int> MinorUnits = new()
    {
        ["BIF"] = 0, ["CLP"] = 0, ["DJF"] = 0, ["GNF"] = 0, ["ISK"] = 0, ["JPY"] = 0, ["KMF"] = 0, ["KRW"] = 0, ["PYG"] = 0, ["RWF"] = 0, ["UGX"] = 0, ["VND"] = 0,
        ["VUV"] = 0, ["XAF"] = 0, ["XOF"] = 0, ["XPF"] = 0, ["BHD"] = 3, ["IQD"] = 3, ["JOD"] = 3, ["KWD"] = 3, ["LYD"] = 3, ["OMR"] = 3, ["TND"] = 3,
    };

    /// <summary>The amount of a line: <c>quantity × unitPrice × (1 − discount)</c>, rounded to the currency's minor unit, half away from zero.</summary>
    public static Money Of(OpportunityLine line) => line.UnitPrice with
    {
        Amount = Plain(decimal.Round(line.Quantity * line.UnitPrice.Amount * (1 - line.Discount), Digits(line.UnitPrice.Currency), MidpointRounding.AwayFromZero)),
    };

    /// <summary>The sum of the lines' rounded amounts, so that it is what a reader gets who adds them up; null without lines.</summary>
    public static Money? Sum(IReadOnlyCollection<OpportunityLine> lines) =>
        lines.Count == 0 ? null : new Money(lines.Sum(l => Of(l).Amount), lines.First().UnitPrice.Currency);

    /// <summary>An amount somebody stated: not negative, in an ISO 4217 currency, no finer than its minor unit (<c>invalid_amount</c>, <c>invalid_currency</c>).</summary>
    public static void Amount<T>(this IRuleBuilder<T, Money?> rule) => rule
        .Must(m => m is null || IsCurrency(m.Currency)).WithErrorCode("invalid_currency")
        .Must(m => m is null || (m.Amount is >= 0 and <= Largest && (!IsCurrency(m.Currency) || m.Amount.Scale <= Digits(m.Currency) || decimal.Round(m.Amount, Digits(m.Currency)) == m.Amount)))
        .WithErrorCode("invalid_amount");

    /// <summary>A price of one: as an amount, but up to six digits after the point.</summary>
    public static void UnitPrice<T>(this IRuleBuilder<T, Money?> rule) => rule
        .Must(m => m is null || IsCurrency(m.Currency)).WithErrorCode("invalid_currency")
        .Must(m => m is null || (m.Amount is >= 0 and <= Largest && decimal.Round(m.Amount, 6) == m.Amount)).WithErrorCode("invalid_amount");

    /// <summary>Without trailing zeros, which a multiplication by 0.9 leaves and which would show: 450, not 450.0.</summary>
    private static decimal Plain(decimal amount) => amount / 1.0000000000000000000000000000m;

    private static bool IsCurrency(string? code) => code is { Length: 3 } && code.All(char.IsAsciiLetterUpper);

    private static int Digits(string currency) => MinorUnits.GetValueOrDefault(currency, 2);
}
