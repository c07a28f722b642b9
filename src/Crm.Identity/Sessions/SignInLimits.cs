using System.Net.Sockets;
using System.Threading.RateLimiting;
using Crm.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Identity;

/// <summary>
/// How often one address may try: <c>Crm:SignIn:Burst</c> (100) sign-ins, links or tokens at once and <c>Crm:SignIn:PerMinute</c> (60) on average,
/// links asked for <c>Crm:SignIn:LinksPerHour</c> (10). What one account bears is <see cref="Lockout"/>'s business. Counted on each node.
/// </summary>
internal static class SignInLimits
{
    private const string External = "/connect/external";

    public static void Add(IServiceCollection services) => services.AddOptions<RateLimiterOptions>().Configure<IConfiguration>((limiter, configuration) =>
    {
        var burst = configuration.GetValue("Crm:SignIn:Burst", 100);
        var perMinute = configuration.GetValue("Crm:SignIn:PerMinute", 60);
        var links = configuration.GetValue("Crm:SignIn:LinksPerHour", 10);
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (string Path, string Address)>(http => Limited(http.Request) switch
        {
            "/api/v1/session" or "/api/v1/session/external" or "/api/v1/password" or "/connect/token" or External => RateLimitPartition.GetTokenBucketLimiter((Limited(http.Request)!, Partition(http)), _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = burst, TokensPerPeriod = Math.Max(1, perMinute / 12), ReplenishmentPeriod = TimeSpan.FromSeconds(5), QueueLimit = 0,
            }),
            "/api/v1/password/forgotten" => RateLimitPartition.GetSlidingWindowLimiter((http.Request.Path.Value!, Partition(http)), _ => new SlidingWindowRateLimiterOptions
            {
                PermitLimit = links, Window = TimeSpan.FromHours(1), SegmentsPerWindow = 6, QueueLimit = 0,
            }),
            _ => RateLimitPartition.GetNoLimiter(("", "")),
        });
        limiter.OnRejected = async (rejected, _) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromMinutes(1);
            await Problems.WriteAsync(rejected.HttpContext, new ProblemException(429, "too_many_requests", "请求过于频繁，请稍后再试。", "Too many requests from your address; try again later.")
            {
                RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)),
            });
        };
    });

    /// <summary>What of a request is limited: POSTs, and the way to providers outside and back, which browsers go by GET.</summary>
    private static string? Limited(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) ? request.Path.Value : request.Path.StartsWithSegments(External) ? External : null;

    /// <summary>The part of an address that one person or household has: an IPv4 address, or the first 64 bits of an IPv6 address.</summary>
    private static string Partition(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } address) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }
}
