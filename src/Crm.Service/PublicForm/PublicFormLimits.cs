using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Service;

/// <summary>
/// How often one address may use the public form. Configuration: <c>Crm:PublicForm:SubmitsPerHour</c> (20) for requests and ratings,
/// <c>Crm:PublicForm:LooksPerMinute</c> (60) for following a link.
/// </summary>
internal static class PublicFormLimits
{
    public const string Submit = "public-form-submit";
    public const string Follow = "public-form-follow";

    /// <summary>Registers both policies; the host runs the rate limiter.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IConfiguration>((limiter, configuration) =>
        {
            limiter.AddPolicy(Submit, new PerAddress(configuration.GetValue("Crm:PublicForm:SubmitsPerHour", 20), TimeSpan.FromHours(1)));
            limiter.AddPolicy(Follow, new PerAddress(configuration.GetValue("Crm:PublicForm:LooksPerMinute", 60), TimeSpan.FromMinutes(1)));
        });
    }

    /// <summary>The part of an address that one person or household has: an IPv4 address, or the first 64 bits of an IPv6 address.</summary>
    internal static string Partition(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private sealed class PerAddress(int permits, TimeSpan window) : IRateLimiterPolicy<string>
    {
        public Func<OnRejectedContext, CancellationToken, ValueTask>? OnRejected { get; } = async (rejected, _) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : window;
            await Problems.WriteAsync(rejected.HttpContext, new ProblemException(429, "too_many_requests", "提交过于频繁，请稍后再试。", "Too many requests from your address; try again later.")
            {
                RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)),
            });
        };

        public RateLimitPartition<string> GetPartition(HttpContext httpContext) => RateLimitPartition.GetSlidingWindowLimiter(
            Partition(httpContext.Connection.RemoteIpAddress), _ => new SlidingWindowRateLimiterOptions { PermitLimit = permits, Window = window, SegmentsPerWindow = 6, QueueLimit = 0 });
    }
}
