using System.Net;
using System.Net.Sockets;
using Shouldly;
using Xunit;

namespace Crm.Messaging.Tests;

/// <summary>What comes from outside as an address reaches nothing that only this machine can reach.</summary>
public sealed class outgoing_addresses
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("2002:0a00:0001::1")]
    [InlineData("2001:0:4136:e378::1")]
    [InlineData("2001:db8::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("100::1")]
    public void of_this_machine_and_of_private_networks_are_refused(string address) => OutgoingAddresses.IsPublic(IPAddress.Parse(address)).ShouldBeFalse();

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2606:4700::1111")]
    public void of_the_internet_are_called(string address) => OutgoingAddresses.IsPublic(IPAddress.Parse(address)).ShouldBeTrue();

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    public async Task are_looked_at_after_the_name_is_resolved_however_they_are_written(string host)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new HttpClient(OutgoingAddresses.Handler([]));
        var refused = await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://{host}:{((IPEndPoint)listener.LocalEndpoint).Port}/"), TestContext.Current.CancellationToken));
        refused.InnerException.ShouldBeOfType<MessageException>();
        listener.Pending().ShouldBeFalse("nothing was connected");
    }

    [Fact]
    public async Task that_a_receiver_redirects_to_are_not_followed()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        receiver.Answers.Enqueue(307);
        using var client = new HttpClient(OutgoingAddresses.Handler(["127.0.0.1"]));
        using var body = new StringContent("{}");
        (await client.PostAsync(receiver.Address, body, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.TemporaryRedirect);
        receiver.Requests.Count.ShouldBe(1);
    }
}
