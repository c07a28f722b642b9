using System.Text.Json.Nodes;

namespace Crm.Host;

/// <summary>About 60 customers, 100 opportunities and 40 tickets in every state, dated relative to today. The same seed tells the same story.</summary>
internal sealed class DemoStory(DateOnly today, DemoClient sales, DemoClient manager, DemoClient service, IReadOnlyList<JsonObject> products)
{
    // A demo needs variety, not secrecy; the fixed seed lets an interrupted load repeat the same commands.
    private readonly Random random = new(2026);
    private readonly List<(string Id, string Name, int Since, DemoClient By)> customers = [];

    public async Task TellAsync(CancellationToken ct)
    {
        for (var i = 0; i < 60; i++) await Customer(i, ct);
        for (var i = 0; i < 100; i++) await Opportunity(i, ct);
        for (var i = 0; i < 40; i++) await Ticket(i, ct);
    }

    private async Task Customer(int i, CancellationToken ct)
    {
        var company = i < DemoData.Brands.Length;
        var city = DemoData.Cities[i % DemoData.Cities.Length];
        var (business, industry) = DemoData.Businesses[i % DemoData.Businesses.Length];
        var name = company ? $"{city}{DemoData.Brands[i]}{business}有限公司" : Person(i);
        var lifecycle = (i % 10) switch { < 4 => "potential", < 7 => "intent", < 9 => "won", _ => "lost" };
        var since = 20 + random.Next(340);
        var by = i % 4 == 0 ? manager : sales;
        object body = company
            ? new
            {
                kind = "company",
                name,
                shortName = city + DemoData.Brands[i],
                industry,
                size = Pick(["50 人以下", "50–200 人", "200–1000 人", "1000 人以上"]),
                source = Pick(DemoData.Sources),
                phone = $"0571-8{i:000}{random.Next(1000, 9999)}",
                email = $"contact{i}@example.com",
                address = $"{city}市中山路 {random.Next(1, 400)} 号",
                needs = Pick(DemoData.Needs),
                lifecycle = "potential",
                ownerId = by.UserId,
                tags = new[] { Pick(DemoData.Tags) },
                businessDate = Day(since),
            }
            : new
            {
                kind = "person",
                name,
                source = Pick(DemoData.Sources),
                phone = Mobile(i),
                email = $"person{i}@example.com",
                address = $"{city}市人民路 {random.Next(1, 400)} 号",
                needs = Pick(DemoData.Needs),
                lifecycle = "potential",
                ownerId = by.UserId,
                tags = new[] { Pick(DemoData.Tags) },
                businessDate = Day(since),
            };
        var id = (await by.PostAsync("/api/v1/customers", $"customer:{i}", body, ct))["id"]!.GetValue<string>();
        customers.Add((id, name, since, by));
        if (company)
            await by.PostAsync($"/api/v1/customers/{id}/contacts", $"contact:{i}",
                new { name = Person(i + 7), position = Pick(DemoData.Positions), phone = Mobile(i + 500), email = $"buyer{i}@example.com", isPrimary = true, businessDate = Day(since) }, ct);
        var days = since;
        for (var f = 0; f < 1 + i % 4; f++)
        {
            days = Math.Max(1, days - 1 - random.Next(Math.Max(1, since / 5)));
            var (method, summary, next) = Pick(DemoData.FollowUps);
            var ahead = random.Next(-3, 12);
            await by.PostAsync($"/api/v1/customers/{id}/follow-ups", $"follow-up:{i}:{f}", new
            {
                at = At(days, 9 + random.Next(8)),
                method,
                summary,
                objections = f % 2 == 0 ? Pick(DemoData.Objections) : null,
                participants = new[] { Person(i + 7) },
                next = f == i % 4 ? new { at = At(-ahead, 10), goal = next, ownerId = by.UserId } : null,
                businessDate = Day(days),
            }, ct);
        }
        if (lifecycle != "potential")
            await by.PostAsync($"/api/v1/customers/{id}/lifecycle", $"lifecycle:{i}", new { to = lifecycle, reason = lifecycle == "lost" ? Pick(DemoData.LostReasons) : "跟进后更新", businessDate = Day(Math.Max(1, days - 1)) }, ct);
    }

