using System.Net;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>The pairs among all customers on file that are likely to be one (S031), and what becomes of them.</summary>
public sealed class the_queue_of_duplicates(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task has_a_pair_until_it_is_dismissed_merged_or_no_longer_alike()
    {
        var admin = await app.As("admin");
        var one = await Customer(admin, "翠湖商贸（昆明）有限公司", "13655550001");
        var other = await Customer(admin, "翠湖商貿有限公司（昆明）", "13655550002");
        var pair = (await Pair(admin, one, other)).ShouldNotBeNull();
        pair["reasons"]!.AsArray().Select(r => r!.ToString()).ShouldBe(["name"]);
        pair["score"]!.GetValue<decimal>().ShouldBe(0.8m);

        (await admin.Post($"customers/{one}/duplicates/{other}/dismiss", new { reason = "两家店" })).Is(HttpStatusCode.OK);
        (await Pair(admin, one, other)).ShouldBeNull();
        var dismissed = (await Pair(admin, one, other, "dismissed")).ShouldNotBeNull();
        dismissed["reason"]!.ToString().ShouldBe("两家店");
        // The same again is no news; a number in common is.
        (await admin.Patch($"customers/{other}", new { name = "翠湖商貿（昆明）有限公司" })).Is(HttpStatusCode.OK);
        (await Pair(admin, one, other)).ShouldBeNull();
        (await admin.Post($"customers/{other}/contacts", new { name = "段誉", phone = "136-5555-0001" })).Is(HttpStatusCode.Created);
        (await Pair(admin, one, other)).ShouldNotBeNull()["reasons"]!.AsArray().Select(r => r!.ToString()).ShouldBe(["phone", "name"]);

        var merge = (await admin.Post($"customers/{one}/merge", new { sourceId = other })).Is(HttpStatusCode.OK)["mergeId"]!.GetValue<Guid>();
        (await Pair(admin, one, other)).ShouldBeNull();
        (await Pair(admin, one, other, "merged")).ShouldNotBeNull()["mergedInto"]!.GetValue<Guid>().ShouldBe(one);
        (await admin.Post($"customers/{one}/unmerge", new { mergeId = merge })).Is(HttpStatusCode.OK);
        (await Pair(admin, one, other)).ShouldNotBeNull();
        (await Pair(admin, one, other, "merged")).ShouldBeNull();
        (await admin.Patch($"customers/{one}", new { name = "苍山商贸有限公司", phone = "13655550009" })).Is(HttpStatusCode.OK);
        (await Pair(admin, one, other)).ShouldBeNull();
    }

    [Fact]
    public async Task a_dismissal_can_be_taken_back()
    {
        var admin = await app.As("admin");
        var (one, other) = (await Customer(admin, "洱海旅行社", "13655550011"), await Customer(admin, "洱海旅行社有限公司", "13655550012"));
        (await admin.Post($"customers/{one}/duplicates/{other}/dismiss")).Is(HttpStatusCode.OK);
        (await Pair(admin, one, other)).ShouldBeNull();
        (await admin.Post($"customers/{one}/duplicates/{other}/reopen")).Is(HttpStatusCode.OK);
        (await Pair(admin, one, other)).ShouldNotBeNull();
        (await admin.Post($"customers/{one}/duplicates/{other}/reopen")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task names_that_are_read_alike_are_a_weak_reason_and_a_switchboard_is_none()
    {
        var admin = await app.As("admin");
        var (one, other) = (await Customer(admin, "晨曦食品有限公司", "13655550021"), await Customer(admin, "辰熙食品有限公司", "13655550022"));
        (await Pair(admin, one, other)).ShouldNotBeNull()["reasons"]!.AsArray().Select(r => r!.ToString()).ShouldBe(["pinyin"]);
        var many = new List<Guid>();
        for (var n = 0; n <= DuplicatePairs.MostOfOneKey; n++) many.Add(await Customer(admin, $"总机{n}号单位", "0871-65550000"));
        (await Pair(admin, many[^1], many[0])).ShouldBeNull();
        (await Pair(admin, many[1], many[0])).ShouldBeNull();
    }

    [Fact]
    public async Task shows_a_pair_only_to_those_who_may_see_both()
    {
        var (admin, sales) = (await app.As("admin"), await app.Hire("queue-sales", "sales"));
        var (own, foreign) = (await Customer(sales, "滇池水务", "13655550031"), await Customer(admin, "滇池水务有限公司", "13655550032"));
        (await Pair(admin, own, foreign)).ShouldNotBeNull();
        (await Pair(sales, own, foreign)).ShouldBeNull();
        (await sales.Post($"customers/{own}/duplicates/{foreign}/dismiss")).IsProblem(404, "not_found");
        (await admin.Get("customers/duplicates/queue?state=none")).IsProblem(400, "unknown_value");
    }

    /// <summary>Changes by chance, among them to a key that is crowded now and then; the pairs are those that looking at every two customers says, and a rebuild, which reads other pages, makes the same rows.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task has_the_pairs_that_looking_at_every_two_says(int seed)
    {
        var random = new Random(seed);
        var people = new List<Subject>();
        for (var i = 0; i < 54; i++) people.Add(new(Guid.CreateVersion7(), i % 3 == 0, seed));
        for (var round = 0; round < 12; round++)
        {
            await using var session = app.Store.OpenSession(new EventContext("chance", "test"));
            foreach (var person in people)
            {
                object[] events = round == 0 ? [person.Register(random)] : [.. Enumerable.Range(0, random.Next(3)).Select(_ => person.Change(random))];
                if (round == 0) session.StartStream<Customer>(person.Id, events);
                else if (events.Length > 0) session.Append<Customer>(person.Id, person.Version, events);
                person.Version += events.Length;
            }
            await session.SaveChangesAsync(TestContext.Current.CancellationToken);
            if (round % 4 > 0) continue;
            await app.Settled();
            await Agree($"seed {seed}, round {round}");
        }
        await app.Settled();
        var rows = await Rows();
        await app.Store.Daemon.RebuildAsync("customer.duplicates", "test", "equal rows", TestContext.Current.CancellationToken);
        await app.Settled();
        (await Rows()).Except(rows).ShouldBeEmpty();
        (await Rows()).Count.ShouldBe(rows.Count);
        await Agree($"seed {seed}, rebuilt");

        async Task Agree(string when)
        {
            var (pairs, expected) = (await Pairs(), Expected());
            expected.Count.ShouldBeGreaterThan(20);
            pairs.Except(expected).Select(p => "- " + p).Concat(expected.Except(pairs).Select(p => "+ " + p)).ShouldBeEmpty(when);
        }
        List<string> Expected()
        {
            var crowded = people.Where(p => p.Live).SelectMany(p => p.Keys().Distinct()).GroupBy(k => k).Where(g => g.Count() > DuplicatePairs.MostOfOneKey).Select(g => g.Key).ToHashSet();
            var found = new List<string>();
            foreach (var one in people.Where(p => p.Live))
                foreach (var other in people.Where(p => p.Live && string.CompareOrdinal(one.Id.ToString(), p.Id.ToString()) < 0))
                {
                    var reasons = one.Keys().Intersect(other.Keys()).Where(k => !crowded.Contains(k)).Select(k => k.Reason).Distinct().ToList();
                    if (reasons.Contains("name")) reasons.Remove("pinyin");
                    var persons = one.Person && other.Person;
                    decimal Weight(string reason) => reason switch
                    {
                        "phone" or "email" => 0.9m,
                        "domain" => 0.3m,
                        "pinyin" => persons ? 0.3m : 0.5m,
                        _ => persons && one.IsReached && other.IsReached ? 0.3m : 0.8m,
                    };
                    var score = 1 - reasons.Aggregate(1m, (rest, r) => rest * (1 - Weight(r)));
                    if (score >= 0.4999m) found.Add($"{one.Id} {other.Id} {string.Join(',', reasons.OrderByDescending(Weight).ThenBy(r => r, StringComparer.Ordinal))} {score:0.0000}");
                }
            return [.. found.Order(StringComparer.Ordinal)];
        }
        async Task<List<string>> Pairs() => await Read("select a_id || ' ' || b_id || ' ' || array_to_string(array(select jsonb_array_elements_text(doc->'reasons')), ',') || ' ' || to_char(score, 'FM0.0000') from customer.duplicate_pairs where a_id = any($1) and b_id = any($1)");
        async Task<List<string>> Rows() => await Read("select to_jsonb(p)::text from customer.duplicate_pairs p where $1 is not null union all select to_jsonb(k)::text from customer.duplicate_keys k union all select to_jsonb(s)::text from customer.duplicate_subjects s union all select to_jsonb(c)::text from customer.duplicate_crowds c");
        async Task<List<string>> Read(string sql)
        {
            await using var command = app.Store.DataSource.CreateCommand(sql);
            command.Parameters.Add(Statement.Parameter(people.Select(p => p.Id).ToArray()));
            await using var row = await command.ExecuteReaderAsync();
            var read = new List<string>();
            while (await row.ReadAsync()) read.Add(row.GetString(0));
            return [.. read.Order(StringComparer.Ordinal)];
        }
    }

    private sealed class Subject(Guid id, bool person, int seed)
    {
        private readonly Dictionary<string, string?> fields = [];
        private readonly List<Guid> contacts = [];

        public Guid Id => id;

        public long Version { get; set; }

        public bool Person { get; private set; } = person;

        public bool Live { get; private set; } = true;

        public bool IsReached => Keys().Any(k => k.Reason is "phone" or "email");

        public CustomerRegistered Register(Random random)
        {
            (fields["name"], fields["phone"], fields["email"]) = (Name(random), Phone(random), Email(random));
            return new CustomerRegistered { Kind = Person ? CustomerKind.Person : CustomerKind.Company, Name = fields["name"]!, Phone = fields["phone"], Email = fields["email"] };
        }

        public object Change(Random random)
        {
            switch (random.Next(8))
            {
                case 0:
                    return new CustomerDetailsChanged { Name = fields["name"] = Name(random) };
                case 1 or 2:
                    fields["email"] = Email(random);
                    return new CustomerDetailsChanged { Email = fields["email"], Cleared = fields["email"] is null ? ["email"] : null };
                case 3:
                    fields["phone"] = null;
                    return new CustomerDetailsChanged { Cleared = ["phone"] };
                case 4:
                    Person = !Person;
                    return new CustomerDetailsChanged { Kind = Person ? CustomerKind.Person : CustomerKind.Company };
                case 5 when contacts.Count > 0:
                    var gone = contacts[random.Next(contacts.Count)];
                    contacts.Remove(gone);
                    foreach (var field in (string[])["phone", "email"]) fields.Remove($"{gone}.{field}");
                    return new ContactRemoved(gone, "联系人");
                case 6:
                    Live = !Live;
                    return Live ? new CustomerUndeleted() : new CustomerDeleted();
                default:
                    var contact = Guid.CreateVersion7();
                    contacts.Add(contact);
                    return new ContactAdded { ContactId = contact, Name = "联系人", Phone = fields[$"{contact}.phone"] = Phone(random), Email = fields[$"{contact}.email"] = Email(random) };
            }
        }

        public IEnumerable<MatchKey> Keys() => fields.Where(f => f.Value is not null).SelectMany(f =>
            f.Key.EndsWith("name", StringComparison.Ordinal) ? new[] { MatchKey.OfName(f.Value), MatchKey.OfPinyin(f.Value) }
            : f.Key.EndsWith("phone", StringComparison.Ordinal) ? [MatchKey.OfPhone(f.Value)] : [MatchKey.OfEmail(f.Value), MatchKey.OfDomain(f.Value)]).OfType<MatchKey>();

        // Written alike, read alike, and neither.
        private string Name(Random random) => $"{new[] { "偶然", "偶燃", "必然", "当然" }[random.Next(4)]}第{seed}{random.Next(12)}号";

        private string Phone(Random random) => $"139{seed:0000}{random.Next(40):0000}";

        // Nearly everybody has the one domain.
        private string? Email(Random random) => random.Next(25) == 0 ? null : $"p{random.Next(60)}@chance{seed}.example";
    }

    private async Task<System.Text.Json.Nodes.JsonNode?> Pair(Api api, Guid one, Guid other, string state = "open")
    {
        await app.Settled();
        var rows = (await api.Get($"customers/duplicates/queue?limit=500&state={state}")).Is(HttpStatusCode.OK)["data"]!.AsArray();
        return rows.SingleOrDefault(r => new[] { one.ToString(), other.ToString() }.Order().SequenceEqual(new[] { r!["aId"]!.ToString(), r["bId"]!.ToString() }.Order()));
    }

    private static async Task<Guid> Customer(Api api, string name, string phone) => (await api.Post("customers", new { kind = "company", name, phone }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
}
