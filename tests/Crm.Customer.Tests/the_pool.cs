using Crm.Contracts;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

public sealed class the_pool : CustomerSpec
{
    private static readonly Guid Anna = Guid.Parse("01900000-0000-7000-8000-0000000000a1");
    private static readonly Guid Bob = Guid.Parse("01900000-0000-7000-8000-0000000000b1");
    private static readonly CustomerRegistered Annas = new() { Kind = CustomerKind.Company, Name = "云帆科技", OwnerId = Anna };
    private static readonly object[] Pooled = [Annas, new CustomerOwnerChanged(Anna, null), new CustomerPooled(Anna, "released", null)];
    private static readonly DateOnly Today = new(2026, 3, 16);
    private static readonly PoolSettings Rules = new() { RecycleAfterDays = new(30, 20, 60, null), WarnDays = 3 };

    private static Crm.Http.Decision Claim(Customer c, Guid who, PoolSettings? rules = null, int held = 0, int today = 0, bool sees = false) =>
        ClaimCustomerFeature.Decide(new ClaimCustomer(), c, new ClaimFacts(who, rules ?? new(), held, today, sees, "安娜"), Now);

    [Fact]
    public void gives_a_customer_to_who_claims_it() => Given(Pooled).When(c => Claim(c, Bob)).Then(new CustomerOwnerChanged(null, Bob), new CustomerClaimed(Bob));

    [Fact]
    public void gives_it_once() => Given([.. Pooled, new CustomerOwnerChanged(null, Anna), new CustomerClaimed(Anna)]).When(c => Claim(c, Bob)).Rejects("already_claimed");

    [Fact]
    public void takes_a_claim_twice_for_one() => Given([.. Pooled, new CustomerOwnerChanged(null, Bob), new CustomerClaimed(Bob)]).When(c => Claim(c, Bob)).ThenNothing();

    [Fact]
    public void has_no_customer_that_was_given_to_somebody() => Given([.. Pooled, new CustomerOwnerChanged(null, Anna)]).When(c => Claim(c, Bob, sees: true)).Rejects("not_in_pool");

    [Fact]
    public void says_nothing_of_a_customer_that_was_never_there() => Given(Annas).When(c => Claim(c, Bob)).Rejects("not_found");

    [Fact]
    public void is_not_what_nobody_is_responsible_for() => Given(Annas with { OwnerId = null }).When(c => Claim(c, Bob, sees: true)).Rejects("not_in_pool");

