using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using Shouldly;

namespace Crm.Testing;

/// <summary>
/// Decision specs: given these events, when this is decided, then these events or this refusal. No I/O. The record decided about is named
/// where it is given, because aggregates are internal to their modules and test classes are public.
/// </summary>
public abstract class Spec
{
    /// <summary>The record's identity.</summary>
    protected static Guid Id { get; } = Guid.Parse("01900000-0000-7000-8000-000000000001");

    /// <summary>The circumstances of the decision: noon of a day in Shanghai.</summary>
    protected static Now Now { get; } = new(
        new DateTimeOffset(2026, 3, 16, 4, 0, 0, TimeSpan.Zero), new DateOnly(2026, 3, 16),
        "01900000-0000-7000-8000-0000000000aa", Guid.Parse("01900000-0000-7000-8000-0000000000bb"));

    /// <summary>What happened before, oldest first.</summary>
    protected static Situation<T> Given<T>(params object[] events) where T : Document, IAggregate<T> => new(State<T>(events));

    /// <summary>The record after these events.</summary>
    protected static T? State<T>(params object[] events) where T : Document, IAggregate<T> => Fold.All<T>(events.Select((data, i) => new Event
    {
        Id = Guid.CreateVersion7(Now.At), StreamId = Id, Version = i + 1, Sequence = i + 1, Timestamp = Now.At.AddDays(-1), EffectiveAt = Now.At.AddDays(-1),
        Data = data, Type = EventRegistry.AliasFor(data.GetType().Name), Context = new EventContext(Now.UserId, "test"),
    }));

    /// <summary>A record about to be decided about.</summary>
    protected sealed record Situation<T>(T? Before) where T : Document, IAggregate<T>
    {
        /// <summary>Decides about the record.</summary>
        public Outcome When(Func<T, Decision> decide) => new(decide(Before!));

        /// <summary>Decides without a record, as what begins one does.</summary>
        public Outcome When(Func<Decision> decide) => new(decide());
    }

    /// <summary>What was decided.</summary>
    protected sealed record Outcome(Decision Decision)
    {
        /// <summary>Exactly these events, compared as they are stored.</summary>
        public void Then(params object[] events)
        {
            Decision.Rejection.ShouldBeNull();
            Stored(Decision.Events).ShouldBe(Stored(events));
        }

        /// <summary>Success, with nothing to keep.</summary>
        public void ThenNothing() => Then();

        /// <summary>A refusal with this code.</summary>
        public void Rejects(string code) => Decision.Rejection.ShouldNotBeNull().Code.ShouldBe(code);

        private static string Stored(IEnumerable<object> events) => string.Join('\n', events.Select(e => EventRegistry.AliasFor(e.GetType().Name) + " " + Sorted(JsonSerializer.SerializeToNode(e, e.GetType(), EventSerializer.Options))?.ToJsonString(EventSerializer.Options)));

        /// <summary>Objects by the order of their keys, as the order of a dictionary says nothing.</summary>
        private static JsonNode? Sorted(JsonNode? node) => node switch
        {
            JsonObject o => new JsonObject(o.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
            JsonArray a => new JsonArray([.. a.Select(Sorted)]),
            _ => node?.DeepClone(),
        };
    }
}
