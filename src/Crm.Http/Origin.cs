using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>
/// From where a request comes, so coarse that it tells an auditor what is unusual and identifies nobody: the network instead of the address, and words
/// of a closed set instead of what the client says about itself. It is stored with events, which are never changed.
/// </summary>
public static class Origin
{
    // The first that is found counts: browsers name those they descend from.
    private static readonly (string Token, string Name)[] Programs =
    [
        ("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"), ("curl/", "curl"), ("Wget/", "Wget"), ("python", "Python"), ("PostmanRuntime", "Postman"), ("okhttp", "Java"), ("Java/", "Java"), ("Go-http-client", "Go"),
        ("node", "Node.js"), ("axios", "Node.js"), ("Dart/", "Dart"), (".NET", ".NET"), ("PowerShell", "PowerShell"),
    ];

    private static readonly (string Token, string Name)[] Systems =
    [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "HarmonyOS"), ("OpenHarmony", "HarmonyOS"), ("Android", "Android"), ("Windows", "Windows"), ("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
    ];

    /// <summary>The caller's network: <c>203.0.113.0/24</c> or <c>2001:db8:7::/48</c>; null where the connection has no address.</summary>
    public static string? Address(HttpContext http) => http.Connection.RemoteIpAddress is { } address ? Network(address) : null;

    /// <summary>The caller's program and system in words: <c>Chrome on Windows</c>; null without a user agent.</summary>
    public static string? Device(HttpContext http) => Words(http.Request.Headers.UserAgent.ToString());

    /// <summary>The first 24 bits of an IPv4 address, the first 48 of an IPv6 address.</summary>
    public static string Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 24 : 48;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(bits / 8).Clear();
        return $"{new IPAddress(bytes)}/{bits}";
    }

    /// <summary>A user agent in words; what is not known is <c>other</c>, so that nothing a client sends is kept.</summary>
    public static string? Words(string userAgent)
    {
        if (string.IsNullOrWhiteSpace(userAgent)) return null;
        var program = Find(Programs, userAgent) ?? "other";
        return Find(Systems, userAgent) is { } system ? $"{program} on {system}" : program;
    }

    private static string? Find((string Token, string Name)[] known, string userAgent)
    {
        foreach (var (token, name) in known)
            if (userAgent.Contains(token, StringComparison.OrdinalIgnoreCase)) return name;
        return null;
    }
}
