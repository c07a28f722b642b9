using System.Text.Json;

namespace Crm.Contracts;

/// <summary>The way a ticket came in (S073).</summary>
public enum TicketChannel
{
    /// <summary>A call.</summary>
    Phone,

    /// <summary>The public form.</summary>
    Form,

    /// <summary>An e-mail.</summary>
    Email,

    /// <summary>A portal of the organisation.</summary>
    Portal,

    /// <summary>Another program.</summary>
    Api,
}

/// <summary>How urgent a ticket is.</summary>
public enum TicketPriority
{
    /// <summary>Can wait.</summary>
    Low,

    /// <summary>The usual.</summary>
    Normal,

    /// <summary>Before the usual.</summary>
    High,

    /// <summary>Before everything else.</summary>
    Urgent,
}

/// <summary>Who wrote through the public form: what the person said of themselves, not a reference to a customer.</summary>
/// <param name="Name">The name as typed.</param>
/// <param name="Phone">The phone number as typed.</param>
/// <param name="Email">The e-mail address as typed, if any.</param>
public sealed record Requester(
    [property: Personal(PersonalKind.Name, Required = true)] string Name, [property: Personal(PersonalKind.Phone, Required = true)] string Phone,
    [property: Personal(PersonalKind.Email)] string? Email);

/// <summary>A ticket was opened by an agent or through the public form (S073); both clocks start: 2 h to the first answer, 24 h to the solution (S074, S075, X5).</summary>
/// <param name="Number">The number people say, unique: <c>T-000123</c>. Gaps occur.</param>
/// <param name="Subject">What it is about, in one line.</param>
/// <param name="Description">The whole of it.</param>
/// <param name="CustomerId">The customer, if known.</param>
/// <param name="ContactId">The customer's contact, if known.</param>
/// <param name="Channel">The way it came in.</param>
/// <param name="Category">The kind of problem (问题类型, S076) in the organisation's words.</param>
/// <param name="Priority">How urgent it is.</param>
/// <param name="Requester">Who filled in the public form; null for a ticket an agent opened.</param>
/// <param name="Custom">The organisation's own fields: text, number or truth value.</param>
/// <param name="Unique">The keys of <paramref name="Custom"/> whose fields were unique; null for none.</param>
public sealed record TicketOpened(
    string Number, [property: Personal(PersonalKind.Name, Required = true)] string Subject, [property: Personal(PersonalKind.Text)] string? Description, Guid? CustomerId, Guid? ContactId, TicketChannel Channel, string? Category, TicketPriority Priority,
    Requester? Requester, [property: Personal(PersonalKind.Text)] IReadOnlyDictionary<string, JsonElement>? Custom = null, string[]? Unique = null);

/// <summary>Fields of a ticket changed; absent members stayed, <paramref name="Cleared"/> names those that were emptied.</summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="Subject">The new subject.</param>
/// <param name="Description">The new description.</param>
/// <param name="CustomerId">The customer the ticket now belongs to.</param>
/// <param name="PreviousCustomerId">The customer it belonged to until now, if the customer changed or was cleared.</param>
/// <param name="ContactId">The new contact.</param>
/// <param name="Category">The new kind of problem.</param>
/// <param name="Priority">The new priority.</param>
/// <param name="Custom">The organisation's own fields that changed; a JSON null removed one.</param>
/// <param name="Cleared">JSON names of emptied members.</param>
/// <param name="MergeId">The merge of customers with which it went to another customer, or with whose undoing it went back; null if somebody said so.</param>
/// <param name="Unique">The keys of <paramref name="Custom"/> whose fields were unique; null for none.</param>
public sealed record TicketDetailsChanged(
    string Number, [property: Personal(PersonalKind.Name)] string? Subject, [property: Personal(PersonalKind.Text)] string? Description, Guid? CustomerId, Guid? PreviousCustomerId, Guid? ContactId, string? Category, TicketPriority? Priority,
    [property: Personal(PersonalKind.Text)] IReadOnlyDictionary<string, JsonElement>? Custom, string[]? Cleared, Guid? MergeId = null, string[]? Unique = null);

/// <summary>A ticket was given to an agent.</summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="CustomerId">The ticket's customer, if known.</param>
/// <param name="AssigneeId">The agent.</param>
/// <param name="PreviousAssigneeId">The agent who had it before.</param>
public sealed record TicketAssigned(string Number, Guid? CustomerId, Guid AssigneeId, Guid? PreviousAssigneeId);

/// <summary>Something was said about a ticket. The first public answer stops the first-response clock (S074).</summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="CustomerId">The ticket's customer, if known.</param>
/// <param name="AnswerId">Identity of the answer.</param>
/// <param name="AuthorId">The user who wrote it; null for a client without a user.</param>
/// <param name="Text">The answer.</param>
/// <param name="Internal">A note for colleagues, which the customer never sees and no clock heeds.</param>
public sealed record TicketAnswered(string Number, Guid? CustomerId, Guid AnswerId, Guid? AuthorId, [property: Personal(PersonalKind.Text, Required = true)] string Text, bool Internal);

/// <summary>A ticket was solved; the solution clock stops (S075). The text is a public answer: it stops the first-response clock if nothing did before.</summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="CustomerId">The ticket's customer, if known.</param>
/// <param name="AnswerId">Identity of the answer that tells the solution.</param>
/// <param name="AuthorId">The user who solved it; null for a client without a user.</param>
/// <param name="Text">The solution as told to the customer.</param>
public sealed record TicketResolved(string Number, Guid? CustomerId, Guid AnswerId, Guid? AuthorId, [property: Personal(PersonalKind.Text, Required = true)] string Text);

/// <summary>A solved or closed ticket was taken up again; the solution clock goes on where it stopped, the first response stays answered.</summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="CustomerId">The ticket's customer, if known.</param>
/// <param name="Reason">Why.</param>
public sealed record TicketReopened(string Number, Guid? CustomerId, [property: Personal(PersonalKind.Text, Required = true)] string Reason);

/// <summary>The customer's satisfaction with a solved ticket (S076, S114). A later rating replaces it.</summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="CustomerId">The ticket's customer, if known.</param>
/// <param name="Score">1 (bad) to 5 (good).</param>
/// <param name="Comment">What the customer added.</param>
/// <param name="ByCustomer">True when given through the secret link, false when an agent wrote it down.</param>
public sealed record TicketRated(string Number, Guid? CustomerId, int Score, [property: Personal(PersonalKind.Text)] string? Comment, bool ByCustomer);

/// <summary>
/// What a ticket says of a person was taken away for good, because its customer was erased: the words of description, answers and comment, and who filled in the
/// form, and the subject. Number, clocks, score and times stay, and with them every figure.
/// </summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="CustomerId">The customer that was erased.</param>
/// <param name="Placeholder">What stands for the subject now; null in events from before subjects were encrypted, which leave it.</param>
public sealed record TicketErased(string Number, Guid? CustomerId, string? Placeholder = null);

/// <summary>A solved ticket was closed.</summary>
/// <param name="Number">The ticket's number.</param>
/// <param name="CustomerId">The ticket's customer, if known.</param>
public sealed record TicketClosed(string Number, Guid? CustomerId);
