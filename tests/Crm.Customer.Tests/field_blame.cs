using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Field blame (E11): every value of a record resolves to the one event that made it what it is.</summary>
public sealed class field_blame(CrmApp app) : IClassFixture<CrmApp>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void resolves_every_value_of_generated_histories(int seed)
    {
        var random = new Random(seed);
        var values = 0;
        for (var record = 0; record < 150; record++)
        {
            List<Event> events = [];
            foreach (var data in History(random))
                events.Add(new Event
                {
                    Id = Guid.CreateVersion7(), StreamId = Guid.Parse("01900000-0000-7000-8000-000000000001"), Version = events.Count + 1, Sequence = events.Count + 1, Data = data, Type = EventRegistry.AliasFor(data.GetType().Name),
                    Timestamp = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(events.Count), EffectiveAt = default, Context = new EventContext("u", "test"),
                });
            var blame = Blame.Of<Customer>(events);
            var now = Blame.Values(Fold.All<Customer>(events)!);
            foreach (var (field, value) in now)
            {
                var e = blame[field];
                var at = Blame.Values(Fold.All<Customer>(events.Take((int)e.Version))!);
                JsonNode.DeepEquals(at[field], value).ShouldBeTrue($"{field} is the same since {e.Type}");
                var before = e.Version == 1 ? null : Blame.Values(Fold.All<Customer>(events.Take((int)e.Version - 1))!).GetValueOrDefault(field);
                JsonNode.DeepEquals(before, value).ShouldBeFalse($"{field} was another before {e.Type}");
                values++;
            }
        }
        values.ShouldBeGreaterThan(2000);
    }

    private static IEnumerable<object> History(Random random)
    {
        string? Text() => random.Next(3) == 0 ? null : random.Next(4).ToString(CultureInfo.InvariantCulture);
        yield return new CustomerRegistered { Kind = CustomerKind.Company, Name = "公司", Industry = Text(), Phone = Text(), Tags = ["a"], OwnerId = random.Next(2) == 0 ? Guid.NewGuid() : null };
        List<Guid> contacts = [];
        for (var i = random.Next(5, 30); i > 0; i--)
            switch (random.Next(9))
            {
                case 0: yield return new CustomerDetailsChanged { Industry = Text(), Needs = Text(), Cleared = random.Next(2) == 0 ? ["phone"] : null }; break;
                case 1: yield return new CustomerDetailsChanged { Phone = Text(), Custom = new Dictionary<string, System.Text.Json.JsonElement> { ["k" + random.Next(3)] = System.Text.Json.JsonSerializer.SerializeToElement(random.Next(4) == 0 ? null : Text()) } }; break;
                case 2: yield return new CustomerTagged("t" + i); break;
                case 3: yield return new CustomerLifecycleChanged(CustomerLifecycle.Potential, (CustomerLifecycle)random.Next(4), null); break;
                case 4:
                    contacts.Add(Guid.NewGuid());
                    yield return new ContactAdded { ContactId = contacts[^1], Name = "人", Phone = Text(), IsPrimary = random.Next(2) == 0 };
                    break;
                case 5 when contacts.Count > 0: yield return new ContactChanged { ContactId = contacts[random.Next(contacts.Count)], Phone = Text(), Position = Text(), IsPrimary = random.Next(3) == 0 ? true : null }; break;
                case 6 when contacts.Count > 0: yield return new ContactRemoved(contacts[0], "人"); contacts.RemoveAt(0); break;
                case 7: yield return new CustomerOwnerChanged(null, random.Next(3) == 0 ? null : Guid.NewGuid()); break;
                default: yield return new FollowUpLogged { FollowUpId = Guid.NewGuid(), At = new DateTimeOffset(2026, 2, random.Next(1, 28), 0, 0, 0, TimeSpan.Zero), Method = FollowUpMethod.Phone, Summary = "x" }; break;
            }
    }

    [Fact]
    public async Task says_who_gave_a_field_its_value_when_and_why()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "追责公司", phone = "13812340001", industry = "软件", custom = new { rating = 1 } })).Is(HttpStatusCode.Created).Id;
        (await sales.Patch($"customers/{id}", new { phone = "13812340002", reason = "客户换号" })).Is(HttpStatusCode.OK);
        var contact = (await sales.Post($"customers/{id}/contacts", new { name = "王小明", phone = "13812340003" })).Is(HttpStatusCode.Created).Id;
        (await sales.Patch($"customers/{id}/contacts/{contact}", new { position = "经理" })).Is(HttpStatusCode.OK);
        (await sales.Patch($"customers/{id}", """{"industry":null}""")).Is(HttpStatusCode.OK);

        var blame = await sales.Get($"customers/{id}/blame");
        var events = blame.Is(HttpStatusCode.OK)["events"]!.AsArray().ToDictionary(e => e!["eventId"]!.ToString(), e => e!);
        JsonNode Of(string field) => events[blame["fields"]![field]!.ToString()];
        var phone = Of("phone");
        (phone["type"]!.ToString(), phone["reason"]!.ToString(), phone["source"]!.ToString(), phone["actorName"]).ShouldBe(("customer_details_changed", "客户换号", "page", phone["actorName"]));
        phone["actorId"]!.GetValue<Guid>().ShouldBe(await app.UserId("sales"));
        phone["version"]!.GetValue<int>().ShouldBe(2);
        (Of("name")["version"]!.GetValue<int>(), Of("custom.rating")["version"]!.GetValue<int>(), Of($"contacts.{contact}.phone")["version"]!.GetValue<int>(), Of($"contacts.{contact}.position")["version"]!.GetValue<int>(), Of("industry")["version"]!.GetValue<int>())
            .ShouldBe((1, 1, 3, 4, 5), "an emptied field says who emptied it");
        blame.Text.ShouldNotContain("1381234", Case.Sensitive, "no values");
        // What people read there is what the history says.
        (await sales.Get($"customers/{id}/history"))["data"]!.AsArray().Single(e => e!["version"]!.GetValue<int>() == 2)!["sequence"]!.GetValue<long>().ShouldBe(phone["sequence"]!.GetValue<long>());
        // A past record has the blame of then.
        var then = Uri.EscapeDataString(phone["at"]!.ToString());
        (await sales.Get($"customers/{id}/blame?basis=recorded&asOf={then}"))["events"]!.AsArray().Max(e => e!["version"]!.GetValue<int>()).ShouldBe(2);
        (await sales.Get($"customers/{Guid.NewGuid()}/blame")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task leads_from_the_work_of_a_job_to_who_began_it()
    {
        var admin = await app.As("admin");
        var id = (await admin.Post("customers", new { kind = "company", name = "批量改负责人" })).Is(HttpStatusCode.Created).Id;
        var job = (await admin.Post("customers/bulk", new { command = "owner", ownerId = await app.UserId("sales"), ids = new[] { id }, reason = "调整" })).Is(HttpStatusCode.Accepted).Id;
        await Wait.Until(async () => (await admin.Get($"customers/bulk/{job}"))["state"]!.ToString() == "done");
        var blame = await admin.Get($"customers/{id}/blame");
        var owner = blame["events"]!.AsArray().Single(e => e!["eventId"]!.ToString() == blame["fields"]!["ownerId"]!.ToString())!;
        owner["source"]!.ToString().ShouldBe($"bulk:{job}");
        var cause = owner["causes"]!.AsArray().Single()!;
        (cause["type"]!.ToString(), cause["actorId"]!.GetValue<Guid>(), cause["source"]!.ToString()).ShouldBe(("bulk_job_started", await app.UserId("admin"), "page"));
    }

    [Fact]
    public async Task is_there_for_opportunities_and_tickets_and_tells_nothing_of_hidden_fields()
    {
        var admin = await app.As("admin");
        (await admin.Post("roles", new
        {
            code = "blame-narrow",
            name = "少看",
            grants = new[] { new { right = "customers.view", scope = "all" }, new { right = "opportunities.view", scope = "all" } },
            fields = new object[] { new { resource = "customers", field = "needs", level = "hidden" }, new { resource = "customers", field = "contacts.phone", level = "hidden" } }
        })).Is(HttpStatusCode.Created);
        var narrow = await app.Hire("narrow", "blame-narrow");
        var id = (await admin.Post("customers", new { kind = "company", name = "字段受限", needs = "保密的需求", industry = "软件" })).Is(HttpStatusCode.Created).Id;
        var contact = (await admin.Post($"customers/{id}/contacts", new { name = "李四", phone = "13812340009" })).Is(HttpStatusCode.Created).Id;
        var fields = (await narrow.Get($"customers/{id}/blame")).Is(HttpStatusCode.OK)["fields"]!.AsObject();
        (fields.ContainsKey("industry"), fields.ContainsKey("needs"), fields.ContainsKey($"contacts.{contact}.phone"), fields.ContainsKey($"contacts.{contact}.name")).ShouldBe((true, false, false, true));

        var deal = (await admin.Post("opportunities", new { name = "商机", customerId = id, amount = new { amount = 100, currency = "CNY" } })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"opportunities/{deal}/stage", new { to = "proposal" })).Is(HttpStatusCode.OK);
        var blame = await admin.Get($"opportunities/{deal}/blame");
        string TypeOf(string field) => blame["events"]!.AsArray().Single(e => e!["eventId"]!.ToString() == blame["fields"]![field]!.ToString())!["type"]!.ToString();
        (TypeOf("amount"), TypeOf("stage")).ShouldBe(("opportunity_opened", "opportunity_moved"));
        var ticket = (await admin.Post("tickets", new { subject = "问题", customerId = id, channel = "phone" })).Is(HttpStatusCode.Created).Id;
        (await admin.Get($"tickets/{ticket}/blame")).Is(HttpStatusCode.OK)["fields"]!["subject"].ShouldNotBeNull();
        (await narrow.Get($"tickets/{ticket}/blame")).IsProblem(403, "forbidden");
    }
}
