using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>What is to happen next (S046).</summary>
/// <param name="At">When; after the follow-up.</param>
/// <param name="Goal">What for, at most 500 characters.</param>
/// <param name="OwnerId">Who does it; the customer's owner unless stated.</param>
internal sealed record NextPlan(DateTimeOffset? At, string? Goal, Guid? OwnerId);

/// <summary>Keeps what was said when somebody was in touch with the customer, and what comes next (S044–S046).</summary>
/// <param name="At">When it happened; not in the future.</param>
/// <param name="Method"><c>phone visit email message other</c>.</param>
/// <param name="Summary">What was said, 1 to 4,000 characters.</param>
/// <param name="Objections">What the customer objected to, at most 2,000 characters.</param>
/// <param name="ChangedNeeds">How the needs changed, at most 2,000 characters.</param>
/// <param name="Promises">What was promised, at most 2,000 characters.</param>
/// <param name="Participants">Names of those who took part, at most 50.</param>
/// <param name="Next">What is to happen next.</param>
/// <param name="AttachmentIds">Files of the customer that belong to it, at most 50 (S027).</param>
/// <param name="ParticipantUserIds">Users who took part, at most 50.</param>
/// <param name="ParticipantContactIds">Contacts of the customer who took part, at most 50.</param>
internal sealed record LogFollowUp(
    DateTimeOffset? At, FollowUpMethod? Method, string? Summary, string? Objections, string? ChangedNeeds, string? Promises, string[]? Participants, NextPlan? Next, Guid[]? AttachmentIds = null, Guid[]? ParticipantUserIds = null,
    Guid[]? ParticipantContactIds = null)
{
    internal sealed class Validator : AbstractValidator<LogFollowUp>
    {
        public Validator()
        {
            RuleFor(x => x.At).NotNull();
            RuleFor(x => x.Method).NotNull().IsInEnum();
            RuleFor(x => x.Summary).NotEmpty().MaximumLength(4000);
            RuleFor(x => x.Objections).MaximumLength(2000);
            RuleFor(x => x.ChangedNeeds).MaximumLength(2000);
            RuleFor(x => x.Promises).MaximumLength(2000);
            RuleFor(x => x.Participants).Participants();
            RuleForEach(x => x.Participants).NotEmpty().Line(100);
            RuleFor(x => x.ParticipantUserIds).Participants();
            RuleFor(x => x.ParticipantContactIds).Participants();
            RuleFor(x => x.AttachmentIds).Must(a => a is null || a.Length <= 50).WithErrorCode("too_many").WithMessage(_ => Rules.Pick("最多 50 个附件。", "There are at most 50 attachments."));
            RuleFor(x => x.Next!.At).NotNull().When(x => x.Next is not null);
            RuleFor(x => x.Next!.Goal).MaximumLength(500).When(x => x.Next is not null);
        }
    }
}

internal static class LogFollowUpFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<LogFollowUp, Customer, bool>("{id:guid}/follow-ups", Right.Change("customers"),
        async (command, _, scope) =>
        {
            await AttachmentList.CheckAsync(command.AttachmentIds, scope);
            await ReferenceFacts.CheckUsersAsync("participantUserIds", command.ParticipantUserIds, scope);
            return command.Next?.OwnerId is not { } owner || await ReferenceFacts.IsUserAsync(owner, scope);
        }, Decide, part: new RecordPart<Customer>("follow-ups", null, Show));

    public static Decision Decide(LogFollowUp command, Customer customer, bool planOwnerKnown, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (!planOwnerKnown) return CustomerErrors.UnknownPlanOwner;
        // A minute's grace for clocks that go ahead of ours.
        if (command.At > now.At.AddMinutes(1)) return CustomerErrors.FollowUpInFuture;
        if (command.Next?.At <= command.At) return CustomerErrors.PlanBeforeFollowUp;
        if (CustomerErrors.UnknownAmong(command.ParticipantContactIds, customer) is { } unknown) return unknown;
        string[] participants = [.. (command.Participants ?? []).Select(p => Rules.Clean(p)!).Distinct()];
        return
        [
            new FollowUpLogged
            {
                FollowUpId = now.NewId,
                At = command.At!.Value.ToUniversalTime(),
                Method = command.Method!.Value,
                Summary = command.Summary!.Trim(),
                Objections = Rules.Clean(command.Objections),
                ChangedNeeds = Rules.Clean(command.ChangedNeeds),
                Promises = Rules.Clean(command.Promises),
                Participants = participants.Length == 0 ? null : participants,
                ParticipantUserIds = command.ParticipantUserIds is { Length: > 0 } users ? [.. users.Distinct()] : null,
                ParticipantContactIds = command.ParticipantContactIds is { Length: > 0 } contacts ? [.. contacts.Distinct()] : null,
                Next = command.Next is null ? null : new FollowUpPlan(command.Next.At!.Value.ToUniversalTime(), Rules.Clean(command.Next.Goal), command.Next.OwnerId),
                AttachmentIds = command.AttachmentIds is { Length: > 0 } files ? [.. files.Distinct()] : null,
            },
        ];
    }

    private static async ValueTask<object?> Show(PartScope<Customer> part)
    {
        var (e, x) = (part.Events[0], (FollowUpLogged)part.Events[0].Data);
        var names = await part.Command.Service<IUserDirectory>().NamesAsync([e.Context.UserName], part.Command.Aborted);
        return new FollowUp(x.FollowUpId, x.At, x.Method, x.Summary, x.Objections, x.ChangedNeeds, x.Promises, x.Participants ?? [], x.Next,
            e.Context.UserName, names.GetValueOrDefault(e.Context.UserName), e.Timestamp, x.AttachmentIds ?? [], x.ParticipantUserIds ?? [], x.ParticipantContactIds ?? [],
            await FollowUpList.PeopleAsync(part, x.ParticipantUserIds, x.ParticipantContactIds));
    }
}
