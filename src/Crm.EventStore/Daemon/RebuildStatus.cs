namespace Crm.EventStore;

/// <summary>How far the building of one projection beside the one that serves has come.</summary>
/// <param name="Projection">The projection.</param>
/// <param name="State"><c>loading catchingUp switching</c>, or at its end <c>cancelled failed done</c>.</param>
/// <param name="Done">Events folded, or the sequence number reached, where the log is read in its order.</param>
/// <param name="Total">What <paramref name="Done"/> leads to.</param>
/// <param name="Rate">How much of it is done in a second.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="StartedBy">Identifier of who asked for it; <c>daemon</c> for a raised version.</param>
/// <param name="Reason">Why.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="FailedSequence">The event it failed at, or null.</param>
public sealed record RebuildStatus(string Projection, string State, long Done, long Total, double Rate, DateTimeOffset StartedAt, string StartedBy, string Reason, string? Error, long? FailedSequence = null)
{
    /// <summary>Whether it goes on.</summary>
    public bool IsActive => State is "loading" or "catchingUp" or "switching";

    /// <summary>Seconds until everything is loaded, at the rate of now; null while that is not known.</summary>
    public double? RemainingSeconds => !IsActive ? null : Done >= Total && Total > 0 ? 0 : Rate > 0 ? (Total - Done) / Rate : null;
}

/// <summary>The rebuild was cancelled or belongs to another node by now.</summary>
internal sealed class RebuildLostException(string projection) : Exception($"The rebuild of {projection} is not this node's any more.");
