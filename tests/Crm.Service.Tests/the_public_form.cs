using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Service.Tests;

/// <summary>Requests of people without an account. Every test asks from addresses of its own, because each address may do little.</summary>
public sealed class the_public_form(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly string[] Receipt = ["number", "token"];

    private static object Request(string phone, string? email = null, string subject = "怎么续费？") => new { name = "张三", phone, email, subject, description = "请回电。" };

    /// <summary>A caller from an address of the loop-back network.</summary>
    private Api From(string address) => new(new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (context, ct) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = app.Address });

    private async Task<JsonNode> Ticket(string number)
    {
        // Somebody else wrote it: an agent's list need not have it at once.
        await app.Settled();
        var page = (await (await app.As("service")).Get($"tickets?filter=number%3D{number}")).Is(HttpStatusCode.OK);
        return page["data"]!.AsArray().Single()!;
    }

    [Fact]
    public async Task gives_a_number_and_a_secret_link_and_is_followed_and_rated_by_it()
    {
        var (person, service) = (From("127.0.1.1"), await app.As("service"));
        var receipt = (await person.Post("public/tickets", Request("13900000001"))).Is(HttpStatusCode.Created);
        var token = receipt["token"]!.ToString();
        var ticket = await Ticket(receipt["number"]!.ToString());
        (ticket["channel"]!.ToString(), ticket["requester"]!["phone"]!.ToString(), ticket["customerId"]).ShouldBe(("form", "139****0001", null));
        var path = $"tickets/{ticket["id"]}";
        (await person.Post($"public/tickets/{token}/rate", new { score = 5 })).IsProblem(409, "ticket_not_resolved");
        await service.Post($"{path}/respond", new { text = "这人很急", @internal = true });
        await service.Post($"{path}/respond", new { text = "请看邮件" });
        await service.Post($"{path}/resolve", new { text = "已续费" });
        var followed = (await person.Get($"public/tickets/{token}")).Is(HttpStatusCode.OK);
        followed["answers"]!.AsArray().Select(a => a!["text"]!.ToString()).ShouldBe(["请看邮件", "已续费"]);
        followed.Text.ShouldNotContain("这人很急");
        followed.Text.ShouldNotContain("assignee");
        (await person.Post($"public/tickets/{token}/rate", new { score = 4, comment = "谢谢" })).Is(HttpStatusCode.OK)["score"]!.GetValue<int>().ShouldBe(4);
        var history = (await service.Get($"{path}/history"))["data"]![0]!;
        (history["type"]!.ToString(), history["actorId"]!.ToString(), history["source"]!.ToString()).ShouldBe(("ticket_rated", "anonymous", "form"));
    }

    [Fact]
    public async Task finds_the_customer_by_phone_or_email_and_tells_nobody()
    {
        var (manager, person) = (await app.As("manager"), From("127.0.1.2"));
        var customer = (await manager.Post("customers", new { kind = "company", name = "绍兴匹配有限公司", phone = "+86 575-8765 4321", email = "Info@Match.example" })).Is(HttpStatusCode.Created);
        var contact = (await manager.Post($"customers/{customer.Id}/contacts", new { name = "李匹配", phone = "13811112222" })).Is(HttpStatusCode.Created);
        await app.Settled();
        var known = (await person.Post("public/tickets", Request("138 1111-2222"))).Is(HttpStatusCode.Created);
        var byEmail = (await person.Post("public/tickets", Request("13900000002", " INFO@match.example "))).Is(HttpStatusCode.Created);
        var unknown = (await person.Post("public/tickets", Request("13900000003", "nobody@match.example"))).Is(HttpStatusCode.Created);
        foreach (var answer in new[] { known, byEmail, unknown }) answer.Json.AsObject().Select(m => m.Key).ShouldBe(Receipt);

        var found = await Ticket(known["number"]!.ToString());
        (found["customerId"]!.GetValue<Guid>(), found["contactId"]!.GetValue<Guid>(), found["customerName"]!.ToString()).ShouldBe((customer.Id, contact.Id, "绍兴匹配有限公司"));
        (await Ticket(byEmail["number"]!.ToString()))["customerId"]!.GetValue<Guid>().ShouldBe(customer.Id);
        (await Ticket(unknown["number"]!.ToString()))["customerId"].ShouldBeNull();
        (await person.Get($"public/tickets/{known["token"]}")).Text.ShouldNotContain("绍兴");
    }

    [Fact]
    public async Task does_not_choose_between_two_customers()
    {
        var manager = await app.As("manager");
        foreach (var name in new[] { "湖州甲有限公司", "湖州乙有限公司" })
            (await manager.Post("customers", new { kind = "company", name, phone = "0572-1234567" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        await app.Settled();
        var receipt = (await From("127.0.1.3").Post("public/tickets", Request("0572-1234567"))).Is(HttpStatusCode.Created);
        (await Ticket(receipt["number"]!.ToString()))["customerId"].ShouldBeNull();
    }

    [Fact]
    public async Task does_not_find_a_number_that_the_customer_gave_up_or_a_customer_that_is_deleted()
    {
        var manager = await app.As("manager");
        var moved = (await manager.Post("customers", new { kind = "company", name = "嘉兴换号有限公司", phone = "0573-1234567" })).Is(HttpStatusCode.Created);
        (await manager.Patch($"customers/{moved.Id}", new { phone = "0573-7654321" })).Is(HttpStatusCode.OK);
        var gone = (await manager.Post("customers", new { kind = "company", name = "嘉兴已删有限公司", phone = "0573-1112223" })).Is(HttpStatusCode.Created);
        (await manager.Delete($"customers/{gone.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        await app.Settled();
        var person = From("127.0.1.4");
        foreach (var (phone, expected) in new[] { ("0573-1234567", null), ("0573-7654321", moved.Id.ToString()), ("0573-1112223", null) })
        {
            var receipt = (await person.Post("public/tickets", Request(phone))).Is(HttpStatusCode.Created);
            (await Ticket(receipt["number"]!.ToString()))["customerId"]?.ToString().ShouldBe(expected, phone);
        }
    }

    [Fact]
    public async Task refuses_what_is_wrong_by_field()
    {
        var person = From("127.0.1.5");
        (await person.Post("public/tickets", Request("12"))).IsProblem(400, "invalid").Naming("body.phone");
        (await person.Post("public/tickets", Request("13900000004", "nobody"))).IsProblem(400, "invalid").Naming("body.email");
        (await person.Post("public/tickets", Request("13900000004", subject: new string('x', 201)))).IsProblem(400, "invalid").Naming("body.subject");
        (await person.Post("public/tickets", new { name = "x", phone = "13900000004", subject = "x", description = new string('长', 8001) })).IsProblem(400, "invalid").Naming("body.description");
        (await person.Post("public/tickets", new { name = "x", phone = "13900000004", subject = "x", description = "x", assigneeId = Guid.Empty })).IsProblem(400, "unknown_field");
        (await person.Post("public/tickets", new { name = "x", phone = "13900000004", subject = "x", description = "x", businessDate = "2020-01-01" })).IsProblem(400, "unknown_field");
        (await person.Post("public/tickets", "{\"name\":\"x\u0000\"}")).IsProblem(400, "invalid_character");
        (await person.Get("public/tickets/abc")).IsProblem(404, "not_found");
        (await person.Get("public/tickets/" + new string('A', 32))).IsProblem(404, "not_found");
        (await person.Get("public/tickets/%00")).Status.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task takes_a_repetition_for_the_same_request()
    {
        var person = From("127.0.1.6");
        var key = ("Idempotency-Key", Guid.CreateVersion7().ToString());
        var first = (await person.Post("public/tickets", Request("13900000005"), key)).Is(HttpStatusCode.Created);
        var second = (await person.Post("public/tickets", Request("13900000005"), key)).Is(HttpStatusCode.Created);
        second.Text.ShouldBe(first.Text);
    }

    [Fact]
    public async Task is_limited_by_address()
    {
        var person = From("127.0.1.7");
        Reply last;
        var sent = 0;
        do last = await person.Post("public/tickets", Request("13900000006"));
        while (last.Status == HttpStatusCode.Created && ++sent < 100);
        last.IsProblem(429, "too_many_requests");
        last.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        sent.ShouldBe(20);
        (await From("127.0.1.8").Post("public/tickets", Request("13900000007"))).Is(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "20010DB800010002")]
    public void an_address_is_what_one_household_has(string address, string partition) => PublicFormLimits.Partition(IPAddress.Parse(address)).ShouldBe(partition);
}
