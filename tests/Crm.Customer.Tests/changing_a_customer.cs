using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

public sealed class changing_a_customer : CustomerSpec
{
    private static readonly Guid Somebody = Guid.Parse("01900000-0000-7000-8000-0000000000cc");
    private static readonly CustomerRegistered Registered = new()
    {
        Kind = CustomerKind.Company, Name = "云帆科技", Phone = "13800138000", Industry = "软件", Tags = ["老客户"],
        ExternalKeys = new Dictionary<string, string> { ["erp"] = "C-1" },
        Custom = new Dictionary<string, JsonElement> { ["size"] = JsonSerializer.SerializeToElement(5), ["note"] = JsonSerializer.SerializeToElement("x") },
    };

    private static Outcome Change(ChangeCustomer command, params object[] since) =>
        Given([Registered, .. since]).When(c => ChangeCustomerFeature.Decide(command, c, new ReferenceFacts(null), Now));

    [Fact]
    public void keeps_only_what_changed() =>
        Change(new ChangeCustomer { Name = "云帆科技", Phone = "13900139000" }).Then(new CustomerDetailsChanged { Phone = "13900139000" });

    [Fact]
    public void keeps_nothing_when_nothing_changed() =>
        Change(new ChangeCustomer { Name = " 云帆科技 ", Tags = ["老客户"], ExternalKeys = new Dictionary<string, string?> { ["erp"] = "C-1" } }).ThenNothing();

    [Fact]
    public void empties_fields_that_are_sent_as_null_or_blank() =>
        Change(new ChangeCustomer { Industry = " ", Cleared = ["phone", "email"] }).Then(new CustomerDetailsChanged { Cleared = ["industry", "phone"] });

    [Fact]
    public void changes_own_fields_one_by_one()
    {
        var custom = new Dictionary<string, JsonElement> { ["size"] = JsonSerializer.SerializeToElement(6), ["note"] = JsonSerializer.SerializeToElement<object?>(null), ["none"] = JsonSerializer.SerializeToElement<object?>(null) };
        var outcome = Change(new ChangeCustomer { Custom = custom });
        outcome.Then(new CustomerDetailsChanged { Custom = new Dictionary<string, JsonElement> { ["size"] = custom["size"], ["note"] = custom["note"] } });
        State(Registered, outcome.Decision.Events[0])!.Custom.Keys.ShouldBe(["size"]);
    }

    [Fact]
    public void leaves_the_events_of_the_precise_commands() =>
        Change(new ChangeCustomer { OwnerId = Somebody, Lifecycle = CustomerLifecycle.Lost, Reason = "价格", Tags = ["新"], ExternalKeys = new Dictionary<string, string?> { ["erp"] = null, ["oa"] = "7" } }).Then(
            new CustomerExternalKeyRemoved("erp", "C-1"), new CustomerExternalKeySet("oa", "7"), new CustomerOwnerChanged(null, Somebody),
            new CustomerLifecycleChanged(CustomerLifecycle.Potential, CustomerLifecycle.Lost, "价格"), new CustomerTagged("新"), new CustomerUntagged("老客户"));

    [Fact]
    public void is_refused_while_archived() => Change(new ChangeCustomer { Name = "x" }, new CustomerArchived()).Rejects("archived");

    [Fact]
    public void cannot_empty_the_name() =>
        new ChangeCustomer.Validator().Validate(new ChangeCustomer { Cleared = ["name", "kind", "lifecycle"] }).Errors.Select(e => e.PropertyName).ShouldBe(["Name", "Kind", "Lifecycle"]);
}

public sealed class the_precise_commands : CustomerSpec
{
    private static readonly Guid Somebody = Guid.Parse("01900000-0000-7000-8000-0000000000cc");
    private static readonly CustomerRegistered Registered = new() { Kind = CustomerKind.Company, Name = "云帆科技", Tags = ["老客户"], OwnerId = Somebody };

    [Fact]
    public void a_tag_is_added_once() =>
        Given(Registered).When(c => TagCustomerFeature.Decide(new TagCustomer(" 高价值客户 ", ["老客户", "高价值客户"]), c, KnownTags.None, Now)).Then(new CustomerTagged("高价值客户"));

    [Fact]
    public void a_tag_the_customer_has_changes_nothing() =>
        Given(Registered).When(c => TagCustomerFeature.Decide(new TagCustomer("老客户", null), c, KnownTags.None, Now)).ThenNothing();

    [Fact]
    public void what_a_rule_gives_is_not_set_by_hand()
    {
        var known = new KnownTags([new("高价值客户", "重点客户", true), new("重点客户", "重点客户", true), new("熟客", "老朋友", false), new("老客户", "老朋友", false), new("老朋友", "老朋友", false)]);
        Given(Registered).When(c => TagCustomerFeature.Decide(new TagCustomer("重点客户", null), c, known, Now)).Rejects("computed_tag");
        Given(Registered).When(c => TagCustomerFeature.Decide(new TagCustomer(null, ["x", "高价值客户"]), c, known, Now)).Rejects("computed_tag");
        Given(Registered).When(c => UntagCustomerFeature.Decide(new UntagCustomer(), c, "重点客户", known, Now)).Rejects("computed_tag");
        // By any of its names a tag is the same tag.
        Given(Registered).When(c => TagCustomerFeature.Decide(new TagCustomer("老朋友", null), c, known, Now)).ThenNothing();
        Given(Registered).When(c => UntagCustomerFeature.Decide(new UntagCustomer(), c, "老朋友", known, Now)).Then(new CustomerUntagged("老客户"));
        // Sent back as they were read, tags stay as they are.
        Given(Registered).When(c => ChangeCustomerFeature.Decide(new ChangeCustomer { Tags = ["老朋友", "重点客户"] }, c, new ReferenceFacts(null, known), Now)).ThenNothing();
        Given(Registered).When(c => ChangeCustomerFeature.Decide(new ChangeCustomer { Tags = ["重点客户", "新"] }, c, new ReferenceFacts(null, known), Now)).Then(new CustomerTagged("新"), new CustomerUntagged("老客户"));
    }