    [Theory]
    [InlineData(9, 0, null)]
    [InlineData(10, 0, "holding_cap")]
    [InlineData(9, 4, null)]
    [InlineData(9, 5, "daily_claim_cap")]
    public void keeps_to_its_caps(int held, int today, string? code)
    {
        var outcome = Given(Pooled).When(c => Claim(c, Bob, new PoolSettings { HoldingCap = 10, DailyClaimCap = 5 }, held, today));
        if (code is null) outcome.Then(new CustomerOwnerChanged(null, Bob), new CustomerClaimed(Bob));
        else outcome.Rejects(code);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void keeps_who_had_a_customer_away_for_some_days(int days, bool refused)
    {
        // It went there a day ago.
        var outcome = Given(Pooled).When(c => Claim(c, Anna, new PoolSettings { ReclaimAfterDays = days }));
        if (refused) outcome.Rejects("reclaim_too_soon");
        else outcome.Then(new CustomerOwnerChanged(null, Anna), new CustomerClaimed(Anna));
    }

    [Fact]
    public void takes_what_is_released() => Given(Annas).When(c => ReleaseCustomerFeature.Decide(new ReleaseCustomer("没有预算"), c, Now)).Then(new CustomerOwnerChanged(Anna, null), new CustomerPooled(Anna, "released", null));

    [Fact]
    public void takes_what_is_nobodys() => Given(Annas with { OwnerId = null }).When(c => ReleaseCustomerFeature.Decide(new ReleaseCustomer("线索"), c, Now)).Then(new CustomerPooled(null, "released", null));

    [Fact]
    public void takes_a_customer_once() => Given(Pooled).When(c => ReleaseCustomerFeature.Decide(new ReleaseCustomer("再放"), c, Now)).ThenNothing();

    [Fact]
    public void takes_and_gives_nothing_archived()
    {
        Given(Annas, new CustomerArchived()).When(c => ReleaseCustomerFeature.Decide(new ReleaseCustomer("x"), c, Now)).Rejects("archived");
        Given([.. Pooled, new CustomerArchived()]).When(c => Claim(c, Bob)).Rejects("archived");
        Given([.. Pooled, new CustomerErased("已删除客户 1", [], "request")]).When(c => Claim(c, Bob)).Rejects("erased");
    }

    [Fact]
    public void gives_back_to_who_had_it()
    {
        Given(Pooled).When(c => ReturnCustomerFeature.Decide(new ReturnCustomer(), c, true, Now)).Then(new CustomerOwnerChanged(null, Anna), new CustomerReturned(Anna));
        Given(Pooled).When(c => ReturnCustomerFeature.Decide(new ReturnCustomer(), c, false, Now)).Rejects("unknown_user");
        Given(Annas).When(c => ReturnCustomerFeature.Decide(new ReturnCustomer(), c, true, Now)).Rejects("not_in_pool");
        Given(Annas with { OwnerId = null }, new CustomerPooled(null, "released", null)).When(c => ReturnCustomerFeature.Decide(new ReturnCustomer(), c, true, Now)).Then(new CustomerReturned(null));
    }

    [Fact]
    public void is_left_by_a_customer_that_gets_an_owner_in_whatever_way()
    {
        State(Pooled)!.InPool.ShouldBeTrue();
        State([.. Pooled, new CustomerOwnerChanged(null, Bob)])!.InPool.ShouldBeFalse();
        State([.. Pooled, new CustomerReturned(null)])!.InPool.ShouldBeFalse();
    }

    [Theory]
    // 27 days untouched is the first day of the warning.
    [InlineData(26, CustomerLifecycle.Potential, false, null)]
    [InlineData(27, CustomerLifecycle.Potential, false, 3)]
    // Long overdue when the rules come: still three days of warning.
    [InlineData(300, CustomerLifecycle.Potential, false, 3)]
    [InlineData(16, CustomerLifecycle.Intent, false, null)]
    [InlineData(17, CustomerLifecycle.Intent, false, 3)]
    [InlineData(300, CustomerLifecycle.Won, false, null)]
    [InlineData(300, CustomerLifecycle.Lost, false, null)]
    [InlineData(300, CustomerLifecycle.Potential, true, null)]
    public void warns_before_it_takes(int untouched, CustomerLifecycle lifecycle, bool open, int? inDays)
    {
        var outcome = Given(Annas with { Lifecycle = lifecycle }).When(c => RecycleCustomersHandler.Decide(c, Rules, open, Today.AddDays(-untouched), Today));
        if (inDays is { } days) outcome.Then(new CustomerRecycleAnnounced(Anna, Today.AddDays(days)));
        else outcome.ThenNothing();
    }

    [Fact]
    public void takes_on_the_day_it_said()
    {
        object[] warned = [Annas, new CustomerRecycleAnnounced(Anna, Today)];
        Given(warned).When(c => RecycleCustomersHandler.Decide(c, Rules, false, Today.AddDays(-31), Today.AddDays(-1))).ThenNothing();
        Given(warned).When(c => RecycleCustomersHandler.Decide(c, Rules, false, Today.AddDays(-31), Today)).Then(new CustomerOwnerChanged(Anna, null), new CustomerPooled(Anna, "recycled", 31));
    }

    [Fact]
    public void takes_back_a_warning_that_does_not_hold_any_more()
    {
        object[] warned = [Annas, new CustomerRecycleAnnounced(Anna, Today)];
        Given(warned).When(c => RecycleCustomersHandler.Decide(c, Rules, true, Today.AddDays(-31), Today)).Then(new CustomerRecycleAnnounced(Anna, null));
        Given(warned).When(c => RecycleCustomersHandler.Decide(c, new PoolSettings(), false, Today.AddDays(-31), Today)).Then(new CustomerRecycleAnnounced(Anna, null));
        // Somebody followed up: that alone ends it.
        State([.. warned, new FollowUpLogged { FollowUpId = Id, At = Now.At, Method = FollowUpMethod.Phone, Summary = "x" }])!.RecycleOn.ShouldBeNull();
        State([.. warned, new CustomerOwnerChanged(Anna, Bob)])!.RecycleOn.ShouldBeNull();
    }

    [Fact]
    public void takes_at_once_where_nobody_is_to_be_warned() =>
        Given(Annas).When(c => RecycleCustomersHandler.Decide(c, Rules with { WarnDays = 0 }, false, Today.AddDays(-30), Today)).Then(new CustomerOwnerChanged(Anna, null), new CustomerPooled(Anna, "recycled", 30));

    [Fact]
    public void counts_the_claims_of_a_day()
    {
        var claims = State<PoolClaims>(new PoolClaimCounted(Id, Today.AddDays(-1)), new PoolClaimCounted(Id, Today), new PoolClaimCounted(Id, Today))!;
        (claims.On(Today), claims.On(Today.AddDays(1))).ShouldBe((2, 0));
    }
}
