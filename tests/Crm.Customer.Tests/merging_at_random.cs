using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>
/// E3: random sequences of merges, changes and undone merges on the decisions alone, against a model that knows nothing of events: of every customer it keeps
/// what it would be had there never been a merge, with every change where it belongs.
/// </summary>
public sealed class merging_at_random
{
    /// <summary>Ten thousand with <c>CRM_MEASURE=1</c>.</summary>
    private static readonly int Sequences = Environment.GetEnvironmentVariable("CRM_MEASURE") is null ? 250 : 10_000;

    [Fact]
    public void leaves_no_trace_once_every_merge_is_taken_back_in_any_order()
    {
        for (var seed = 0; seed < Sequences; seed++) new Run(seed).Play();
    }

    private sealed class Alone
    {
        public Dictionary<string, string?> Fields { get; } = [];
        public HashSet<string> Tags { get; } = [];
        public Dictionary<string, string> Keys { get; } = [];
        public Dictionary<Guid, string> Contacts { get; } = [];
        public Dictionary<Guid, bool> Consents { get; } = [];
        public List<(Guid Event, DateTimeOffset At, DateTimeOffset? Next)> FollowUps { get; } = [];

        public override string ToString()
        {
            // The plan as the newest of the follow-ups left it, told once more in other words than the aggregate's.
            (DateTimeOffset? last, DateTimeOffset? next) = (null, null);
            foreach (var f in FollowUps)
            {
                if (last is not null && last > f.At) continue;
                last = f.At;
                if (f.Next is not null) next = f.Next;
                else if (next is not null && next <= f.At) next = null;
            }
            return Text(Fields, Tags, Keys, Contacts, Consents, FollowUps.Count, last, next);
        }
    }

    private static string Text(IReadOnlyDictionary<string, string?> fields, IEnumerable<string> tags, IReadOnlyDictionary<string, string> keys, IReadOnlyDictionary<Guid, string> contacts, IReadOnlyDictionary<Guid, bool> consents, int followUps, DateTimeOffset? last, DateTimeOffset? next) =>
        $"""
        {string.Join(' ', fields.Where(f => f.Value is not null).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}={f.Value}"))}
        {string.Join(' ', tags.Order(StringComparer.Ordinal))} | {string.Join(' ', keys.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => $"{k.Key}={k.Value}"))}
        {string.Join(' ', contacts.OrderBy(c => c.Key).Select(c => $"{c.Key}:{c.Value}"))}
        {string.Join(' ', consents.OrderBy(c => c.Key))} {followUps} {last:HH:mm:ss} {next:HH:mm:ss}
        """;

    private sealed class Run(int seed)
    {
        private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private readonly Random random = new(seed);
        private readonly Dictionary<Guid, List<Event>> log = [];
        private readonly Dictionary<Guid, Customer> states = [];
        private readonly Dictionary<Guid, Alone> model = [];
        private readonly Dictionary<Guid, Guid> home = [];
        private readonly Dictionary<Guid, Guid> consentHome = [];
        private readonly List<(Guid Id, Guid Source)> merges = [];
        private readonly List<(Guid Stream, Event Event)> story = [];
        private int clock;

        public void Play()
        {
            for (var n = random.Next(3, 6); n > 0; n--) Register();
            for (var n = random.Next(10, 22); n > 0; n--)
            {
                var before = log.Values.Sum(l => l.Count);
                switch (random.Next(10))
                {
                    case 0 or 1 or 2: Merge(); break;
                    case 3 when merges.Count > 0: Unmerge(merges[random.Next(merges.Count)].Id); break;
                    default: Change(); break;
                }
                log.Values.Sum(l => l.Count).ShouldBeGreaterThanOrEqualTo(before);
                foreach (var id in log.Keys) Check(id);
            }
            while (merges.Count > 0) Unmerge(merges[random.Next(merges.Count)].Id);
            foreach (var id in log.Keys) Check(id).ShouldBeTrue();
        }

        private Guid NewId() => Guid.CreateVersion7(Start.AddSeconds(clock++));

        private Customer State(Guid id)
        {
            var known = states.GetValueOrDefault(id);
            if (known?.Version == log[id].Count) return known;
            return states[id] = Fold.All(log[id].Skip((int)(known?.Version ?? 0)), known)!;
        }

        private IEnumerable<Guid> Roots => log.Keys.Where(id => State(id).MergedInto is null);

        private Guid Any(IEnumerable<Guid> ids) => ids.ToList() is var all ? all[random.Next(all.Count)] : default;

        private Event Append(Guid id, object data)
        {
            var at = Start.AddSeconds(clock++);
            var stream = log.TryGetValue(id, out var known) ? known : log[id] = [];
            var e = new Event { Id = NewId(), StreamId = id, Version = stream.Count + 1, Timestamp = at, EffectiveAt = at, Data = data, Type = EventRegistry.AliasFor(data.GetType().Name), Context = new EventContext("test", "api") };
            stream.Add(e);
            story.Add((id, e));
            return e;
        }

