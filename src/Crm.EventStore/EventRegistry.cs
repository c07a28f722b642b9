using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace Crm.EventStore;

/// <summary>The stored name of every event type. Names are for ever: a renamed class keeps its alias.</summary>
public sealed class EventRegistry
{
    private static readonly ConcurrentDictionary<Type, string> DotnetNames = new();
    private readonly Dictionary<string, Type> types = [];
    private readonly Dictionary<Type, string> aliases = [];
    private readonly Dictionary<Type, (Type To, Func<object, object> Upcast)> upcasters = [];
    private FrozenDictionary<string, Shape>? frozenShapes;
    private FrozenDictionary<Type, string>? frozenAliases;

    /// <summary>
    /// Registers an event type under its class name in snake case, or under <paramref name="alias"/>. Doing so twice is the same as once, so
    /// that whoever reads an event may state it as well as whoever writes it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The alias is taken, the type has one, or the registry is in use already.</exception>
    public EventRegistry Add<TEvent>(string? alias = null) where TEvent : class
    {
        if (frozenShapes is not null) throw new InvalidOperationException("Event types are registered before the store is opened.");
        alias ??= AliasFor(typeof(TEvent).Name);
        if (types.TryGetValue(alias, out var other) && other == typeof(TEvent)) return this;
        if (other is not null) throw new InvalidOperationException($"The event alias '{alias}' is taken by {other}.");
        if (!aliases.TryAdd(typeof(TEvent), alias)) throw new InvalidOperationException($"{typeof(TEvent)} has the alias '{aliases[typeof(TEvent)]}' already.");
        types.Add(alias, typeof(TEvent));
        return this;
    }

    /// <summary>
    /// Registers an older shape of an event that is in the log under <paramref name="alias"/>, and how the shape that followed is made of it. The
    /// newer shape has an alias of its own, by custom the old one's with <c>_v2</c>, and may be an old one in turn: shapes are carried from
    /// each to the next until the one that is written today. A new member that may be absent needs no new shape.
    /// </summary>
    /// <param name="alias">The stored name, for ever that of the old shape.</param>
    /// <param name="upcast">Pure: nothing but the old event decides how the new one looks.</param>
    /// <exception cref="InvalidOperationException">The alias is taken, the old type has one or is carried on already, or the registry is in use.</exception>
    public EventRegistry Upcast<TOld, TNew>(string alias, Func<TOld, TNew> upcast) where TOld : class where TNew : class
    {
        Add<TOld>(alias);
        for (var next = typeof(TNew); ; next = upcasters[next].To)
        {
            if (next == typeof(TOld)) throw new InvalidOperationException($"The shapes of '{alias}' lead back to {typeof(TOld)}.");
            if (!upcasters.ContainsKey(next)) break;
        }
        if (!upcasters.TryAdd(typeof(TOld), (typeof(TNew), old => upcast((TOld)old)))) throw new InvalidOperationException($"{typeof(TOld)} is carried on to {upcasters[typeof(TOld)].To} already.");
        return this;
    }

    /// <summary>All registered types by alias, as they are stored: old shapes too.</summary>
    public IReadOnlyDictionary<string, Type> Types => types;

    /// <summary>Every stored name whose events are read as <paramref name="type"/>: its own and those of its older shapes.</summary>
    public IEnumerable<string> Aliases(Type type) => aliases.Where(a => Newest(a.Key) == type).Select(a => a.Value).DefaultIfEmpty(Alias(type));

    /// <summary>The stored name of an event type.</summary>
    /// <exception cref="InvalidOperationException">The type is not registered.</exception>
    public string Alias(Type type) => (frozenAliases ?? Freeze().Aliases).TryGetValue(type, out var alias)
        ? alias
        : throw new InvalidOperationException($"{type} is not a registered event type.");

    /// <summary>The type behind a stored name.</summary>
    /// <exception cref="UnknownEventTypeException">No type is registered under the name.</exception>
    public Type Resolve(string alias) => Find(alias).Type;

    /// <summary>An event as it is written today, from its stored name and JSON.</summary>
    /// <exception cref="UnknownEventTypeException">No type is registered under the name.</exception>
    /// <exception cref="JsonException">The JSON is not of that type.</exception>
    public object Read(string alias, ReadOnlySpan<byte> json)
    {
        var shape = Find(alias);
        var data = JsonSerializer.Deserialize(json, shape.Type, EventSerializer.Options)!;
        foreach (var upcast in shape.Upcasts) data = upcast(data);
        return data;
    }

    private Shape Find(string alias) => (frozenShapes ?? Freeze().Shapes).TryGetValue(alias, out var shape) ? shape : throw new UnknownEventTypeException(alias);

    private Type Newest(Type type) => upcasters.TryGetValue(type, out var next) ? Newest(next.To) : type;

    private IEnumerable<Func<object, object>> Upcasts(Type type)
    {
        for (; upcasters.TryGetValue(type, out var next); type = next.To) yield return next.Upcast;
    }

    /// <summary>A type as <c>mt_dotnet_type</c> holds it.</summary>
    internal static string DotnetName(Type type) => DotnetNames.GetOrAdd(type, static t => $"{t.FullName}, {t.Assembly.GetName().Name}");

    private (FrozenDictionary<string, Shape> Shapes, FrozenDictionary<Type, string> Aliases) Freeze() =>
        (frozenShapes = types.ToFrozenDictionary(t => t.Key, t => new Shape(t.Value, [.. Upcasts(t.Value)])), frozenAliases = aliases.ToFrozenDictionary());

    /// <summary>What is stored under a name, and what carries it to the shape of today.</summary>
    private sealed record Shape(Type Type, Func<object, object>[] Upcasts);

    /// <summary>
    /// Marten's rule for the name of a type: an underscore before whatever is not a lower-case letter, if a lower-case letter
    /// stands on either side of it. Runs of capitals and digits stay together: <c>SLABreached</c> is <c>sla_breached</c>.
    /// </summary>
    public static string AliasFor(string typeName)
    {
        var name = new StringBuilder(typeName.Length + 8);
        for (var i = 0; i < typeName.Length; i++)
        {
            var startsWord = i > 0 && !char.IsLower(typeName[i])
                && (char.IsLower(typeName[i - 1]) || (i + 1 < typeName.Length && char.IsLower(typeName[i + 1])));
            if (startsWord) name.Append('_');
            name.Append(char.ToLowerInvariant(typeName[i]));
        }
        return name.ToString();
    }
}

/// <summary>The log holds an event whose type this version of the program does not know.</summary>
public sealed class UnknownEventTypeException(string alias) : Exception($"No event type is registered under the alias '{alias}'.")
{
    /// <summary>The stored name.</summary>
    public string Alias { get; } = alias;
}
