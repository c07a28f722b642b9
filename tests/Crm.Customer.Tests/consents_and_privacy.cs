using System.Net;
using Crm.Contracts;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>What people agreed to and took back, and the text everybody here accepts (S099).</summary>
public sealed class consents_and_privacy(CrmApp app) : Spec, IClassFixture<CrmApp>
{
    private static readonly CustomerRegistered Registered = new() { Kind = CustomerKind.Person, Name = "王芳", Lifecycle = CustomerLifecycle.Potential };
    private static readonly ConsentGiven Agreed = new(Guid.Parse("01900000-0000-7000-8000-0000000000cc"), null, "产品资讯", "2026-03", "web", new DateOnly(2026, 3, 1));

    [Fact]
    public void a_consent_counts_from_today_unless_a_day_is_named() =>
        Given<Customer>(Registered).When(c => GiveConsentFeature.Decide(new GiveConsent(null, " 产品资讯 ", "2026-03", "web", null), c, Now))
            .Then(Agreed with { ConsentId = Now.NewId, GivenOn = Now.Day });

    [Fact]
    public void nobody_agrees_tomorrow() => Given<Customer>(Registered).When(c => GiveConsentFeature.Decide(new GiveConsent(null, "x", "1", "web", Now.Day.AddDays(1)), c, Now)).Rejects("in_future");

    [Fact]
    public void nor_for_somebody_unknown() => Given<Customer>(Registered).When(c => GiveConsentFeature.Decide(new GiveConsent(Guid.CreateVersion7(), "x", "1", "web", null), c, Now)).Rejects("not_found");

    [Fact]
    public void it_is_withdrawn_once_and_not_before_it_was_given()
    {
        var withdrawn = new ConsentWithdrawn(Agreed.ConsentId, null, "产品资讯", "phone", Now.Day);
        Given<Customer>(Registered, Agreed).When(c => WithdrawConsentFeature.Decide(new WithdrawConsent("phone", null), c, Agreed.ConsentId, Now)).Then(withdrawn);
        Given<Customer>(Registered, Agreed, withdrawn).When(c => WithdrawConsentFeature.Decide(new WithdrawConsent("phone", null), c, Agreed.ConsentId, Now)).ThenNothing();
        Given<Customer>(Registered, Agreed).When(c => WithdrawConsentFeature.Decide(new WithdrawConsent("phone", new DateOnly(2026, 2, 28)), c, Agreed.ConsentId, Now)).Rejects("out_of_range");
        Given<Customer>(Registered, Agreed).When(c => WithdrawConsentFeature.Decide(new WithdrawConsent("phone", null), c, Guid.CreateVersion7(), Now)).Rejects("not_found");
    }

    [Fact]
    public async Task consents_are_given_listed_and_withdrawn_and_outlive_an_erasure()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var id = (await sales.Post("customers", new { kind = "person", name = "同意者" })).Id;
        var contact = (await sales.Post($"customers/{id}/contacts", new { name = "家人" })).Id;
        (await sales.Post($"customers/{id}/consents", new { purpose = "产品资讯", textVersion = "2026-03", channel = "sms" })).IsProblem(400, "invalid").Naming("body.channel");
        var given = (await sales.Post($"customers/{id}/consents", new { contactId = contact, purpose = "产品资讯", textVersion = "2026-03", channel = "web", givenOn = "2026-03-01" })).Is(HttpStatusCode.Created);
        (await sales.Post($"customers/{id}/consents", new { purpose = "回访", textVersion = "2026-03", channel = "verbal" })).Is(HttpStatusCode.Created);
        (await sales.Post($"customers/{id}/consents/{given.Id}/withdraw", new { channel = "phone" })).Is(HttpStatusCode.OK)["withdrawnBy"]!.ToString().ShouldBe("phone");
        (await sales.Get($"customers/{id}/consents")).Is(HttpStatusCode.OK).Column("purpose").ShouldBe(["回访", "产品资讯"]);
        await app.Settled();
        (await sales.Get($"customers/{id}/timeline"))["data"]!.AsArray().Select(i => i!["type"]!.ToString()).ShouldBe(["consent_withdrawn", "consent_given", "consent_given", "contact_added", "customer_registered"]);
        await admin.Post($"customers/{id}/erase", new { reason = "request" });
        (await admin.Get($"customers/{id}/consents")).Column("purpose").ShouldBe(["回访", "产品资讯"], "that there was consent must still be provable");
    }

    [Fact]
    public async Task a_privacy_policy_is_accepted_by_everybody_and_again_when_it_changes()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        (await sales.Get("privacy-policy")).Is(HttpStatusCode.OK)["accepted"]!.GetValue<bool>().ShouldBeTrue("there is none yet");
        (await sales.Post("privacy-policy", new { zh = "甲", en = "a" })).IsProblem(403, "forbidden");
        (await admin.Post("privacy-policy", new { zh = "甲" })).IsProblem(400, "invalid").Naming("body.en");
        (await admin.Post("privacy-policy", new { zh = "甲", en = "a" })).Is(HttpStatusCode.OK)["version"]!.GetValue<int>().ShouldBe(1);
        (await sales.Get("privacy-policy"))["accepted"]!.GetValue<bool>().ShouldBeFalse();
        (await sales.Post("privacy-policy/accept", new { version = 2 })).IsProblem(409, "policy_changed");
        (await sales.Post("privacy-policy/accept", new { version = 1 })).Is(HttpStatusCode.OK)["accepted"]!.GetValue<bool>().ShouldBeTrue();
        (await sales.Get("privacy-policy"))["accepted"]!.GetValue<bool>().ShouldBeTrue();
        (await admin.Get("privacy-policy"))["accepted"]!.GetValue<bool>().ShouldBeFalse("each for themselves");
        (await admin.Post("privacy-policy", new { zh = "乙", en = "b" })).Is(HttpStatusCode.OK)["version"]!.GetValue<int>().ShouldBe(2);
        (await sales.Get("privacy-policy"))["accepted"]!.GetValue<bool>().ShouldBeFalse();
    }
}
