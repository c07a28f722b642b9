using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>Posts JSON to a receiver. The message's identity travels as <c>Idempotency-Key</c>, so that an idempotent receiver takes it once.</summary>
/// <param name="Url">The receiver; http or https.</param>
/// <param name="Body">What is posted.</param>
public sealed record PostJson(Uri Url, JsonElement Body);

/// <summary>
/// The queue <c>http</c>. Addresses of this machine and of private networks are refused unless the host is listed in <c>Crm:Http:AllowedHosts</c>:
/// a receiver's address comes from outside and must not reach what only this machine can reach.
/// </summary>
public static class HttpEffect
{
    /// <summary>Adds the queue.</summary>
    /// <param name="messaging">The queues.</param>
    /// <param name="allowedHosts">Hosts whose addresses may be private.</param>
    /// <param name="timeout">How long a receiver may take; ten seconds by default.</param>
    public static MessagingOptions AddHttp(this MessagingOptions messaging, IReadOnlyCollection<string> allowedHosts, TimeSpan? timeout = null)
    {
        // Redirects are not followed: a receiver could send the request elsewhere with them.
        var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectCallback = (connect, ct) => ConnectAsync(connect.DnsEndPoint, allowedHosts, ct),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        messaging.ExternalQueue("http").With(timeout: timeout ?? TimeSpan.FromSeconds(10)).Handle<PostJson>((post, scope, ct) => PostAsync(post, scope, client, ct));
        return messaging;
    }

    private static async Task<Effects> PostAsync(PostJson post, HandlerScope scope, HttpClient client, CancellationToken ct)
    {
        if (!post.Url.IsAbsoluteUri || post.Url.Scheme is not ("http" or "https")) throw new MessageException("The address is not one of http or https.");
        using var request = new HttpRequestMessage(HttpMethod.Post, post.Url) { Content = JsonContent.Create(post.Body, options: EventSerializer.Options) };
        request.Headers.Add("Idempotency-Key", scope.Context.MessageId.ToString());
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            answer.EnsureSuccessStatusCode();
            return Effects.Nothing;
        }
        catch (HttpRequestException e) when (e.InnerException is MessageException refused)
        {
            throw refused;
        }
    }

    /// <summary>Connects to an address that was looked at, not to a name that could lead elsewhere the second time it is asked for.</summary>
    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, IReadOnlyCollection<string> allowedHosts, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, ct);
        if (!allowedHosts.Contains(target.Host, StringComparer.OrdinalIgnoreCase)) addresses = Array.FindAll(addresses, IsPublic);
        if (addresses.Length == 0) throw new MessageException("The receiver's address is private and not allowed.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6UniqueLocal || address.IsIPv6Multicast || address.Equals(IPAddress.IPv6Any)) return false;
        if (address.AddressFamily != AddressFamily.InterNetwork) return true;
        var b = address.GetAddressBytes();
        return !(b[0] is 0 or 10 or 127 or >= 224 || (b[0] == 100 && b[1] is >= 64 and < 128) || (b[0] == 169 && b[1] == 254) || (b[0] == 172 && b[1] is >= 16 and < 32)
            || (b[0] == 192 && b[1] == 168) || (b[0] == 192 && b[1] == 0) || (b[0] == 198 && b[1] is 18 or 19));
    }
}
