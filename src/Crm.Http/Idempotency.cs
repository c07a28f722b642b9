using System.Collections.Concurrent;
using System.Security.Cryptography;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Crm.Http;

/// <summary>
/// Commands with an <c>Idempotency-Key</c> take effect once: the answer is stored in the transaction of the events and replayed
/// for 24 hours; the same key with another body is 422 (C6, draft-ietf-httpapi-idempotency-key-header).
/// </summary>
public sealed class Idempotency(DocumentStore store)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<(string, string), SemaphoreSlim> running = new();

    internal sealed record Key(string Client, string Value, string Route, byte[] BodyHash);

    internal static Key? Of(HttpContext http, Caller caller, JsonBody body) => Of(http, caller, () => SHA256.HashData(body.Bytes));

    internal static Key? Of(HttpContext http, Caller caller, Func<byte[]> hash)
    {
        if (!http.Request.Headers.TryGetValue("Idempotency-Key", out var header)) return null;
        var value = header.ToString();
        if (value.Length is 0 or > 200)
            throw ProblemException.Invalid("header.Idempotency-Key", "invalid_value", "Idempotency-Key 的长度应为 1 到 200 个字符。", "Idempotency-Key must have 1 to 200 characters.");
        return new Key(caller.Id, value, $"{http.Request.Method} {http.Request.Path}", hash());
    }

    /// <summary>Runs the command unless its answer is stored; concurrent repetitions on this node wait for the first.</summary>
    internal async Task<(Answer Answer, long Sequence, bool Replayed)> OnceAsync(Key key, Func<Task<(Answer, long)>> run, CancellationToken ct)
    {
        var gate = running.GetOrAdd((key.Client, key.Value), _ => new SemaphoreSlim(1));
        if (!await gate.WaitAsync(Patience, ct))
            throw new ProblemException(409, "idempotency_running", "使用同一 Idempotency-Key 的请求仍在处理中。", "A request with this Idempotency-Key is still running.") { RetryAfter = 2 };
        try
        {
            if (await Find(key, ct) is { } stored) return (stored.Answer, stored.Sequence, true);
            try
            {
                var (answer, sequence) = await run();
                return (answer, sequence, false);
            }
            catch (PostgresException e) when (e is { SqlState: "23505", ConstraintName: "idempotency_key" })
            {
                // Another node finished the same request first; nothing of ours was saved.
                return await Find(key, ct) is { } other ? (other.Answer, other.Sequence, true) : throw new TimeoutException("The stored answer is gone.", e);
            }
        }
        finally
        {
            gate.Release();
            running.TryRemove(new((key.Client, key.Value), gate));
        }
    }

    /// <summary>Adds the answer to the transaction of the events.</summary>
    internal static void Store(DocumentSession session, Key key, Answer answer, bool hasEvents)
    {
        session.Sql.Add($"delete from http.idempotency where client = {key.Client} and key = {key.Value} and created_at < {session.Now.AddHours(-24)}");
        var sequence = hasEvents ? SqlBatch.LastSequence : SqlBatch.NoSequence;
        session.Sql.Add($"""
            insert into http.idempotency (client, key, route, body_hash, status, location, etag, sequence, body, created_at)
            values ({key.Client}, {key.Value}, {key.Route}, {key.BodyHash}, {answer.Status}, {answer.Location}, {answer.ETag}, {sequence}, {Sealed(answer.Body, session.Personal)}, {session.Now})
            """);
    }

    /// <summary>Removes, with the session, every answer that may show a record: those of commands on it, the one that created it, and those of upserts, which are found by other keys.</summary>
    /// <param name="session">The session.</param>
    /// <param name="resource">The resource, for example <c>customers</c>.</param>
    /// <param name="id">The record.</param>
    public static void Forget(DocumentSession session, string resource, Guid id) => session.Sql.Add($"""
        delete from http.idempotency where location = {$"/api/v1/{resource}/{id}"} or route like {$"% /api/v1/{resource}/{id}%"} or route like {$"PUT /api/v1/{resource}/by/%"}
        """);

    // JSON never begins with this byte: answers from before they were encrypted are read as they are.
    private const byte Mark = 1;

    private static byte[]? Sealed(byte[]? body, PersonalData? personal) => body is null || personal is null ? body : [Mark, .. personal.Protect("http.idempotency", body)];

    private static byte[] Opened(byte[] body, PersonalData? personal) => body is [Mark, ..] && personal is not null ? personal.Unprotect("http.idempotency", body.AsSpan(1)) : body;

    /// <summary>Removes answers older than 24 hours.</summary>
    public static async Task<int> CleanAsync(DocumentStore store, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("delete from http.idempotency where created_at < $1");
        command.Parameters.Add(Statement.Parameter(store.Now.AddHours(-24)));
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<(Answer Answer, long Sequence)?> Find(Key key, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand(
            "select route, body_hash, status, location, etag, body, sequence from http.idempotency where client = $1 and key = $2 and created_at >= $3");
        command.Parameters.Add(Statement.Parameter(key.Client));
        command.Parameters.Add(Statement.Parameter(key.Value));
        command.Parameters.Add(Statement.Parameter(store.Now.AddHours(-24)));
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        if (reader.GetString(0) != key.Route || !reader.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(key.BodyHash))
            throw new ProblemException(422, "idempotency_key_reused", "该 Idempotency-Key 已用于另一个请求，请换一个新的。", "This Idempotency-Key was used for another request; choose a new one.");
        return (new Answer(reader.GetInt32(2), Text(3), Text(4), reader.IsDBNull(5) ? null : Opened(reader.GetFieldValue<byte[]>(5), store.Personal)), reader.GetInt64(6));
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}
