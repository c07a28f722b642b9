using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Crm.Host.Tests;

/// <summary>A door in front of a server: while it is shut nobody gets in, and those who are in are thrown out.</summary>
internal sealed class Gate : IDisposable
{
    private readonly IPEndPoint server;
    private readonly ConcurrentBag<TcpClient> inside = [];
    private TcpListener listener;

    public Gate(string host, int port)
    {
        server = new IPEndPoint(IPAddress.Parse(host), port);
        listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = Accept(listener);
    }

    public int Port { get; }

    public void Shut()
    {
        listener.Dispose();
        while (inside.TryTake(out var client)) client.Dispose();
    }

    public void Open()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _ = Accept(listener);
    }

    public void Dispose() => Shut();

    private async Task Accept(TcpListener door)
    {
        try
        {
            while (true)
            {
                var client = await door.AcceptTcpClientAsync();
                var upstream = new TcpClient();
                await upstream.ConnectAsync(server);
                inside.Add(client);
                inside.Add(upstream);
                _ = Copy(client, upstream);
                _ = Copy(upstream, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Shut.
        }
    }

    private static async Task Copy(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One side is gone.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
