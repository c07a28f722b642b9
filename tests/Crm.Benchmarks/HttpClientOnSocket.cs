using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Crm.Benchmarks;

/// <summary>
/// One kept-alive connection that sends requests as bytes and looks at status and length only: the load must not cost more than what it
/// measures. Answers need a Content-Length.
/// </summary>
internal sealed class HttpClientOnSocket : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] buffer = new byte[64 * 1024];

    /// <summary>The body of the last answer.</summary>
    public string Body { get; private set; } = "";

    public static async Task<HttpClientOnSocket> ConnectAsync(Uri server)
    {
        var client = new HttpClientOnSocket();
        await client.socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
        return client;
    }

    /// <summary>A POST of JSON with further header lines, each ended by CRLF.</summary>
    public static byte[] Post(string path, string headers, string json) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n{headers}\r\n{json}");

    /// <summary>Sends a request and waits for the whole answer.</summary>
    /// <exception cref="InvalidOperationException">The status is not the expected one.</exception>
    public async Task SendAsync(byte[] request, int expected, bool keepBody = false)
    {
        await socket.SendAsync(request);
        var (read, end) = (0, -1);
        while (end < 0)
        {
            read += await Receive(read);
            end = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8);
        }
        var total = end + 4 + LengthOf(Encoding.ASCII.GetString(buffer, 0, end));
        if (total > buffer.Length) throw new InvalidOperationException($"An answer of {total} bytes.");
        while (read < total) read += await Receive(read);
        var right = buffer.AsSpan(9, 3).SequenceEqual(Encoding.ASCII.GetBytes(expected.ToString(CultureInfo.InvariantCulture)));
        if (keepBody || !right) Body = Encoding.UTF8.GetString(buffer, end + 4, total - end - 4);
        if (!right) throw new InvalidOperationException($"{Encoding.ASCII.GetString(buffer, 9, 3)} instead of {expected}: {Body}");
    }

    public void Dispose() => socket.Dispose();

    private async Task<int> Receive(int offset)
    {
        var count = await socket.ReceiveAsync(buffer.AsMemory(offset));
        return count > 0 ? count : throw new IOException("The server closed the connection.");
    }

    private static int LengthOf(string head)
    {
        const string name = "\r\nContent-Length: ";
        var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return 0;
        var end = head.IndexOf('\r', at + 2);
        return int.Parse(head.AsSpan(at + name.Length, (end < 0 ? head.Length : end) - at - name.Length), CultureInfo.InvariantCulture);
    }
}
