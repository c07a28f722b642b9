using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Crm.Torture.Tests;

/// <summary>At what moment of a save the connection is cut.</summary>
internal enum Cut
{
    /// <summary>Before the server has the statements: nothing takes effect.</summary>
    Before,

    /// <summary>When the server has the statements: it takes effect, and the client does not know.</summary>
    After,

    /// <summary>When the server has answered and the client has not heard it.</summary>
    Answered,
}

/// <summary>Stands between a host and PostgreSQL, and cuts connections in the middle of saves.</summary>
internal sealed class Proxy : IDisposable
{
    private static readonly Cut[] Cuts = Enum.GetValues<Cut>();

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<int> upstream;
    private readonly byte[] mark;
    private readonly Random random = new(Torture.Seed);
    private readonly ConcurrentDictionary<Cut, int> done = new();

    /// <param name="upstream">The server's port, as it is at the moment.</param>
    /// <param name="mark">What the keys begin with: a message that holds it twice is a save, with the events and with the stored answer.</param>
    public Proxy(Func<int> upstream, string mark)
    {
        (this.upstream, this.mark) = (upstream, Encoding.UTF8.GetBytes(mark));
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Of how many saves one is cut; 0 cuts none.</summary>
    public int OneIn { get; set; }

    /// <summary>How often it cut at a moment.</summary>
    public int Count(Cut cut) => done.GetValueOrDefault(cut);

    /// <summary>How often it cut.</summary>
    public int Total => done.Values.Sum();

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        using var server = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, upstream());
            var deaf = new TaskCompletionSource();
            await await Task.WhenAny(AskAsync(client.GetStream(), server.GetStream(), deaf), AnswerAsync(server.GetStream(), client.GetStream(), deaf));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // One side is gone, and now the other.
        }
    }

    /// <summary>From the client to the server; returns where the connection is to end.</summary>
    private async Task AskAsync(NetworkStream client, NetworkStream server, TaskCompletionSource deaf)
    {
        var buffer = new byte[128 * 1024];
        while (await client.ReadAsync(buffer) is > 0 and var read)
        {
            var cut = Choose(buffer.AsSpan(0, read));
            if (cut is Cut.Before) return;
            if (cut is Cut.Answered) deaf.SetResult();
            await server.WriteAsync(buffer.AsMemory(0, read));
            if (cut is Cut.After) return;
        }
    }

    /// <summary>From the server to the client; returns where the connection is to end.</summary>
    private static async Task AnswerAsync(NetworkStream server, NetworkStream client, TaskCompletionSource deaf)
    {
        var buffer = new byte[128 * 1024];
        while (await server.ReadAsync(buffer) is > 0 and var read)
        {
            if (deaf.Task.IsCompleted) return;
            await client.WriteAsync(buffer.AsMemory(0, read));
        }
    }

    private Cut? Choose(ReadOnlySpan<byte> message)
    {
        if (OneIn == 0 || message.IndexOf(mark) is not (>= 0 and var first) || message[(first + 1)..].IndexOf(mark) < 0) return null;
        lock (random)
        {
            if (random.Next(OneIn) > 0) return null;
            var cut = Cuts[random.Next(Cuts.Length)];
            done.AddOrUpdate(cut, 1, (_, n) => n + 1);
            return cut;
        }
    }
}
