using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Crm.EventStore.Tests;

/// <summary>
/// A node's connections to the database, led through a relay that can stand still: to the server the node is then frozen, and nothing it
/// was about to say is lost.
/// </summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentBag<Socket> sockets = [];
    private readonly (string Host, int Port) server;
    private volatile TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Wire(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        server = (settings.Host!, settings.Port);
        listener.Start();
        settings.Host = "127.0.0.1";
        settings.Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        ConnectionString = settings.ConnectionString;
        open.SetResult();
        _ = Accept();
    }

    /// <summary>To the same database through the relay.</summary>
    public string ConnectionString { get; }

    public void Freeze() => open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Thaw();
        await stop.CancelAsync();
        listener.Stop();
        foreach (var socket in sockets) socket.Dispose();
        stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(stop.Token);
                var backend = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await backend.ConnectAsync(server.Host, server.Port, stop.Token);
                sockets.Add(client);
                sockets.Add(backend);
                _ = Relay(client, backend);
                _ = Relay(backend, client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task Relay(Socket from, Socket to)
    {
        var buffer = new byte[16_384];
        try
        {
            while (true)
            {
                var read = await from.ReceiveAsync(buffer, stop.Token);
                await open.Task;
                if (read == 0) break;
                for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), stop.Token);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            to.Dispose();
        }
    }
}
