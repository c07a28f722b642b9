using System.Collections.Concurrent;
using System.Globalization;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;

namespace Crm.Identity;

/// <summary>
/// How often a client may call (C11): its own limit a minute, counted by each node for itself in whole minutes. Every answer tells the limit, what is
/// left and when it begins anew (<c>RateLimit-Limit</c>, <c>-Remaining</c>, <c>-Reset</c> in seconds); beyond it is 429 with <c>Retry-After</c>.
/// </summary>
internal sealed class ClientLimits(DocumentStore store)
{
    private readonly ConcurrentDictionary<string, Window> windows = new();

    private sealed record Window(long Minute, int Calls);

    /// <summary>Counts a call; answers the refusal itself and tells whether the request goes on.</summary>
    public async Task<bool> PassesAsync(HttpContext http, string client, int limit)
    {
        var seconds = store.Now.ToUnixTimeSeconds();
        var minute = seconds / 60;
        var calls = windows.AddOrUpdate(client, _ => new Window(minute, 1), (_, w) => w.Minute == minute ? w with { Calls = Math.Min(w.Calls, limit) + 1 } : new Window(minute, 1)).Calls;
        var reset = (int)(60 - (seconds % 60));
        // Set at the last moment: an answer that becomes a problem begins with empty headers.
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers["RateLimit-Limit"] = limit.ToString(CultureInfo.InvariantCulture);
            headers["RateLimit-Remaining"] = Math.Max(0, limit - calls).ToString(CultureInfo.InvariantCulture);
            headers["RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
        if (calls <= limit) return true;
        await Problems.WriteAsync(http, new ProblemException(429, "too_many_requests", $"该客户端每分钟最多调用 {limit} 次，请稍后再试。", $"This client may call {limit} times a minute; try again later.") { RetryAfter = reset });
        return false;
    }
}
