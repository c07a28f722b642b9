namespace Crm.Customers;

/// <summary>That somebody agreed to their data being used, and whether that still holds (S099).</summary>
/// <param name="Id">Identity within the customer.</param>
/// <param name="ContactId">The contact who agreed; null for the customer.</param>
/// <param name="Purpose">What for.</param>
/// <param name="TextVersion">Which text they agreed to.</param>
/// <param name="Channel">How: <c>written web email phone verbal other</c>.</param>
/// <param name="GivenOn">The day it was given.</param>
/// <param name="WithdrawnOn">The day it was withdrawn; null while it holds.</param>
/// <param name="WithdrawnBy">How it was withdrawn.</param>
internal sealed record Consent(Guid Id, Guid? ContactId, string Purpose, string TextVersion, string Channel, DateOnly GivenOn, DateOnly? WithdrawnOn = null, string? WithdrawnBy = null);
