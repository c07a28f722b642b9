using System.Collections.Immutable;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Corrects what was written down of a follow-up; fields that are not sent stay. Its author may, and whoever may delete the customer.</summary>
/// <param name="At">When it happened; not in the future.</param>
/// <param name="Method"><c>phone visit email message other</c>.</param>
/// <param name="Summary">What was said, at most 4,000 characters; cannot be emptied.</param>
/// <param name="Objections">What the customer objected to, at most 2,000 characters.</param>
/// <param name="ChangedNeeds">How the needs changed, at most 2,000 characters.</param>
/// <param name="Promises">What was promised, at most 2,000 characters.</param>
/// <param name="Participants">Names of those who took part, at most 50.</param>
/// <param name="ParticipantUserIds">Users who took part, at most 50.</param>
/// <param name="ParticipantContactIds">Contacts of the customer who took part, at most 50.</param>
internal sealed record CorrectFollowUp(
    DateTimeOffset? At, FollowUpMethod? Method, string? Summary, string? Objections, string? ChangedNeeds, string? Promises, string[]? Participants,
    Guid[]? ParticipantUserIds = null, Guid[]? ParticipantContactIds = null) : IPatch
{
    /// <inheritdoc />
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<CorrectFollowUp>
    {
        public Validator()
        {
            RuleFor(x => x.Method).IsInEnum();
            RuleFor(x => x.Summary).MaximumLength(4000).Must((x, summary) => summary is null ? !x.Cleared.Contains("summary") : !string.IsNullOrWhiteSpace(summary))
                .WithErrorCode("required").WithMessage(_ => Rules.Pick("必须填写。", "It must be filled in."));
            RuleFor(x => x.Objections).MaximumLength(2000);
            RuleFor(x => x.ChangedNeeds).MaximumLength(2000);
            RuleFor(x => x.Promises).MaximumLength(2000);
            RuleFor(x => x.Participants).Participants();
            RuleForEach(x => x.Participants).NotEmpty().Line(100);
            RuleFor(x => x.ParticipantUserIds).Participants();
            RuleFor(x => x.ParticipantContactIds).Participants();
        }
    }
}

/// <summary>Takes back a follow-up that never happened. Its author may, and whoever may delete the customer.</summary>
internal sealed record RemoveFollowUp;

/// <summary>A follow-up as it stands, and who may touch it.</summary>
/// <param name="Stands">What holds of it; null if there is none.</param>
/// <param name="AuthorId">Who wrote it down.</param>
/// <param name="OthersLastAt">When somebody was last in touch, this one aside.</param>
/// <param name="IsManager">Whether the caller may correct what others wrote.</param>
internal sealed record FollowUpFacts(FollowUpCorrected? Stands, string AuthorId, DateTimeOffset CreatedAt, DateTimeOffset? OthersLastAt, bool IsManager)
{
    /// <summary>Its files.</summary>
    public Guid[] AttachmentIds { get; init; } = [];

    public static async Task<FollowUpFacts> LoadAsync(Customer customer, CommandScope scope)
    {
        var id = Guid.Parse(scope.Route("followUpId"));
        var access = Access.Of(scope.Http);
        var isManager = await access.MayAsync(Right.Delete("customers"), scope.Service<Resource<Customer>>(), customer, scope.Aborted);
        return Of(id, await scope.Store.Query.FetchStreamAsync(scope.Id, 0, scope.Aborted), isManager);
    }

    public static FollowUpFacts Of(Guid id, IReadOnlyList<Event> events, bool isManager)
    {
        var all = new Dictionary<Guid, (FollowUpCorrected Stands, string Author, DateTimeOffset CreatedAt, Guid[] Files)>();
        foreach (var e in events)
            switch (e.Data)
            {
                case FollowUpLogged x:
                    all[x.FollowUpId] = (new FollowUpCorrected
                    {
                        FollowUpId = x.FollowUpId, At = x.At, Method = x.Method, Summary = x.Summary, Objections = x.Objections, ChangedNeeds = x.ChangedNeeds, Promises = x.Promises, Participants = x.Participants,
                        ParticipantUserIds = x.ParticipantUserIds, ParticipantContactIds = x.ParticipantContactIds, LastAt = x.At,
                    }, e.Context.UserName, e.Timestamp, x.AttachmentIds ?? []);
                    break;
                case FollowUpCorrected x when all.TryGetValue(x.FollowUpId, out var known): all[x.FollowUpId] = known with { Stands = x }; break;
                case FollowUpRemoved x: all.Remove(x.FollowUpId); break;
            }
        var others = all.Where(f => f.Key != id).Select(f => (DateTimeOffset?)f.Value.Stands.At).Max();
        return all.TryGetValue(id, out var one) ? new(one.Stands, one.Author, one.CreatedAt, others, isManager) { AttachmentIds = one.Files } : new(null, "", default, others, isManager);
    }
}

