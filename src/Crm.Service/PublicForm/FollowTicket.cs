using System.Buffers.Text;
using System.Security.Cryptography;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Service;

/// <summary>An answer as the customer sees it.</summary>
internal sealed record PublicAnswer(DateTimeOffset At, string Text);

/// <summary>A ticket as the person who filled in the form sees it (处理进度, S076): no names, no notes, nothing of the customer record.</summary>
internal sealed record PublicTicket(
    string Number, string Subject, string? Description, TicketStatus Status, DateTimeOffset OpenedAt, DateTimeOffset? ResolvedAt, IReadOnlyList<PublicAnswer> Answers, int? Score, string? Comment)
{
    public static PublicTicket Of(Ticket ticket) => new(
        ticket.Number, ticket.Subject, ticket.Description, ticket.Status, ticket.OpenedAt, ticket.ResolvedAt,
        [.. ticket.Answers.Where(a => !a.Internal).Select(a => new PublicAnswer(a.At, a.Text))], ticket.Score, ticket.Comment);
}

/// <summary>Looks at a ticket by the secret link of the form.</summary>
internal static class FollowTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) => tickets.MapGet("{token}", async (HttpContext http, string token) =>
    {
        var store = http.RequestServices.GetRequiredService<DocumentStore>();
        http.Response.Headers.CacheControl = "no-store";
        var ticket = await store.Query.AggregateStreamAsync<Ticket>(await TicketLink.FindAsync(store, token, http.RequestAborted), ct: http.RequestAborted);
        return Results.Json(PublicTicket.Of(ticket ?? throw ProblemException.NotFound()), EventSerializer.Documents);
    }).AllowAnonymous().WithName("FollowTicket").Produces<PublicTicket>().ProducesProblem(404).ProducesProblem(429).RequireRateLimiting(PublicFormLimits.Follow);
}

/// <summary>The secret link of the form.</summary>
internal static class TicketLink
{
    /// <summary>The ticket of a token.</summary>
    /// <exception cref="ProblemException">404: there is no such link.</exception>
    public static async Task<Guid> FindAsync(DocumentStore store, string token, CancellationToken ct)
    {
        if (token.Length > 100 || !Base64Url.IsValid(token)) throw ProblemException.NotFound();
        await using var command = store.DataSource.CreateCommand("select ticket_id from service.ticket_links where token_hash = $1");
        command.Parameters.Add(Statement.Parameter(SHA256.HashData(Base64Url.DecodeFromChars(token))));
        return await command.ExecuteScalarAsync(ct) as Guid? ?? throw ProblemException.NotFound();
    }
}
