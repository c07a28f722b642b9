using Crm.Contracts;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class changing_an_opportunity : OpportunitySpec
{
    private static readonly OpportunityLine Three = new(Server, 3, new(199.99m, "CNY"), 0);
    private static readonly OpportunityDetailsChanged Same = new("一期项目", Customer);

    [Fact]
    public void records_only_what_changes() => Changes([Opened()], new(Name: "一期项目", NextStep: "约见CIO"), Same with { NextStep = "约见CIO" });

    [Fact]
    public void records_nothing_when_nothing_changes() => Changes([Opened()], new(Name: " 一期项目 ", OwnerId: Owner, Competitors: []));

    [Fact]
    public void tells_the_name_before() => Changes([Opened()], new(Name: "二期项目"), Same with { Name = "二期项目", PreviousName = "一期项目" });

    [Fact]
    public void tells_the_customer_before()
    {
        var other = Guid.Parse("01900000-0000-7000-8000-00000000c002");
        Given(Opened()).When(o => ChangeOpportunityFeature.Decide(new(CustomerId: other), o, Facts with { Customers = new HashSet<Guid> { other } }, Now))
            .Then(Same with { CustomerId = other, PreviousCustomerId = Customer });
    }

    [Fact]
    public void lets_the_amount_follow_the_lines() =>
        Changes([Opened()], new(Lines: [new(Server, 3)]), Same with { Lines = [Three], Amount = new Money(599.97m, "CNY") });

    [Fact]
    public void keeps_an_amount_set_by_hand_when_lines_change() =>
        Changes([Opened(amount: new Money(1, "CNY"))], new(Lines: [new(Server, 3)]), Same with { Lines = [Three] });

    [Fact]
    public void keeps_an_amount_set_by_hand() =>
        Changes([Opened(lines: [Three])], new(Amount: new Money(550, "CNY")), Same with { Amount = new Money(550, "CNY"), AmountFromLines = false });

    [Fact]
    public void lets_an_amount_follow_the_lines_again_when_emptied() => Changes(
        [Opened(amount: new Money(1, "CNY"), lines: [Three])], new ChangeOpportunity { Cleared = ["amount"] }, Same with { Amount = new Money(599.97m, "CNY"), AmountFromLines = true });

    [Fact]
    public void empties_an_amount_that_follows_no_lines() => Changes(
        [Opened(amount: new Money(1, "CNY"))], new ChangeOpportunity { Cleared = ["amount"] }, Same with { AmountFromLines = true, Cleared = ["amount"] });

    [Fact]
    public void empties_the_amount_with_the_last_line() => Changes(
        [Opened(lines: [Three])], new(Lines: []), Same with { Lines = [], Cleared = ["amount"] });

    [Fact]
    public void lets_the_chance_follow_the_stage_again_when_emptied() => Changes(
        [Opened("proposal", probability: 75, probabilitySet: true)], new ChangeOpportunity { Cleared = ["probability"] }, Same with { Probability = 40, ProbabilitySet = false });

    [Fact]
    public void hands_it_over_in_an_event_of_its_own()
    {
        var other = Guid.Parse("01900000-0000-7000-8000-00000000a002");
        Given(Opened()).When(o => ChangeOpportunityFeature.Decide(new(Name: "二期", OwnerId: other), o, Facts with { Users = new HashSet<Guid> { other } }, Now))
            .Then(Same with { Name = "二期", PreviousName = "一期项目" }, new OpportunityOwnerChanged("二期", Customer, other, Owner));
    }

    [Fact]
    public void may_leave_it_to_nobody() => Changes([Opened()], new ChangeOpportunity { Cleared = ["ownerId"] }, new OpportunityOwnerChanged("一期项目", Customer, null, Owner));

    [Fact]
    public void keeps_a_line_whose_product_is_not_sold_any_more() => Changes(
        [Opened(lines: [new(Retired, 1, new(10, "CNY"), 0)])], new(Lines: [new(Retired, 2)]), Same with { Lines = [new(Retired, 2, new(10, "CNY"), 0)], Amount = new Money(20, "CNY") });

    [Fact]
    public void removes_an_external_key()
    {
        var opened = Opened() with { ExternalKeys = new Dictionary<string, string> { ["erp"] = "A-1", ["mes"] = "7" } };
        var command = new ChangeOpportunity(ExternalKeys: new Dictionary<string, string?> { ["erp"] = null });
        var change = Same with { ExternalKeys = new Dictionary<string, string?> { ["erp"] = null } };
        Changes([opened], command, change);
        State<Opportunity>(opened, change)!.ExternalKeys.ShouldHaveSingleItem().Key.ShouldBe("mes");
    }

    [Fact]
    public void corrects_a_closed_one() => Changes([Opened(), Won()], new(NextStep: "回访"), Same with { NextStep = "回访" });

    [Fact]
    public void leaves_the_chance_of_a_closed_one() =>
        Given(Opened(), Won()).When(o => ChangeOpportunityFeature.Decide(new(Probability: 50), o, Facts, Now)).Rejects("opportunity_closed");

    [Fact]
    public void keeps_to_one_currency() =>
        Given(Opened(lines: [Three])).When(o => ChangeOpportunityFeature.Decide(new(Amount: new Money(1, "USD")), o, Facts, Now)).Rejects("currency_mismatch");

    private static void Changes(object[] before, ChangeOpportunity command, params object[] events) =>
        Given(before).When(o => ChangeOpportunityFeature.Decide(command, o, Facts, Now)).Then(events);
}
