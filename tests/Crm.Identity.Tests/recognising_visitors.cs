using System.Net;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class recognising_visitors
{
    [Theory]
    [InlineData(Person.Chrome, "Chrome · Windows")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari · macOS")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50", "WeChat · iPhone")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge · Windows")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox · Linux")]
    [InlineData("curl/8.5.0", "curl")]
    [InlineData("", "")]
    [InlineData("<script>alert(1)</script>", "")]
    public void by_browser_and_system(string userAgent, string words) => Visitor.Words(userAgent).ShouldBe(words);

    [Theory]
    [InlineData("203.0.113.77", "203.0.113.0/24")]
    [InlineData("::ffff:203.0.113.77", "203.0.113.0/24")]
    [InlineData("2001:db8:1:2:3::4", "2001:db8:1::/48")]
    public void by_network_and_not_by_address(string address, string network) => Visitor.Network(IPAddress.Parse(address)).ShouldBe(network);
}
