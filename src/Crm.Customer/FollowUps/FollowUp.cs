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
internal sealed record FollowUp(
    Guid Id, DateTimeOffset At, FollowUpMethod Method, [property: Personal(PersonalKind.Text, Required = true)] string Summary, [property: Personal(PersonalKind.Text)] string? Objections,
    [property: Personal(PersonalKind.Text)] string? ChangedNeeds, [property: Personal(PersonalKind.Text)] string? Promises, [property: Personal(PersonalKind.Text)] string[] Participants, FollowUpPlan? Next,
    string AuthorId, string? AuthorName, DateTimeOffset CreatedAt);
