using Crm.Contracts;

namespace Crm.Customers;

/// <summary>A follow-up as it is shown and listed (S044–S046).</summary>
/// <param name="Id">Identity within the customer.</param>
/// <param name="At">When it happened.</param>
/// <param name="Method">By what means.</param>
/// <param name="Summary">What was said.</param>
/// <param name="Objections">What the customer objected to.</param>
/// <param name="ChangedNeeds">How the needs changed.</param>
/// <param name="Promises">What was promised.</param>
/// <param name="Participants">Names of those who took part.</param>
/// <param name="Next">What was to happen next.</param>
/// <param name="AuthorId">Who wrote it down.</param>
/// <param name="AuthorName">The author's name.</param>
/// <param name="CreatedAt">When it was written down.</param>
/// <param name="ParticipantUserIds">Users who took part.</param>
/// <param name="ParticipantContactIds">Contacts of the customer who took part, those left out that were erased since.</param>
/// <param name="People">Users and contacts who took part, by the names they have now.</param>
/// <param name="AttachmentIds">Files of the customer that were put with it when it was written down.</param>
internal sealed record FollowUp(
    Guid Id, DateTimeOffset At, FollowUpMethod Method, [property: Personal(PersonalKind.Text, Required = true)] string Summary, [property: Personal(PersonalKind.Text)] string? Objections,
    [property: Personal(PersonalKind.Text)] string? ChangedNeeds, [property: Personal(PersonalKind.Text)] string? Promises, [property: Personal(PersonalKind.Text)] string[] Participants, FollowUpPlan? Next,
    string AuthorId, string? AuthorName, DateTimeOffset CreatedAt, Guid[] AttachmentIds, Guid[]? ParticipantUserIds = null, Guid[]? ParticipantContactIds = null, FollowUpPerson[]? People = null);

/// <summary>Somebody who took part in a follow-up.</summary>
/// <param name="Type"><c>user</c> or <c>contact</c>.</param>
/// <param name="Id">The user or contact.</param>
/// <param name="Name">The name; null for a contact that was removed, or whose name the caller may not see.</param>
internal sealed record FollowUpPerson(string Type, Guid Id, string? Name);
