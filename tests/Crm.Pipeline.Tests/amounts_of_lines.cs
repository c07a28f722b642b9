using Crm.Contracts;
using FluentValidation;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class amounts_of_lines
{
    [Theory]
    [InlineData("3", "199.99", "0", "CNY", "599.97")]
    [InlineData("1", "100", "0.155", "CNY", "84.5")]
    // Half a cent goes away from zero, not to the even neighbour.
    [InlineData("1", "0.125", "0", "CNY", "0.13")]
    [InlineData("0.5", "0.25", "0", "USD", "0.13")]
    [InlineData("3", "33.333333", "0.333333", "CNY", "66.67")]
    // The yen has no minor unit, the dinar three digits.
    [InlineData("1", "100.5", "0", "JPY", "101")]
    [InlineData("1", "1.2345", "0", "KWD", "1.235")]
    [InlineData("1000", "10", "1", "CNY", "0")]
    public void are_rounded_to_the_currency(string quantity, string price, string discount, string currency, string amount) =>
        Amounts.Of(new OpportunityLine(Guid.Empty, Number(quantity), new Money(Number(price), currency), Number(discount))).ShouldBe(new Money(Number(amount), currency));

    [Fact]
    public void add_up_to_what_a_reader_gets()
    {
        var line = new OpportunityLine(Guid.Empty, 1, new Money(0.125m, "CNY"), 0);
        Amounts.Sum([line, line, line]).ShouldBe(new Money(0.39m, "CNY"));
    }

    [Fact]
    public void carry_no_trailing_zeros() =>
        Amounts.Of(new OpportunityLine(Guid.Empty, 5, new Money(100, "CNY"), 0.10m)).Amount.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe("450");

    [Fact]
    public void are_nothing_without_lines() => Amounts.Sum([]).ShouldBeNull();

    [Theory]
    [InlineData("1", "CNY", null)]
    [InlineData("1.230", "CNY", null)]
    [InlineData("1.234", "CNY", "invalid_amount")]
    [InlineData("0.5", "JPY", "invalid_amount")]
    [InlineData("-1", "CNY", "invalid_amount")]
    [InlineData("1", "cny", "invalid_currency")]
    [InlineData("1", null, "invalid_currency")]
    public void stated_ones_are_checked(string amount, string? currency, string? code)
    {
        var validator = new InlineValidator<WinOpportunity>();
        validator.RuleFor(w => w.Amount).Amount();
        validator.Validate(new WinOpportunity(new Money(Number(amount), currency!))).Errors.Select(e => e.ErrorCode).ShouldBe(code is null ? [] : [code]);
    }

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
