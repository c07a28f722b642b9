using System.Text.Json;
using Crm.Contracts;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class opening_an_opportunity : OpportunitySpec
{
    private static readonly OpenOpportunity Command = new("一期项目", Customer, OwnerId: Owner);

    [Fact]
    public void begins_in_the_first_stage_of_the_default_pipeline_on_the_business_date() => Given()
        .When(() => OpenOpportunityFeature.Decide(Command, Facts, Now with { Day = new DateOnly(2026, 3, 1) }))
        .Then(Opened());

    [Fact]
    public void takes_the_chance_of_its_stage() => Given()
        .When(() => OpenOpportunityFeature.Decide(Command with { Stage = "proposal" }, Facts, Now))
        .Then(Opened("proposal", probability: 40) with { OpenedOn = Now.Day });

    [Fact]
    public void keeps_a_chance_that_is_set_by_hand() => Given()
        .When(() => OpenOpportunityFeature.Decide(Command with { Probability = 75 }, Facts, Now))
        .Then(Opened(probability: 75, probabilitySet: true) with { OpenedOn = Now.Day });

    [Fact]
    public void adds_up_lines_at_list_price() => Given()
        .When(() => OpenOpportunityFeature.Decide(Command with { Lines = [new(Server, 3), new(Server, 1, new Money(100, "CNY"), 0.155m)] }, Facts, Now))
        .Then(Opened(lines: [new(Server, 3, new(199.99m, "CNY"), 0), new(Server, 1, new(100, "CNY"), 0.155m)]) with { OpenedOn = Now.Day, Amount = new Money(684.47m, "CNY") });

    [Fact]
    public void prefers_a_stated_amount_to_the_sum_of_its_lines() => Given()
        .When(() => OpenOpportunityFeature.Decide(Command with { Amount = new Money(500, "CNY"), Lines = [new(Server, 3)] }, Facts, Now))
        .Then(Opened(amount: new Money(500, "CNY"), lines: [new(Server, 3, new(199.99m, "CNY"), 0)]) with { OpenedOn = Now.Day });

    [Fact]
    public void cleans_lists_and_leaves_out_what_is_blank() => Given()
        .When(() => OpenOpportunityFeature.Decide(
            Command with
            {
                Name = " 一期项目 ",
                Competitors = ["用友", " 用友 ", ""],
                NextStep = "  ",
                ExternalKeys = new Dictionary<string, string?> { ["erp"] = " A-1 ", ["old"] = null },
                Custom = new Dictionary<string, JsonElement> { ["grade"] = JsonElement.Parse("3"), ["none"] = JsonElement.Parse("null") },
            },
            Facts, Now))
        .Then(Opened() with
        {
            OpenedOn = Now.Day,
            Competitors = ["用友"],
            ExternalKeys = new Dictionary<string, string> { ["erp"] = "A-1" },
            Custom = new Dictionary<string, JsonElement> { ["grade"] = JsonElement.Parse("3") },
        });

    [Fact]
    public void belongs_to_nobody_when_a_client_opens_it_for_nobody() => Given()
        .When(() => OpenOpportunityFeature.Decide(Command with { OwnerId = null }, Facts, Now with { UserId = "erp-client" }))
        .Then(Opened() with { OpenedOn = Now.Day, OwnerId = null });

    [Fact]
    public void needs_a_customer_that_exists() => Refuses(Command with { CustomerId = Guid.Empty }, "unknown_customer");

    [Fact]
    public void needs_an_owner_that_exists() => Refuses(Command with { OwnerId = Guid.Empty }, "unknown_owner");

    [Fact]
    public void needs_a_stage_of_the_pipeline() => Refuses(Command with { Stage = "quote" }, "unknown_stage");

    [Fact]
    public void does_not_begin_won() => Refuses(Command with { Stage = "won" }, "use_win");

    [Fact]
    public void does_not_begin_lost() => Refuses(Command with { Stage = "lost" }, "use_lose");

    [Fact]
    public void needs_products_that_exist() => Refuses(Command with { Lines = [new(Guid.Empty, 1)] }, "unknown_product");

    [Fact]
    public void needs_products_that_are_sold() => Refuses(Command with { Lines = [new(Retired, 1)] }, "inactive_product");

    [Fact]
    public void needs_a_price_where_the_list_has_none() => Refuses(Command with { Lines = [new(Priceless, 1)] }, "unit_price_required");

    [Fact]
    public void keeps_to_one_currency_within_lines() => Refuses(Command with { Lines = [new(Server, 1), new(Server, 1, new Money(1, "USD"))] }, "currency_mismatch");

    [Fact]
    public void keeps_to_one_currency_between_amount_and_lines() => Refuses(Command with { Amount = new Money(1, "USD"), Lines = [new(Server, 1)] }, "currency_mismatch");

    [Fact]
    public void needs_a_pipeline() => Given().When(() => OpenOpportunityFeature.Decide(Command, Facts with { Pipeline = null }, Now)).Rejects("unknown_pipeline");

    [Fact]
    public void needs_keys_that_are_free()
    {
        var taken = Facts with { Keys = new Dictionary<(string, string), (Guid, string)> { [("erp", "A-1")] = (Id, "别的项目") } };
        var decision = OpenOpportunityFeature.Decide(Command with { ExternalKeys = new Dictionary<string, string?> { ["erp"] = "A-1" } }, taken, Now);
        decision.Rejection!.Code.ShouldBe("external_key_taken");
        decision.Rejection.Extensions!.Keys.ShouldContain("candidates");
    }

    [Fact]
    public void may_lack_a_customer_when_it_is_imported() => Given()
        .When(() => OpenOpportunityFeature.Decide(Command with { CustomerId = null }, Facts, Now))
        .Then(Opened() with { OpenedOn = Now.Day, CustomerId = null });

    private static void Refuses(OpenOpportunity command, string code) => Given().When(() => OpenOpportunityFeature.Decide(command, Facts, Now)).Rejects(code);
}
