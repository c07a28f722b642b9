namespace Crm.Contracts;

/// <summary>
/// A customer went into the pool (公海, X10): nobody is responsible for it and whoever may claim customers can take it. Who was responsible stops being it by a
/// <see cref="CustomerOwnerChanged"/> in the same transaction.
/// </summary>
/// <param name="From">Who was responsible until then, null if nobody; for a while this person cannot claim it.</param>
/// <param name="Cause"><c>released</c> by somebody, whose reason is in the event's circumstances, or <c>recycled</c> by the rules of the pool.</param>
/// <param name="Days">Of a recycled customer: for how many days nobody had followed up.</param>
public sealed record CustomerPooled(Guid? From, string Cause, int? Days);

/// <summary>Somebody took a customer out of the pool and is responsible for it from now on (X10).</summary>
/// <param name="By">The user.</param>
public sealed record CustomerClaimed(Guid By);

/// <summary>A customer was taken out of the pool again, to whoever had it before (X10).</summary>
/// <param name="To">Who is responsible again; null if nobody was.</param>
public sealed record CustomerReturned(Guid? To);

/// <summary>Who is responsible for a customer was warned that it goes into the pool unless somebody follows up (X10).</summary>
/// <param name="OwnerId">Who was warned.</param>
/// <param name="On">The day, in the organisation's zone; null if the warning does not hold any more, because the rules changed or protect the customer now.</param>
public sealed record CustomerRecycleAnnounced(Guid OwnerId, DateOnly? On);
