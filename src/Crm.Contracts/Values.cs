namespace Crm.Contracts;

/// <summary>An amount of money; every amount carries its currency (X12).</summary>
/// <param name="Amount">The amount in whole units of the currency, with decimals.</param>
/// <param name="Currency">ISO 4217 code, for example <c>CNY</c>.</param>
public sealed record Money(decimal Amount, string Currency);
