using System.Threading.Channels;
using Npgsql;

namespace Crm.EventStore;

/// <summary>
/// Fills the tables beside those that serve, stream by stream: one side reads and folds, the other writes by COPY; a transaction ends with
/// a stream.
/// </summary>
internal sealed class StreamLoad(DocumentStore store, StreamFold fold, IReadOnlyDictionary<string, Identifier> beside, string[] types, long[] skipped)
{
    private const int ChunkEvents = 20_000;
    private const int ChunkBytes = 16 * 1024 * 1024;
    private static readonly byte[] CopyHeader = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n"u8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] CopyTrailer = [0xFF, 0xFF];

    /// <summary>Told, in the transaction of the rows, which stream is the last that is loaded and how many events were folded since the one before.</summary>
    public delegate Task Reached(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid stream, int events, CancellationToken ct);

    /// <summary>Loads the streams after <paramref name="after"/> as they were at <paramref name="mark"/>.</summary>
    /// <param name="after">The last stream that is loaded already, or null.</param>
    /// <param name="mark">The last event to load.</param>
    /// <param name="reached">Stores, in the transaction of the rows, that a stream is loaded and how many events were folded since the last.</param>
    /// <param name="ct">Stops the load.</param>
    /// <exception cref="EventFailedException">An event cannot be folded.</exception>
    public async Task RunAsync(Guid? after, long mark, Reached reached, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var full = Channel.CreateBounded<Chunk>(1);
        var empty = Channel.CreateUnbounded<Chunk>();
        for (var i = 0; i < 3; i++) empty.Writer.TryWrite(new Chunk(fold.Targets.Count));
        var reading = Task.Run(async () =>
        {
            try
            {
                await ReadAsync(after, mark, empty.Reader, full.Writer, stop.Token);
                full.Writer.Complete();
            }
            catch (Exception e)
            {
                full.Writer.Complete(e);
            }
        }, CancellationToken.None);
        try
        {
            await WriteAsync(full.Reader, empty.Writer, reached, ct);
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    private async Task ReadAsync(Guid? after, long mark, ChannelReader<Chunk> empty, ChannelWriter<Chunk> full, CancellationToken ct)
    {
        await using var log = await LogCopy.ByStreamAsync(store, after, mark, types, skipped, ct);
        var chunk = await empty.ReadAsync(ct);
        Guid? stream = null;
        while (await log.NextAsync(ct) is { } e)
        {
            if (e.StreamId != stream)
            {
                if (stream is not null) fold.End(chunk.Rows);
                if (chunk.Events >= ChunkEvents || chunk.Bytes >= ChunkBytes) chunk = await Send(stream);
                stream = e.StreamId;
            }
            else if (chunk.Bytes >= 2 * ChunkBytes) chunk = await Send(null);
            try
            {
                fold.Next(e, chunk.Rows);
            }
            catch (Exception x)
            {
                throw new EventFailedException(e.Sequence, e.Type, x);
            }
            chunk.Events++;
        }
        if (stream is null) return;
        fold.End(chunk.Rows);
        await Send(stream);

        async Task<Chunk> Send(Guid? end)
        {
            chunk.End = end;
            await full.WriteAsync(chunk, ct);
            return await empty.ReadAsync(ct);
        }
    }

    private async Task WriteAsync(ChannelReader<Chunk> full, ChannelWriter<Chunk> empty, Reached reached, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var copies = fold.Targets.Select(t => $"copy {beside[t.Table].Value} ({t.Columns}) from stdin (format binary)").ToArray();
        NpgsqlTransaction? transaction = null;
        var events = 0;
        try
        {
            await foreach (var chunk in full.ReadAllAsync(ct))
            {
                transaction ??= await connection.BeginTransactionAsync(ct);
                for (var i = 0; i < copies.Length; i++)
                    if (chunk.Rows[i].Written.Length > 0) await Copy(connection, copies[i], chunk.Rows[i], ct);
                events += chunk.Events;
                if (chunk.End is { } stream)
                {
                    await reached(connection, transaction, stream, events, ct);
                    await transaction.CommitAsync(ct);
                    events = 0;
                    await transaction.DisposeAsync();
                    transaction = null;
                }
                chunk.Clear();
                empty.TryWrite(chunk);
            }
        }
        finally
        {
            if (transaction is not null) await transaction.DisposeAsync();
        }
    }

    private static async Task Copy(NpgsqlConnection connection, string copy, RowBuffer rows, CancellationToken ct)
    {
        await using var to = await connection.BeginRawBinaryCopyAsync(copy, ct);
        await to.WriteAsync(CopyHeader, ct);
        await to.WriteAsync(rows.Written, ct);
        await to.WriteAsync(CopyTrailer, ct);
    }

    /// <summary>Rows of whole streams, except where one is too long.</summary>
    private sealed class Chunk(int tables)
    {
        public RowBuffer[] Rows { get; } = [.. Enumerable.Range(0, tables).Select(_ => new RowBuffer())];

        public int Events { get; set; }

        /// <summary>The stream the chunk ends with, or null in the middle of one.</summary>
        public Guid? End { get; set; }

        public int Bytes
        {
            get
            {
                var bytes = 0;
                foreach (var rows in Rows) bytes += rows.Written.Length;
                return bytes;
            }
        }

        public void Clear()
        {
            Events = 0;
            foreach (var rows in Rows) rows.Clear();
        }
    }
}
