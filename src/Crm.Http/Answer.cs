using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>What a command answers; kept for a repetition with the same idempotency key.</summary>
/// <param name="Status">200, 201 or 204.</param>
/// <param name="Location">Where the created record is.</param>
/// <param name="ETag">The record's version in quotes.</param>
/// <param name="Body">The record as JSON.</param>
internal sealed record Answer(int Status, string? Location, string? ETag, byte[]? Body)
{
    public async Task WriteAsync(HttpContext http, long sequence, bool replayed)
    {
        http.Response.StatusCode = Status;
        if (Location is not null) http.Response.Headers.Location = Location;
        if (ETag is not null) http.Response.Headers.ETag = ETag;
        if (sequence > 0) http.Response.Headers["Crm-Sequence"] = sequence.ToString(CultureInfo.InvariantCulture);
        if (replayed) http.Response.Headers["Idempotency-Replayed"] = "true";
        if (Body is null) return;
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = Body.Length;
        await http.Response.Body.WriteAsync(Body, http.RequestAborted);
    }
}
