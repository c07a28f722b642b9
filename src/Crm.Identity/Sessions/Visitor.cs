using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Crm.Identity;

/// <summary>From where and with what somebody came, as much as people need to recognise themselves and no more.</summary>
/// <param name="Address">The network: an IPv4 address without its last byte, the first 48 bits of an IPv6 address.</param>
/// <param name="Device">Browser and system in words, such as <c>Chrome · Windows</c>; empty if unknown.</param>
internal sealed record Visitor(string Address, string Device)
{
    private static readonly (string Sign, string Word)[] Browsers =
        [("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")];

    private static readonly (string Sign, string Word)[] Systems =
        [("Windows", "Windows"), ("Android", "Android"), ("HarmonyOS", "HarmonyOS"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")];

    public static Visitor Of(HttpContext http) => new(Network(http.Connection.RemoteIpAddress), Words(http.Request.Headers.UserAgent.ToString()));

    internal static string Network(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        var kept = address.AddressFamily == AddressFamily.InterNetworkV6 ? 6 : 3;
        Array.Clear(bytes, kept, bytes.Length - kept);
        return $"{new IPAddress(bytes)}/{kept * 8}";
    }

    internal static string Words(string userAgent)
    {
        var words = new[] { Browsers, Systems }.Select(list => Array.Find(list, s => userAgent.Contains(s.Sign, StringComparison.Ordinal)).Word);
        return string.Join(" · ", words.OfType<string>());
    }
}
