using System.Globalization;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>What the organisation has settled about opportunities, asked of every decision that enters or changes one: custom fields (S009) and validation rules (S010–S013).</summary>
internal static class OpportunityChecks
{
    /// <summary>The events with what follows from them, or why they are refused.</summary>
    /// <param name="settings">What was settled.</param>
    /// <param name="opportunity">The opportunity before; null for a new one.</param>
    /// <param name="events">The events.</param>
    /// <param name="now">The circumstances.</param>
    public static Decision Checked(FieldSettings settings, Opportunity? opportunity, Decision events, Now now)
    {
        if (events.Rejection is not null || events.Events.Count == 0) return events;
        if (settings.IsQuiet("opportunities") && !events.Events.Any(e => e is OpportunityOpened { Custom: not null } or OpportunityDetailsChanged { Custom: not null })) return events;
        var after = events.Events.Aggregate(opportunity, (state, data) => Next(state, data, now))!;
        return RecordFields.Checked(settings, "opportunities", opportunity is null ? null : Of(opportunity), Of(after), events,
            hidden => new OpportunityDetailsChanged(after.Name, after.CustomerId, Custom: hidden), events.Events.Any(e => e is OpportunityOpened or OpportunityDetailsChanged));
    }

    /// <summary>The state after what an event will say.</summary>
    public static Opportunity? Next(Opportunity? state, object data, Now now) => Opportunity.Evolve(state, new()
    {
        Id = now.NewId, StreamId = state?.Id ?? now.NewId, Version = (state?.Version ?? 0) + 1, Timestamp = now.At, Data = data, Type = "", Context = new EventContext(now.UserId, ""), EffectiveAt = now.At,
    });

    private static RecordFields Of(Opportunity x) => new(x.Custom, field => field switch
    {
        "name" => x.Name,
        "customerId" => x.CustomerId?.ToString(),
        "pipelineId" => x.PipelineId.ToString(),
        "stage" => x.Stage,
        "stageKind" => JsonNamingPolicy.CamelCase.ConvertName(x.StageKind.ToString()),
        "amount" => x.Amount?.Amount.ToString(CultureInfo.InvariantCulture),
        "probability" => x.Probability.ToString(CultureInfo.InvariantCulture),
        "expectedCloseDate" => x.ExpectedCloseDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "ownerId" => x.OwnerId?.ToString(),
        "lostReason" => Patch.OrNull(x.LostReason),
        "competitors" => Joined(x.Competitors),
        "decisionMakers" => Joined(x.DecisionMakers),
        "lines" => x.Lines.Length == 0 ? null : x.Lines.Length.ToString(CultureInfo.InvariantCulture),
        "nextStep" => x.NextStep,
        _ => null,
    });

    private static string? Joined(string[] names) => names.Length == 0 ? null : string.Join(',', names);
}
