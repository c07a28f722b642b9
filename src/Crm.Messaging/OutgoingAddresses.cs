using System.Net;
using System.Net.Sockets;

namespace Crm.Messaging;

/// <summary>
/// The guard of every address that comes from outside and is called from here (SSRF). The name is resolved once and the connection goes to an
/// address that was looked at, so that a name cannot lead elsewhere the second time it is asked for. Redirects are the caller's to refuse.
/// </summary>
public static class OutgoingAddresses
{
    /// <summary>What is not on the public Internet (RFC 6890 and the registries it names): this machine, private and link-local networks with the metadata
    /// services of clouds, carriers' networks, examples, multicast; of IPv6 also what carries an IPv4 address inside.</summary>
    private static readonly IPNetwork[] Special =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        ]).Select(text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>A handler for calls to addresses from outside: guarded, without redirects, cookies and proxy.</summary>
    /// <param name="allowedHosts">Hosts whose addresses may be private.</param>
    public static SocketsHttpHandler Handler(IReadOnlyCollection<string> allowedHosts) => new()
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = (connect, ct) => ConnectAsync(connect.DnsEndPoint, allowedHosts, ct),
    };

    /// <summary>Whether an address is on the public Internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return !Special.Any(n => n.Contains(address)) && (address.AddressFamily == AddressFamily.InterNetwork || (GlobalUnicast.Contains(address) && address.ScopeId == 0));
    }

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
}
