using System.Collections.Immutable;
using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using Crm.EventStore;
using Npgsql;

namespace Crm.Messaging;

/// <summary>
/// What happens after a failure: the first rule that matches the exception says after which pauses a message is tried again. Without a
/// rule, or when the pauses are used up, it becomes a dead letter at once.
/// </summary>
public sealed class RetryPolicy
{
    /// <summary>How often a message that lost a race for a stream is decided again at once, before any rule.</summary>
    public const int InlineAttempts = 3;

    private readonly ImmutableArray<(Func<Exception, bool> Matches, ImmutableArray<TimeSpan> Pauses)> rules;

    private RetryPolicy(ImmutableArray<(Func<Exception, bool>, ImmutableArray<TimeSpan>)> rules) => this.rules = rules;

    /// <summary>Every failure is final.</summary>
    public static RetryPolicy None { get; } = new([]);

    /// <summary>Lost races and whatever may pass by itself: after 5 s, 30 s, 5 min, 30 min, 2 h, 6 h and 12 h. Anything else is final.</summary>
    public static RetryPolicy Default { get; } = new([(IsTransient,
        [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(6), TimeSpan.FromHours(12)])]);

    /// <summary>The policy with a rule that comes before those it has.</summary>
    public RetryPolicy On<TException>(params TimeSpan[] pauses) where TException : Exception => new(rules.Insert(0, (e => e is TException, [.. pauses])));

    /// <summary>The pause before the next attempt, or null if there is none.</summary>
    public TimeSpan? PauseAfter(Exception failure, int attempts)
    {
        foreach (var (matches, pauses) in rules)
            if (matches(failure)) return attempts <= pauses.Length ? pauses[attempts - 1] : null;
        return null;
    }

    /// <summary>Whether the message lost a race: deciding again on the newest state helps.</summary>
    internal static bool IsConflict(Exception e) => e is ConcurrencyException or ExistingStreamIdCollisionException
        || e is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };

    /// <summary>Whether the database itself does not serve, which says nothing about the message: it is tried again without being counted.</summary>
    internal static bool IsOutage(Exception e) => e is PostgresException p ? p.SqlState.StartsWith("57P", StringComparison.Ordinal) || p.SqlState.StartsWith("53", StringComparison.Ordinal) || p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState == "25P03"
        : e is NpgsqlException || (e is InvalidOperationException or ObjectDisposedException && e.Source == "Npgsql");

    private static bool IsTransient(Exception e) => IsConflict(e) || e switch
    {
        HttpRequestException http => http.StatusCode is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
        SmtpException smtp => (int)smtp.StatusCode is -1 or >= 400 and < 500,
        NpgsqlException database => database.IsTransient,
        _ => e is TimeoutException or SocketException or IOException,
    };
}
