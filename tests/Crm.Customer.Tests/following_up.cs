using Crm.Contracts;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

public sealed class following_up : CustomerSpec
{
    private static readonly CustomerRegistered Registered = new() { Kind = CustomerKind.Company, Name = "云帆科技" };
    private static readonly DateTimeOffset Yesterday = Now.At.AddDays(-1);

    private static LogFollowUp Call(DateTimeOffset at, NextPlan? next = null) => new(at, FollowUpMethod.Phone, " 谈了报价 ", null, null, null, null, next);

    private static FollowUpLogged Logged(DateTimeOffset at, FollowUpPlan? next = null) => new() { FollowUpId = Guid.CreateVersion7(at), At = at, Method = FollowUpMethod.Phone, Summary = "谈了报价", Next = next };

    [Fact]
    public void keeps_what_was_said_and_what_is_next() =>
        Given(Registered).When(c => LogFollowUpFeature.Decide(new LogFollowUp(
            new DateTimeOffset(2026, 3, 16, 11, 0, 0, TimeSpan.FromHours(8)), FollowUpMethod.Visit, "看样品", "价格偏高", "要加长保修", "周五前给方案", ["李雷", " 李雷"],
            new NextPlan(new DateTimeOffset(2026, 3, 20, 9, 0, 0, TimeSpan.FromHours(8)), "送方案", null)), c, true, Now))
            .Then(new FollowUpLogged
            {
                FollowUpId = Now.NewId, At = new DateTimeOffset(2026, 3, 16, 3, 0, 0, TimeSpan.Zero), Method = FollowUpMethod.Visit, Summary = "看样品", Objections = "价格偏高",
                ChangedNeeds = "要加长保修", Promises = "周五前给方案", Participants = ["李雷"], Next = new FollowUpPlan(new DateTimeOffset(2026, 3, 20, 1, 0, 0, TimeSpan.Zero), "送方案", null),
            });

    [Fact]
    public void cannot_have_happened_tomorrow() =>
        Given(Registered).When(c => LogFollowUpFeature.Decide(Call(Now.At.AddDays(1)), c, true, Now)).Rejects("in_future");

    [Fact]
    public void plans_forward() =>
        Given(Registered).When(c => LogFollowUpFeature.Decide(Call(Yesterday, new NextPlan(Yesterday, null, null)), c, true, Now)).Rejects("plan_before_follow_up");

    [Fact]
    public void needs_the_owner_of_the_plan_to_exist() =>
        Given(Registered).When(c => LogFollowUpFeature.Decide(Call(Yesterday), c, false, Now)).Rejects("unknown_user");

    [Fact]
    public void moves_the_last_and_the_next_date()
    {
        var plan = new FollowUpPlan(Now.At.AddDays(3), "送方案", Id);
        var customer = State(Registered, Logged(Yesterday, plan))!;
        (customer.LastFollowUpAt, customer.NextFollowUpAt, customer.NextFollowUpGoal, customer.NextFollowUpOwnerId, customer.FollowUpCount).ShouldBe((Yesterday, plan.At, "送方案", Id, 1));
    }

    [Fact]
    public void fulfils_a_plan_that_was_due()
    {
        var customer = State(Registered, Logged(Yesterday.AddDays(-3), new FollowUpPlan(Yesterday, "回访", null)), Logged(Now.At))!;
        (customer.LastFollowUpAt, customer.NextFollowUpAt, customer.NextFollowUpGoal).ShouldBe((Now.At, null, null));
    }

    [Fact]
    public void leaves_a_plan_that_lies_ahead() =>
        State(Registered, Logged(Yesterday.AddDays(-3), new FollowUpPlan(Now.At.AddDays(3), "回访", null)), Logged(Now.At))!.NextFollowUpAt.ShouldBe(Now.At.AddDays(3));

    [Fact]
    public void logged_late_leaves_the_dates_alone()
    {
        var customer = State(Registered, Logged(Now.At, new FollowUpPlan(Now.At.AddDays(3), "回访", null)), Logged(Yesterday))!;
        (customer.LastFollowUpAt, customer.NextFollowUpAt, customer.FollowUpCount).ShouldBe((Now.At, Now.At.AddDays(3), 2));
    }

    [Fact]
    public void needs_time_method_and_summary() =>
        new LogFollowUp.Validator().Validate(new LogFollowUp(null, null, " ", null, null, null, null, new NextPlan(null, null, null))).Errors.Select(e => e.PropertyName).ShouldBe(["At", "Method", "Summary", "Next.At"]);
}
