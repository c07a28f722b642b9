using System.Text.Json;
using Npgsql;

namespace Crm.EventStore;

/// <summary>What one asynchronous projection is doing.</summary>
public enum ShardState
{
    /// <summary>Another node leads it.</summary>
    Following,

    /// <summary>This node runs it.</summary>
    Running,

    /// <summary>An event cannot be projected; everything else goes on.</summary>
    Paused,

    /// <summary>Its tables are those of an older version, or none: they are being built, or will be.</summary>
    Building,

    /// <summary>Its tables are those of a newer version than this node has.</summary>
    Outdated,
}

/// <summary>What may be done with the tables of a projection as they are.</summary>
internal enum Standing
{
    /// <summary>They are of this version, or there is little to fold.</summary>
    Ready,

    /// <summary>They must be built beside first.</summary>
    ToBuild,

    /// <summary>They belong to a newer version.</summary>
    Outdated,
}

/// <summary>Failures that pass by themselves.</summary>
internal static class Transient
{
    public static bool Is(Exception e) => e is NpgsqlException { IsTransient: true } or TimeoutException or IOException
        || e is PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "57P05" or "53300" or "40001" or "40P01" or "53100" or "25P03" };
}

/// <summary>How far one asynchronous projection has come.</summary>
/// <param name="Name">The projection.</param>
/// <param name="State">What it is doing on this node.</param>
/// <param name="Position">Last sequence it has folded; of a projection that another node leads, as stored half a second ago at most.</param>
/// <param name="Error">Why it is paused, with the sequence of the event; nothing of what the event says.</param>
/// <param name="FailedSequence">The event that cannot be projected, or null.</param>
public sealed record ShardStatus(string Name, ShardState State, long Position, string? Error, long? FailedSequence = null);

/// <summary>Another node moved the projection on: this one no longer leads it, or begins again from where it stands.</summary>
internal sealed class ProgressionOutOfOrderException(string shard, long floor) : Exception($"{shard} is no longer at {floor}.");

/// <summary>Why an event cannot be projected, in words that may be shown and stored: kinds and names, never what an event holds.</summary>
internal static class FailureReason
{
    public static string Of(Exception e) => e switch
    {
        PostgresException x => $"{nameof(PostgresException)} {x.SqlState}{(x.TableName is { } table ? " on " + table : "")}{(x.ConstraintName is { } name ? " by " + name : "")}",
        JsonException x => $"{nameof(JsonException)} at {x.Path ?? "$"}",
        UnknownEventTypeException x => $"{nameof(UnknownEventTypeException)} {x.Alias}",
        _ => e.GetType().Name,
    };
}
