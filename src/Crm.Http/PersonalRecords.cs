using System.Text.Json.Nodes;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>What a module keeps about customers beside the customer itself: tickets, rows of imports.</summary>
public interface IPersonalRecords
{
    /// <summary>What it is called in a report: the resource's name.</summary>
    string Name { get; }

    /// <summary>Adds to the session what takes personal data away for good: events, destroyed keys, emptied rows.</summary>
    /// <param name="customer">The customer.</param>
    /// <param name="contact">Only what concerns this contact; null for the customer and everybody there.</param>
    /// <param name="session">Saved by the caller together with the erasure itself.</param>
    /// <param name="ct">Cancels the look-ups.</param>
    Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct);

    /// <summary>Everything it keeps about a customer, in plain, for the person who asks what is known of them; null where it only copies what others keep.</summary>
    Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct);
}
