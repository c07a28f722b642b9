using System.Collections.Concurrent;
using System.Globalization;
using Crm.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>Read your own write (C16): a query waits until its projections have folded what its caller wrote, for <c>Crm:ReadYourWrite:Seconds</c> at most, 2 unless stated.</summary>
public sealed class Consistency(DocumentStore store, IConfiguration configuration)
{
    private readonly TimeSpan patience = TimeSpan.FromSeconds(configuration.GetValue("Crm:ReadYourWrite:Seconds", 2d));
    private readonly ConcurrentDictionary<string, long> written = new();

    /// <summary>Remembers the last sequence a caller wrote through this node.</summary>
    public void Wrote(Caller caller, long sequence)
    {
        if (sequence > 0) written.AddOrUpdate(caller.Id, sequence, (_, before) => Math.Max(before, sequence));
    }

    /// <summary>Waits for the sequence of <c>Crm-At-Least</c> or of the caller's last write; answers <c>Crm-Stale: true</c> if it does not come in time.</summary>
    /// <exception cref="ProblemException">400: the header is not a number.</exception>
    public async Task WaitAsync(HttpContext http, IReadOnlyList<string> projections)
    {
        long atLeast = 0;
        if (http.Request.Headers.TryGetValue("Crm-At-Least", out var header) && !long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out atLeast))
            throw ProblemException.Invalid("header.Crm-At-Least", "invalid_value", "Crm-At-Least 必须是 Crm-Sequence 给出的数字。", "Crm-At-Least must be a number that Crm-Sequence gave.");
        if (written.TryGetValue(Caller.Of(http).Id, out var own)) atLeast = Math.Max(atLeast, own);
        if (!await store.Daemon.WaitForAsync(projections, atLeast, patience, http.RequestAborted)) http.Response.Headers["Crm-Stale"] = "true";
    }
}

/// <summary>Stating what a query reads.</summary>
public static class ConsistencyRoutes
{
    /// <summary>The query waits for these projections before it runs.</summary>
    public static RouteHandlerBuilder Reads(this RouteHandlerBuilder route, params string[] projections) =>
        route.AddEndpointFilter(async (context, next) =>
        {
            await context.HttpContext.RequestServices.GetRequiredService<Consistency>().WaitAsync(context.HttpContext, projections);
            return await next(context);
        });
}