        private void Register()
        {
            var id = NewId();
            var alone = model[id] = new Alone();
            string? Maybe(string field) => alone.Fields[field] = random.Next(2) == 0 ? null : $"{field}{clock++}";
            string[] tags = [.. new[] { "a", "b", "c" }.Where(_ => random.Next(2) == 0)];
            alone.Tags.UnionWith(tags);
            alone.Fields["name"] = $"n{clock++}";
            alone.Fields["kind"] = "Company";
            alone.Fields["lifecycle"] = "Potential";
            var keys = random.Next(2) == 0 ? new Dictionary<string, string> { ["erp"] = $"k{clock++}" } : null;
            if (keys is not null) alone.Keys["erp"] = keys["erp"];
            var own = random.Next(2) == 0 ? $"x{clock++}" : null;
            if (own is not null) alone.Fields["custom"] = own;
            Append(id, new CustomerRegistered
            {
                Kind = CustomerKind.Company, Name = alone.Fields["name"]!, Phone = Maybe("phone"), Industry = Maybe("industry"), Needs = Maybe("needs"), Tags = tags.Length == 0 ? null : tags, ExternalKeys = keys,
                Custom = own is null ? null : new Dictionary<string, JsonElement> { ["custom"] = JsonSerializer.SerializeToElement(own) },
            });
            for (var n = random.Next(3); n > 0; n--) AddContact(id);
            if (random.Next(2) == 0) FollowUp(id);
        }

        private void AddContact(Guid id)
        {
            var contact = NewId();
            // One name and one number now and then: the same person at two customers.
            var shared = random.Next(4) == 0;
            var primary = !State(id).Contacts.Any(c => c.IsPrimary);
            var (name, phone) = shared ? ("李四", "13800000001") : ($"p{clock}", $"1380000{clock++:0000}");
            Append(id, new ContactAdded { ContactId = contact, Name = name, Phone = phone, IsPrimary = primary, Position = shared && random.Next(2) == 0 ? "CTO" : null });
            home[contact] = id;
            model[id].Contacts[contact] = Shown(State(id).Contacts.Single(c => c.Id == contact));
        }

        private void FollowUp(Guid id)
        {
            var at = Start.AddSeconds(clock++ - random.Next(5));
            DateTimeOffset? next = random.Next(2) == 0 ? at.AddSeconds(random.Next(1, 6)) : null;
            var e = Append(id, new FollowUpLogged { FollowUpId = NewId(), At = at, Method = FollowUpMethod.Phone, Summary = "s", Next = next is { } n ? new FollowUpPlan(n, null, null) : null });
            model[id].FollowUps.Add((e.Id, at, next));
        }

        private void Change()
        {
            var id = Any(Roots);
            var (state, alone) = (State(id), model[id]);
            switch (random.Next(10))
            {
                case 0:
                    Append(id, new CustomerDetailsChanged { Phone = alone.Fields["phone"] = $"phone{clock++}" });
                    break;
                case 1 when state.Industry is not null:
                    Append(id, new CustomerDetailsChanged { Cleared = ["industry"] });
                    alone.Fields["industry"] = null;
                    break;
                case 2:
                    Append(id, new CustomerDetailsChanged { Name = alone.Fields["name"] = $"n{clock++}" });
                    break;
                case 3:
                    var tag = $"t{clock++}";
                    Append(id, new CustomerTagged(tag));
                    alone.Tags.Add(tag);
                    break;
                case 4 when state.Tags.Length > 0:
                    Append(id, new CustomerUntagged(state.Tags[0]));
                    alone.Tags.Remove(state.Tags[0]);
                    break;
                case 5:
                    AddContact(id);
                    break;
                case 6 when state.Contacts.Length > 0:
                    var contact = state.Contacts[random.Next(state.Contacts.Length)];
                    if (random.Next(3) == 0)
                    {
                        Append(id, new ContactRemoved(contact.Id, contact.Name));
                        model[home[contact.Id]].Contacts.Remove(contact.Id);
                    }
                    else
                    {
                        var role = $"r{clock}";
                        Append(id, new ContactChanged { ContactId = contact.Id, DecisionRole = role });
                        var was = model[home[contact.Id]].Contacts[contact.Id].Split('/');
                        was[2] = role;
                        model[home[contact.Id]].Contacts[contact.Id] = string.Join('/', was);
                    }
                    break;
                case 7:
                    Append(id, new CustomerExternalKeySet("erp", alone.Keys["erp"] = $"k{clock++}"));
                    break;
                case 8:
                    if (state.Consents.FirstOrDefault(c => c.WithdrawnOn is null) is { } consent && random.Next(2) == 0)
                    {
                        Append(id, new ConsentWithdrawn(consent.Id, consent.ContactId, consent.Purpose, "phone", new DateOnly(2026, 1, 2)));
                        model[consentHome[consent.Id]].Consents[consent.Id] = false;
                    }
                    else
                    {
                        var given = NewId();
                        Append(id, new ConsentGiven(given, null, "ads", "1", "web", new DateOnly(2026, 1, 1)));
                        consentHome[given] = id;
                        alone.Consents[given] = true;
                    }
                    break;
                default:
                    FollowUp(id);
                    break;
            }
        }