    private async Task Opportunity(int i, CancellationToken ct)
    {
        string[] path = (i % 20) switch
        {
            < 4 => ["lead"],
            < 7 => ["lead", "requirement"],
            < 10 => ["lead", "requirement", "proposal"],
            < 13 => ["lead", "requirement", "proposal", "negotiation"],
            < 17 => ["lead", "requirement", "proposal", "negotiation", "won"],
            _ => ["lead", i % 2 == 0 ? "requirement" : "proposal", "lost"],
        };
        var (customer, name, since, responsible) = customers[i % customers.Count];
        // The manager sees the customers of the department; sales their own.
        var by = i % 3 == 0 ? manager : responsible;
        var product = products[i % products.Count];
        var quantity = 1 + random.Next(8);
        var days = Math.Max(path.Length + 1, random.Next(Math.Max(path.Length + 2, since)));
        var opportunity = await by.PostAsync("/api/v1/opportunities", $"opportunity:{i}", new
        {
            name = $"{name[..Math.Min(name.Length, 4)]} · {product["name"]!.GetValue<string>()}",
            customerId = customer,
            ownerId = by.UserId,
            expectedCloseDate = Day(-10 - random.Next(80)),
            competitors = i % 3 == 0 ? new[] { Pick(DemoData.Competitors) } : [],
            decisionMakers = new[] { Person(i + 7) },
            lines = new[] { new { productId = product["id"]!.GetValue<string>(), quantity, unitPrice = product["unitPrice"]!.DeepClone(), discount = i % 5 == 0 ? 0.1 : 0 } },
            businessDate = Day(days),
        }, ct);
        var id = opportunity["id"]!.GetValue<string>();
        foreach (var stage in path.Skip(1))
        {
            days = Math.Max(0, days - 1 - random.Next(Math.Max(1, days / 2)));
            var (route, body) = stage switch
            {
                "won" => ("win", (object)new { businessDate = Day(days) }),
                "lost" => ("lose", new { reason = Pick(DemoData.LostReasons), businessDate = Day(days) }),
                _ => ("stage", new { to = stage, businessDate = Day(days) }),
            };
            await by.PostAsync($"/api/v1/opportunities/{id}/{route}", $"opportunity:{i}:{stage}", body, ct);
        }
    }

    private async Task Ticket(int i, CancellationToken ct)
    {
        var (customer, _, _, _) = customers[i * 3 % customers.Count];
        var (subject, type, description) = DemoData.Tickets[i % DemoData.Tickets.Length];
        // The newest were opened just now and their clocks run; the others on the days before.
        var days = i < 8 ? 0 : 1 + i / 3;
        var ticket = await service.PostAsync("/api/v1/tickets", $"ticket:{i}", new
        {
            subject,
            description,
            type,
            customerId = customer,
            channel = Pick(["phone", "form", "email"]),
            priority = Pick(["low", "normal", "normal", "high", "urgent"]),
            businessDate = Day(days),
        }, ct);
        var path = $"/api/v1/tickets/{ticket["id"]!.GetValue<string>()}";
        var state = i % 8;
        if (state >= 1) await service.PostAsync(path + "/assign", $"ticket:{i}:assign", new { assigneeId = service.UserId, businessDate = Day(days) }, ct);
        if (state >= 3) await service.PostAsync(path + "/respond", $"ticket:{i}:respond", new { text = Pick(DemoData.Answers), businessDate = Day(days) }, ct);
        if (state < 5) return;
        var solved = Math.Max(0, days - i % 3);
        await service.PostAsync(path + "/resolve", $"ticket:{i}:resolve", new { text = "问题已解决，请确认。", businessDate = Day(solved) }, ct);
        if (state is 6 or 7) await service.PostAsync(path + "/rate", $"ticket:{i}:rate", new { score = 3 + i % 3, comment = i % 3 == 0 ? "处理及时" : null, businessDate = Day(solved) }, ct);
        if (state == 7) await service.PostAsync(path + "/close", $"ticket:{i}:close", new { businessDate = Day(solved) }, ct);
        else if (i % 16 == 5) await service.PostAsync(path + "/reopen", $"ticket:{i}:reopen", new { reason = "客户反馈问题再次出现", businessDate = Day(solved) }, ct);
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private static string Person(int i) => DemoData.Surnames[i * 7 % DemoData.Surnames.Length] + DemoData.GivenNames[i * 3 % DemoData.GivenNames.Length];

    private static string Mobile(int i) => $"13{8 + i % 2}{10_000_000 + i * 104_729 % 89_999_999}";

    /// <summary>The calendar day some days ago; a negative number lies ahead.</summary>
    private string Day(int ago) => today.AddDays(-ago).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private string At(int ago, int hour) => $"{Day(ago)}T{hour:00}:00:00+08:00";
}
