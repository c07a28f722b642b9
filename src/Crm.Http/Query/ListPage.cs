using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>
/// One page of a list, <c>{"data": […], "page": {"next", "hasMore"}, "count"}</c> (C3); <c>count</c> only when asked for.
/// </summary>
/// <param name="Data">The documents as JSON text.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
/// <param name="HasMore">Is there a next page?</param>
/// <param name="Count">The total, exact or estimated as asked.</param>
public sealed record ListPage(IReadOnlyList<string> Data, string? Next, bool HasMore, long? Count) : IResult
{
    /// <summary>The records' ids, which are known whatever <c>fields</c> leaves of the documents: for what keeps a ledger of the page.</summary>
    public IReadOnlyList<Guid> Ids { get; init; } = [];

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("data");
        // PostgreSQL wrote these: valid by construction.
        foreach (var document in Data) json.WriteRawValue(document, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteStartObject("page");
        json.WriteString("next", Next);
        json.WriteBoolean("hasMore", HasMore);
        json.WriteEndObject();
        if (Count is { } count) json.WriteNumber("count", count);
        json.WriteEndObject();
        await json.FlushAsync(httpContext.RequestAborted);
        await httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }
}