    [Fact]
    public void there_are_at_most_50_tags() =>
        Given(Registered).When(c => TagCustomerFeature.Decide(new TagCustomer(null, [.. Enumerable.Range(0, 50).Select(i => $"t{i}")]), c, KnownTags.None, Now)).Rejects("too_many");

    [Fact]
    public void a_tag_is_taken_off() =>
        Given(Registered).When(c => UntagCustomerFeature.Decide(new UntagCustomer(), c, "老客户", KnownTags.None, Now)).Then(new CustomerUntagged("老客户"));

    [Fact]
    public void a_tag_that_is_not_there_cannot_be_taken_off() =>
        Given(Registered).When(c => UntagCustomerFeature.Decide(new UntagCustomer(), c, "x", KnownTags.None, Now)).Rejects("not_found");

    [Fact]
    public void the_owner_changes() =>
        Given(Registered).When(c => AssignOwnerFeature.Decide(new AssignOwner { Cleared = ["ownerId"] }, c, true, Now)).Then(new CustomerOwnerChanged(Somebody, null));

    [Fact]
    public void the_same_owner_changes_nothing() =>
        Given(Registered).When(c => AssignOwnerFeature.Decide(new AssignOwner { OwnerId = Somebody }, c, true, Now)).ThenNothing();

    [Fact]
    public void an_unknown_owner_is_refused() =>
        Given(Registered).When(c => AssignOwnerFeature.Decide(new AssignOwner { OwnerId = Id }, c, false, Now)).Rejects("unknown_user");

    [Fact]
    public void the_lifecycle_moves_with_its_reason() =>
        Given(Registered).When(c => ChangeLifecycleFeature.Decide(new ChangeLifecycle(CustomerLifecycle.Intent, " 要报价 "), c, FieldSettings.Empty, Now))
            .Then(new CustomerLifecycleChanged(CustomerLifecycle.Potential, CustomerLifecycle.Intent, "要报价"));

    [Fact]
    public void the_same_lifecycle_changes_nothing() =>
        Given(Registered).When(c => ChangeLifecycleFeature.Decide(new ChangeLifecycle(CustomerLifecycle.Potential, null), c, FieldSettings.Empty, Now)).ThenNothing();

    [Fact]
    public void archiving_twice_is_archiving_once()
    {
        Given(Registered).When(c => ArchiveCustomerFeature.Decide(new ArchiveCustomer(), c, Now)).Then(new CustomerArchived());
        Given(Registered, new CustomerArchived()).When(c => ArchiveCustomerFeature.Decide(new ArchiveCustomer(), c, Now)).ThenNothing();
    }

    [Fact]
    public void restoring_undoes_archiving_and_deleting()
    {
        Given(Registered, new CustomerArchived(), new CustomerDeleted()).When(c => RestoreCustomerFeature.Decide(new RestoreCustomer(), c, Now))
            .Then(new CustomerUndeleted(), new CustomerRestored());
        Given(Registered).When(c => RestoreCustomerFeature.Decide(new RestoreCustomer(), c, Now)).ThenNothing();
    }

    [Fact]
    public void every_command_is_refused_while_archived()
    {
        var archived = Given(Registered, new CustomerArchived());
        archived.When(c => TagCustomerFeature.Decide(new TagCustomer("x", null), c, KnownTags.None, Now)).Rejects("archived");
        archived.When(c => UntagCustomerFeature.Decide(new UntagCustomer(), c, "老客户", KnownTags.None, Now)).Rejects("archived");
        archived.When(c => AssignOwnerFeature.Decide(new AssignOwner(), c, true, Now)).Rejects("archived");
        archived.When(c => ChangeLifecycleFeature.Decide(new ChangeLifecycle(CustomerLifecycle.Won, null), c, FieldSettings.Empty, Now)).Rejects("archived");
        archived.When(c => AddContactFeature.Decide(new AddContact { Name = "张三" }, c, new(null, FieldSettings.Empty), Now)).Rejects("archived");
        archived.When(c => ChangeContactFeature.Decide(new ChangeContact { Name = "张三" }, c, new(Id, FieldSettings.Empty), Now)).Rejects("archived");
        archived.When(c => RemoveContactFeature.Decide(new RemoveContact(), c, Id, Now)).Rejects("archived");
        archived.When(c => LogFollowUpFeature.Decide(new LogFollowUp(Now.At, FollowUpMethod.Phone, "x", null, null, null, null, null), c, true, Now)).Rejects("archived");
    }
}
