using System.Collections.Concurrent;
using System.Globalization;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Crm.Identity;

/// <summary>
/// How often a client may call (C11): its own limit a minute, counted by each node for itself in whole minutes. Every answer tells the limit, what is
/// left and when it begins anew (<c>RateLimit-Limit</c>, <c>-Remaining</c>, <c>-Reset</c> in seconds); beyond it is 429 with <c>Retry-After</c>. At
/// <c>/connect</c> it is counted apart, and failures to prove who one is as well (<c>Crm:SignIn:ClientFailuresPerMinute</c>, 200).
/// </summary>
internal sealed class ClientLimits(DocumentStore store, IConfiguration configuration)
{
    private readonly ConcurrentDictionary<string, Window> windows = new();
    // More than one address can reach, so that nobody shuts out a client from his own.
    private readonly int failures = configuration.GetValue("Crm:SignIn:ClientFailuresPerMinute", 200);

    private sealed record Window(long Minute, int Calls);

    /// <summary>Counts a call.</summary>
    /// <exception cref="ProblemException">429 <c>too_many_requests</c>.</exception>
    public void Count(HttpContext http, string client, int limit)
    {
        var (minute, reset) = Now();
        var calls = Add(client, minute, limit);
        // Set at the last moment: an answer that becomes a problem begins with empty headers.
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers["RateLimit-Limit"] = limit.ToString(CultureInfo.InvariantCulture);
            headers["RateLimit-Remaining"] = Math.Max(0, limit - calls).ToString(CultureInfo.InvariantCulture);
            headers["RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
        if (calls > limit) throw TooMany(limit, reset);
    }

    /// <summary>Counts a call at <c>/connect</c> of a client that proved who it is.</summary>
    /// <exception cref="ProblemException">429 <c>too_many_requests</c>.</exception>
    public void CountAtConnect(HttpContext http, Client client)
    {
        if (client.RateLimit is { } limit) Count(http, client.ClientId + " at /connect", limit);
    }

    /// <summary>Counts that somebody did not prove to be a client there is.</summary>
    public void CountFailure(string client) => Add(client + " failed", Now().Minute, failures);

    /// <summary>Refuses to try a client's proofs any more this minute.</summary>
    /// <exception cref="ProblemException">429 <c>too_many_requests</c>.</exception>
    public void RefuseGuesses(string client)
    {
        var (minute, reset) = Now();
        if (windows.TryGetValue(client + " failed", out var window) && window.Minute == minute && window.Calls >= failures) throw TooMany(failures, reset);
    }

    private (long Minute, int Reset) Now()
    {
        var seconds = store.Now.ToUnixTimeSeconds();
        return (seconds / 60, (int)(60 - (seconds % 60)));
    }

    private int Add(string key, long minute, int limit) =>
        windows.AddOrUpdate(key, _ => new Window(minute, 1), (_, w) => w.Minute == minute ? w with { Calls = Math.Min(w.Calls, limit) + 1 } : new Window(minute, 1)).Calls;

    private static ProblemException TooMany(int limit, int reset) =>
        new(429, "too_many_requests", $"该客户端每分钟最多调用 {limit} 次，请稍后再试。", $"This client may call {limit} times a minute; try again later.") { RetryAfter = reset };
}
