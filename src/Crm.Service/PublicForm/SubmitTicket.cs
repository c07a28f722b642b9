using System.Buffers.Text;
using System.Security.Cryptography;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>
/// Opens a ticket through the public form, without an account (S073). The customer is found by phone or e-mail inside the server;
/// the answer is the same whether there is one or not.
/// </summary>
/// <param name="Name">Who asks, at most 100 characters.</param>
/// <param name="Phone">Where to call back, at most 40 characters.</param>
/// <param name="Email">Where to write to, at most 254 characters.</param>
/// <param name="Subject">What it is about, one line of at most 200 characters.</param>
/// <param name="Description">The whole of it, at most 8,000 characters.</param>
/// <param name="Type">The kind of problem (S076).</param>
internal sealed record SubmitTicket(string Name, string Phone, string? Email, string Subject, string Description, string? Type)
{
    internal sealed class Validator : AbstractValidator<SubmitTicket>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().Line(100);
            RuleFor(x => x.Phone).NotEmpty().Line(40).Must(phone => Reach.Phone(phone) is not null).WithErrorCode("invalid_phone")
                .WithMessage(_ => Rules.Pick("电话格式不正确，例如 13800138000 或 010-62345678。", "The telephone number is not valid, for example 13800138000 or +1 415 555 0100."));
            RuleFor(x => x.Email).Line(254).Must(email => string.IsNullOrWhiteSpace(email) || email.Trim().IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < email.Trim().Length - 1)
                .WithErrorCode("invalid_email").WithMessage(_ => Rules.Pick("邮箱格式不正确，例如 name@example.com。", "The e-mail address is not valid; it looks like name@example.com."));
            RuleFor(x => x.Subject).NotEmpty().Line(200);
            RuleFor(x => x.Description).NotEmpty().MaximumLength(8000);
            RuleFor(x => x.Type).Line(100);
        }
    }
}

/// <summary>What the form answers: the number to say on the phone, and the secret of the link by which the request is followed and rated.</summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="Token">The secret; it is shown once and kept as a hash only.</param>
internal sealed record TicketReceipt(string Number, string Token);

/// <summary>What submitting must know.</summary>
/// <param name="Number">A number nobody has.</param>
/// <param name="Sender">The customer the request is from, if the phone number or address tells.</param>
internal sealed record SubmissionFacts(string Number, Sender? Sender);

internal static class SubmitTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapAnonymous<SubmitTicket>("", 201, SubmitAsync).Produces<TicketReceipt>(201).RequireRateLimiting(PublicFormLimits.Submit);

    private static async Task<object?> SubmitAsync(SubmitTicket command, DocumentSession session, CommandScope scope)
    {
        var facts = new SubmissionFacts(
            await TicketNumbers.NextAsync(scope.Database, scope.Aborted), await Reach.FindAsync(scope.Store, command.Phone, command.Email, scope.Aborted));
        session.StartStream<Ticket>(scope.Id, Decide(command, facts).Events);
        var secret = RandomNumberGenerator.GetBytes(24);
        session.Sql.Add($"insert into service.ticket_links (token_hash, ticket_id, created_at) values ({SHA256.HashData(secret)}, {scope.Id}, {session.Now})");
        return new TicketReceipt(facts.Number, Base64Url.EncodeToString(secret));
    }

    public static Decision Decide(SubmitTicket command, SubmissionFacts facts) =>
    [
        new TicketOpened(
            facts.Number, Rules.Clean(command.Subject)!, Rules.Clean(command.Description), facts.Sender?.CustomerId, facts.Sender?.ContactId, TicketChannel.Form,
            Rules.Clean(command.Type), TicketPriority.Normal, new Requester(Rules.Clean(command.Name)!, Rules.Clean(command.Phone)!, Rules.Clean(command.Email))),
    ];
}
