using Crm.Contracts;
using Crm.Http;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

public sealed class contacts_of_a_customer : CustomerSpec
{
    private static readonly Guid First = Guid.Parse("01900000-0000-7000-8000-0000000000c1");
    private static readonly CustomerRegistered Registered = new() { Kind = CustomerKind.Company, Name = "云帆科技" };
    private static readonly ContactAdded Added = new() { ContactId = First, Name = "李雷", Position = "采购", Phone = "13800138000", IsPrimary = true };

    [Fact]
    public void the_first_one_is_primary() =>
        Given(Registered).When(c => AddContactFeature.Decide(new AddContact { Name = " 李雷 ", Position = "采购" }, c, new(null, FieldSettings.Empty), Now))
            .Then(new ContactAdded { ContactId = Now.NewId, Name = "李雷", Position = "采购", IsPrimary = true });

    [Fact]
    public void the_next_one_is_not_unless_stated() =>
        Given(Registered, Added).When(c => AddContactFeature.Decide(new AddContact { Name = "韩梅梅" }, c, new(null, FieldSettings.Empty), Now)).Then(new ContactAdded { ContactId = Now.NewId, Name = "韩梅梅" });

    [Fact]
    public void there_is_one_primary_at_most() =>
        State(Registered, Added, new ContactAdded { ContactId = Id, Name = "韩梅梅", IsPrimary = true })!.Contacts.Select(c => c.IsPrimary).ShouldBe([false, true]);

    [Fact]
    public void changes_keep_only_what_changed() =>
        Given(Registered, Added).When(c => ChangeContactFeature.Decide(new ChangeContact { Name = "李雷", Position = "采购总监", Cleared = ["phone", "birthday"] }, c, new(First, FieldSettings.Empty), Now))
            .Then(new ContactChanged { ContactId = First, Position = "采购总监", Cleared = ["phone"] });

    [Fact]
    public void the_same_values_change_nothing() =>
        Given(Registered, Added).When(c => ChangeContactFeature.Decide(new ChangeContact { Name = "李雷", IsPrimary = true }, c, new(First, FieldSettings.Empty), Now)).ThenNothing();

    [Fact]
    public void somebody_who_left_stays_on_file()
    {
        var left = new ContactChanged { ContactId = First, LeftAt = new DateOnly(2026, 3, 1) };
        Given(Registered, Added).When(c => ChangeContactFeature.Decide(new ChangeContact { LeftAt = left.LeftAt }, c, new(First, FieldSettings.Empty), Now)).Then(left);
        State(Registered, Added, left)!.Contacts.Single().LeftAt.ShouldBe(left.LeftAt);
        Given(Registered, Added, left).When(c => ChangeContactFeature.Decide(new ChangeContact { Cleared = ["leftAt"] }, c, new(First, FieldSettings.Empty), Now))
            .Then(new ContactChanged { ContactId = First, Cleared = ["leftAt"] });
    }

    [Fact]
    public void nobody_left_or_was_born_tomorrow()
    {
        Given(Registered, Added).When(c => ChangeContactFeature.Decide(new ChangeContact { LeftAt = Now.Day.AddDays(1) }, c, new(First, FieldSettings.Empty), Now)).Rejects("in_future");
        Given(Registered, Added).When(c => ChangeContactFeature.Decide(new ChangeContact { Birthday = Now.Day.AddDays(1) }, c, new(First, FieldSettings.Empty), Now)).Rejects("in_future");
    }

    [Fact]
    public void one_that_should_not_be_there_is_removed()
    {
        Given(Registered, Added).When(c => RemoveContactFeature.Decide(new RemoveContact(), c, First, Now)).Then(new ContactRemoved(First, "李雷"));
        State(Registered, Added, new ContactRemoved(First, "李雷"))!.Contacts.ShouldBeEmpty();
    }

    [Fact]
    public void one_that_is_not_there_is_not_found()
    {
        Given(Registered).When(c => RemoveContactFeature.Decide(new RemoveContact(), c, First, Now)).Rejects("not_found");
        Given(Registered).When(c => ChangeContactFeature.Decide(new ChangeContact { Name = "x" }, c, new(First, FieldSettings.Empty), Now)).Rejects("not_found");
    }

    [Fact]
    public void fill_the_file()
    {
        State(Registered)!.Completeness.ShouldBe(0.13m);
        State(Registered, Added)!.Completeness.ShouldBe(0.5m);
        State(Registered, Added, new ContactChanged { ContactId = First, LeftAt = Now.Day })!.Completeness.ShouldBe(0.13m);
        State(new CustomerRegistered { Kind = CustomerKind.Person, Name = "张三", Phone = "13800138000", Address = "上海", Needs = "报价" })!.Completeness.ShouldBe(1m);
        State(Registered, Added, new CustomerDetailsChanged { Address = "上海", Industry = "软件", Size = "51-200", Needs = "续约" })!.Completeness.ShouldBe(1m);
    }
}
