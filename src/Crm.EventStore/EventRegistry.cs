using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;

namespace Crm.EventStore;

/// <summary>The stored name of every event type. Names are for ever: a renamed class keeps its alias.</summary>
public sealed class EventRegistry
{
    private static readonly ConcurrentDictionary<Type, string> DotnetNames = new();
    private readonly Dictionary<string, Type> types = [];
    private readonly Dictionary<Type, string> aliases = [];
    private FrozenDictionary<string, Type>? frozenTypes;
    private FrozenDictionary<Type, string>? frozenAliases;

    /// <summary>
    /// Registers an event type under its class name in snake case, or under <paramref name="alias"/>. Doing so twice is the same as once, so
    /// that whoever reads an event may state it as well as whoever writes it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The alias is taken, the type has one, or the registry is in use already.</exception>
    public EventRegistry Add<TEvent>(string? alias = null) where TEvent : class
    {
        if (frozenTypes is not null) throw new InvalidOperationException("Event types are registered before the store is opened.");
        alias ??= AliasFor(typeof(TEvent).Name);
        if (types.TryGetValue(alias, out var other) && other == typeof(TEvent)) return this;
        if (other is not null) throw new InvalidOperationException($"The event alias '{alias}' is taken by {other}.");
        if (!aliases.TryAdd(typeof(TEvent), alias)) throw new InvalidOperationException($"{typeof(TEvent)} has the alias '{aliases[typeof(TEvent)]}' already.");
        types.Add(alias, typeof(TEvent));
        return this;
    }

    /// <summary>All registered types by alias.</summary>
    public IReadOnlyDictionary<string, Type> Types => types;

    /// <summary>The stored name of an event type.</summary>
    /// <exception cref="InvalidOperationException">The type is not registered.</exception>
    public string Alias(Type type) => (frozenAliases ?? Freeze().Aliases).TryGetValue(type, out var alias)
        ? alias
        : throw new InvalidOperationException($"{type} is not a registered event type.");

    /// <summary>The type behind a stored name.</summary>
    /// <exception cref="UnknownEventTypeException">No type is registered under the name.</exception>
    public Type Resolve(string alias) => (frozenTypes ?? Freeze().Types).TryGetValue(alias, out var type)
        ? type
        : throw new UnknownEventTypeException(alias);

    /// <summary>A type as <c>mt_dotnet_type</c> holds it.</summary>
    internal static string DotnetName(Type type) => DotnetNames.GetOrAdd(type, static t => $"{t.FullName}, {t.Assembly.GetName().Name}");

    private (FrozenDictionary<string, Type> Types, FrozenDictionary<Type, string> Aliases) Freeze() =>
        (frozenTypes = types.ToFrozenDictionary(), frozenAliases = aliases.ToFrozenDictionary());

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