internal static class CorrectFollowUpFeature
{
    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapCommand<CorrectFollowUp, Customer, FollowUpFacts>("{id:guid}/follow-ups/{followUpId:guid}", Right.Change("customers"), async (command, customer, scope) =>
            {
                await ReferenceFacts.CheckUsersAsync("participantUserIds", command.ParticipantUserIds, scope);
                return await FollowUpFacts.LoadAsync(customer, scope);
            },
            Decide, "PATCH", new RecordPart<Customer>("follow-ups", "followUpId", Show));
        customers.MapCommand<RemoveFollowUp, Customer, FollowUpFacts>("{id:guid}/follow-ups/{followUpId:guid}", Right.Change("customers"), (_, customer, scope) => FollowUpFacts.LoadAsync(customer, scope),
            Decide, "DELETE", new RecordPart<Customer>("follow-ups", "followUpId", _ => ValueTask.FromResult<object?>(null)));
    }

    public static Decision Decide(CorrectFollowUp command, Customer customer, FollowUpFacts facts, Now now)
    {
        if (Refusal(customer, facts, now) is { } refusal) return refusal;
        if (command.At > now.At.AddMinutes(1)) return CustomerErrors.FollowUpInFuture;
        var before = facts.Stands!;
        // Who took part then may have been removed since.
        if (CustomerErrors.UnknownAmong(command.ParticipantContactIds?.Except(before.ParticipantContactIds ?? []), customer) is { } unknown) return unknown;
        var at = command.At?.ToUniversalTime() ?? before.At;
        string[]? participants = command.Participants is { } named ? [.. named.Select(p => Rules.Clean(p)!).Distinct()] : command.Cleared.Contains("participants") ? null : before.Participants;
        var after = before with
        {
            At = at,
            Method = command.Method ?? before.Method,
            Summary = command.Summary?.Trim() ?? before.Summary,
            Objections = Next(command.Objections, before.Objections, "objections"),
            ChangedNeeds = Next(command.ChangedNeeds, before.ChangedNeeds, "changedNeeds"),
            Promises = Next(command.Promises, before.Promises, "promises"),
            Participants = participants is { Length: 0 } ? null : participants,
            ParticipantUserIds = People(command.ParticipantUserIds, before.ParticipantUserIds, "participantUserIds"),
            ParticipantContactIds = People(command.ParticipantContactIds, before.ParticipantContactIds, "participantContactIds"),
            LastAt = facts.OthersLastAt > at ? facts.OthersLastAt.Value : at,
        };
        var unchanged = (after with { Participants = before.Participants, ParticipantUserIds = before.ParticipantUserIds, ParticipantContactIds = before.ParticipantContactIds, LastAt = before.LastAt }) == before
            && (after.Participants ?? []).SequenceEqual(before.Participants ?? []) && (after.ParticipantUserIds ?? []).SequenceEqual(before.ParticipantUserIds ?? [])
            && (after.ParticipantContactIds ?? []).SequenceEqual(before.ParticipantContactIds ?? []);
        return unchanged ? Decision.Nothing : [after];

        string? Next(string? value, string? old, string field) => value is not null ? Rules.Clean(value) : command.Cleared.Contains(field) ? null : old;
        Guid[]? People(Guid[]? value, Guid[]? old, string field) => value is not null ? value.Length == 0 ? null : [.. value.Distinct()] : command.Cleared.Contains(field) ? null : old;
    }

    public static Decision Decide(RemoveFollowUp command, Customer customer, FollowUpFacts facts, Now now) =>
        Refusal(customer, facts, now) is { } refusal ? refusal : [new FollowUpRemoved(facts.Stands!.FollowUpId, facts.OthersLastAt)];

    private static Rejection? Refusal(Customer customer, FollowUpFacts facts, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ when facts.Stands is null => CustomerErrors.UnknownFollowUp,
        _ when facts.AuthorId != now.UserId && !facts.IsManager => CustomerErrors.NotTheAuthor,
        _ => null,
    };

    private static async ValueTask<object?> Show(PartScope<Customer> part)
    {
        var facts = FollowUpFacts.Of(part.Id, [.. await part.Command.Store.Query.FetchStreamAsync(part.Command.Id, 0, part.Command.Aborted), .. part.Events], false);
        var x = facts.Stands!;
        var names = await part.Command.Service<IUserDirectory>().NamesAsync([facts.AuthorId], part.Command.Aborted);
        return new FollowUp(x.FollowUpId, x.At, x.Method, x.Summary, x.Objections, x.ChangedNeeds, x.Promises, x.Participants ?? [], null, facts.AuthorId, names.GetValueOrDefault(facts.AuthorId), facts.CreatedAt, facts.AttachmentIds,
            x.ParticipantUserIds ?? [], x.ParticipantContactIds ?? [], await FollowUpList.PeopleAsync(part, x.ParticipantUserIds, x.ParticipantContactIds));
    }
}