        private void Merge()
        {
            if (Roots.Count() < 2) return;
            var target = Any(Roots);
            var source = Any(Roots.Where(id => id != target));
            var (t, s) = (State(target), State(source));
            var chosen = new[] { "name", "phone", "industry", "externalKeys.erp", "custom.custom", "nextFollowUp" }.Where(_ => random.Next(4) == 0).ToDictionary(f => f, _ => "source");
            var merge = NewId();
            var decision = MergeCustomerFeature.Decide(new MergeCustomer(source, chosen), t, s, merge, FieldSettings.Empty);
            decision.Rejection.ShouldBeNull();
            foreach (var data in decision.Target) Append(target, data);
            foreach (var data in decision.Source) Append(source, data);
            merges.Add((merge, source));
            var united = State(target);
            united.Phone.ShouldBe(chosen.ContainsKey("phone") ? s.Phone ?? t.Phone : t.Phone ?? s.Phone, $"seed {seed}");
            united.Name.ShouldBe(chosen.ContainsKey("name") ? s.Name : t.Name);
            united.Tags.Order(StringComparer.Ordinal).ShouldBe(t.Tags.Union(s.Tags).Order(StringComparer.Ordinal));
            united.FollowUpCount.ShouldBe(t.FollowUpCount + s.FollowUpCount);
            united.Consents.Length.ShouldBe(t.Consents.Length + s.Consents.Length);
            united.Contacts.Count(c => c.IsPrimary).ShouldBeLessThanOrEqualTo(1);
            foreach (var c in s.Contacts) united.Contacts.ShouldContain(k => k.Id == c.Id || (k.Name == c.Name && k.Phone == c.Phone), $"seed {seed}");
        }

        private void Unmerge(Guid merge)
        {
            var root = Roots.Single(id => State(id).Merges.Any(m => m.Id == merge));
            var streams = log.ToDictionary(l => l.Key, l => (IReadOnlyList<Event>)l.Value);
            var plain = UnmergeCustomerFeature.Decide(new UnmergeCustomer(merge, null), root, streams, FieldSettings.Empty, []);
            plain.Rejection.ShouldBeNull($"seed {seed}");
            var assign = plain.Since.Where(s => s.Event.Data is FollowUpLogged && random.Next(2) == 0).Select(s => new ActivityAssignment(s.Event.Id, "source")).ToList();
            var decision = UnmergeCustomerFeature.Decide(new UnmergeCustomer(merge, assign), root, streams, FieldSettings.Empty, []);
            var source = decision.Merge!.SourceId;
            foreach (var (id, events) in decision.Holders)
                foreach (var data in events) Append(id, data);
            foreach (var data in decision.Source) Append(source, data);
            foreach (var e in decision.Routed)
            {
                var again = Append(source, e.Data);
                if (e.Data is not FollowUpLogged) continue;
                var holder = model[e.StreamId];
                var place = holder.FollowUps.FindIndex(f => f.Event == e.Id);
                model[source].FollowUps.Add((again.Id, holder.FollowUps[place].At, holder.FollowUps[place].Next));
                holder.FollowUps.RemoveAt(place);
            }
            merges.RemoveAll(m => m.Id == merge);
        }

        /// <summary>Compares a customer with the model; false where another is within it or it is within another.</summary>
        private bool Check(Guid id)
        {
            var state = State(id);
            if (state.MergedInto is not null || !state.Merges.IsEmpty) return false;
            state.Deleted.ShouldBeFalse();
            var fields = new Dictionary<string, string?>
            {
                ["name"] = state.Name, ["kind"] = state.Kind.ToString(), ["lifecycle"] = state.Lifecycle.ToString(), ["phone"] = state.Phone, ["industry"] = state.Industry, ["needs"] = state.Needs,
                ["custom"] = state.Custom.TryGetValue("custom", out var own) ? own.GetString() : null,
            };
            var shown = Text(fields, state.Tags, state.ExternalKeys, state.Contacts.ToDictionary(c => c.Id, Shown), state.Consents.ToDictionary(c => c.Id, c => c.WithdrawnOn is null), state.FollowUpCount, state.LastFollowUpAt, state.NextFollowUpAt);
            if (shown != model[id].ToString()) shown.ShouldBe(model[id].ToString(), $"seed {seed}, customer {id}\n{string.Join('\n', story.Select(s => $"{s.Stream.ToString()[9..18]} {s.Event.Version} {s.Event.Type} {JsonSerializer.Serialize(s.Event.Data, s.Event.Data.GetType(), EventSerializer.Options)}"))}");
            return true;
        }

        private static string Shown(Contact c) => $"{c.Name}/{c.Phone}/{c.DecisionRole}/{c.Position}/{c.IsPrimary}";
    }
}
