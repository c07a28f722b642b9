using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

public sealed class registering_a_customer : CustomerSpec
{
    private static readonly RegistrationFacts Clear = new([], false, new ReferenceFacts(null));
    private static readonly Candidate Twin = Candidate.Of(Guid.Parse("01900000-0000-7000-8000-00000000000c"), "上海云帆科技有限公司", ["phone", "name"], false);

    private static RegisterCustomer Command => new() { Kind = CustomerKind.Company, Name = "上海云帆科技有限公司" };

    [Fact]
    public void keeps_what_was_entered_without_blanks_around_it() =>
        Given().When(() => RegisterCustomerFeature.Decide(Command with { Name = "  上海云帆科技有限公司 ", ShortName = " ", Phone = " 138 0013 8000 ", Tags = [" 老客户 ", "老客户"] }, Clear, Now))
            .Then(new CustomerRegistered { Kind = CustomerKind.Company, Name = "上海云帆科技有限公司", Phone = "138 0013 8000", Tags = ["老客户"] });

    [Fact]
    public void begins_as_potential_unless_stated()
    {
        State(new CustomerRegistered { Kind = CustomerKind.Person, Name = "张三" })!.Lifecycle.ShouldBe(CustomerLifecycle.Potential);
        Given().When(() => RegisterCustomerFeature.Decide(Command with { Lifecycle = CustomerLifecycle.Won }, Clear, Now))
            .Then(new CustomerRegistered { Kind = CustomerKind.Company, Name = Command.Name!, Lifecycle = CustomerLifecycle.Won });
    }

    [Fact]
    public void is_refused_when_it_is_likely_on_file()
    {
        var outcome = Given().When(() => RegisterCustomerFeature.Decide(Command, Clear with { Candidates = [Twin] }, Now));
        outcome.Rejects("duplicate");
        outcome.Decision.Rejection!.Extensions!["candidates"].ShouldBe(new[] { ShownCandidate.Of(Twin, null) });
    }

    [Fact]
    public void goes_through_on_insistence_and_keeps_what_it_looked_like() =>
        Given().When(() => RegisterCustomerFeature.Decide(Command, Clear with { Candidates = [Twin], AllowDuplicate = true }, Now))
            .Then(new CustomerRegistered { Kind = CustomerKind.Company, Name = Command.Name!, DuplicatesOf = [Twin.Id] });

    [Fact]
    public void needs_owner_and_parent_to_exist()
    {
        Given().When(() => RegisterCustomerFeature.Decide(Command, Clear with { References = new(CustomerErrors.UnknownOwner) }, Now)).Rejects("unknown_user");
        Given().When(() => RegisterCustomerFeature.Decide(Command, Clear with { References = new(CustomerErrors.UnknownParent) }, Now)).Rejects("unknown_parent");
    }

    [Fact]
    public void scores_candidates_by_what_matches()
    {
        Twin.Score.ShouldBe(0.98m);
        Twin.Reasons.ShouldBe(["phone", "name"]);
        Candidate.Of(Id, "x", ["externalKey", "name"], false).Score.ShouldBe(1m);
    }

    [Theory]
    [InlineData("name", "", "required")]
    [InlineData("name", "   ", "required")]
    [InlineData("name", "a\nb", "invalid_character")]
    [InlineData("phone", "12345678901", "invalid_phone")]
    [InlineData("phone", "1380013800", "invalid_phone")]
    [InlineData("email", "nobody", "invalid_email")]
    [InlineData("website", "javascript:alert(1)", "invalid_url")]
    [InlineData("tier", "E", "unknown_value")]
    public void refuses_values_that_cannot_be(string field, string value, string code)
    {
        var json = JsonSerializer.SerializeToNode(new Dictionary<string, object> { ["kind"] = "company", ["name"] = "Acme" })!;
        json[field] = value;
        var command = json.Deserialize<RegisterCustomer>(EventStore.EventSerializer.Options)!;
        var problem = ProblemException.Of(new RegisterCustomer.Validator().Validate(command));
        problem.Errors.ShouldContain(e => e.In == "body." + field && e.Code == code);
    }

    [Fact]
    public void refuses_texts_that_are_too_long()
    {
        var command = Command with { Name = new string('长', 201), Address = new string('长', 501), Needs = new string('长', 4001), Tags = [new string('长', 51)], Custom = new Dictionary<string, JsonElement> { ["a"] = JsonSerializer.SerializeToElement(new string('长', 2001)) } };
        var result = new RegisterCustomer.Validator().Validate(command);
        result.Errors.Select(e => e.PropertyName).ShouldBe(["Name", "Address", "Needs", "Tags[0]", "Custom"], ignoreOrder: true);
    }
}
