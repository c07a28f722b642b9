using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Analytics.Tests;

/// <summary>The reports told by the slowest means: every opportunity folded from its events for every question. Shares no code with the reports.</summary>
internal sealed class Model
{
    private readonly List<List<Step>> opportunities;
    private readonly List<List<Step>> users;

    public Model(IReadOnlyList<Told> events)
    {
        var positions = new Dictionary<string, int>();
        var streams = new Dictionary<Guid, List<Step>>();
        foreach (var e in events)
        {
            var stages = (e.Data as PipelineDefined)?.Stages ?? (e.Data as PipelineStagesChanged)?.Stages;
            if (stages is not null) positions = stages.Select((s, i) => (s.Code, i)).ToDictionary(p => p.Code, p => p.i);
            if (!streams.TryGetValue(e.Stream, out var steps)) streams.Add(e.Stream, steps = []);
            var effective = e.Effective(History.Zone);
            // Neither axis runs backwards within a stream.
            steps.Add(new Step(e.Data, e.Known, steps.Count > 0 && steps[^1].True > effective ? steps[^1].True : effective, positions));
        }
        opportunities = [.. streams.Values.Where(s => s[0].Data is OpportunityOpened)];
        users = [.. streams.Values.Where(s => s[0].Data is UserRegistered)];
        UserIds = [.. streams.Where(s => s.Value[0].Data is UserRegistered).Select(s => s.Key)];
    }

    private List<Guid> UserIds { get; }

    public sealed record Stay(string Stage, StageKind Kind, DateTimeOffset Entered, DateTimeOffset? Left, bool Advanced);

    public sealed record State(string Stage, StageKind Kind, Guid? Owner, string? Department, Guid? Customer, Money? Amount, DateTimeOffset Opened, DateTimeOffset Entered, IReadOnlyList<Stay> Stays, Guid Key);

    private sealed record Step(object Data, DateTimeOffset Known, DateTimeOffset True, Dictionary<string, int> Positions);

    /// <summary>Every opportunity that exists at an instant, true or known.</summary>
    public IEnumerable<State> At(DateTimeOffset at, Basis basis)
    {
        foreach (var steps in opportunities)
        {
            var prefix = steps.TakeWhile(s => (basis == Basis.Recorded ? s.Known : s.True) <= at).ToList();
            if (prefix.LastOrDefault(s => s.Data is OpportunityDeleted or OpportunityUndeleted)?.Data is OpportunityDeleted || prefix.Count == 0) continue;
            var opened = (OpportunityOpened)prefix[0].Data;
            var (owner, customer, amount) = (opened.OwnerId, opened.CustomerId, opened.Amount);
            var entries = new List<(string Stage, StageKind Kind, Step Step)>();
            foreach (var step in prefix)
            {
                switch (step.Data)
                {
                    case OpportunityOpened x: entries.Add((x.Stage, StageKind.Open, step)); break;
                    case OpportunityMoved x: entries.Add((x.To, StageKind.Open, step)); customer = x.CustomerId; break;
                    case OpportunityReopened x: entries.Add((x.To, StageKind.Open, step)); customer = x.CustomerId; break;
                    case OpportunityWon x: entries.Add((x.Stage, StageKind.Won, step)); (customer, owner, amount) = (x.CustomerId, x.OwnerId, x.Amount); break;
                    case OpportunityLost x: entries.Add((x.Stage, StageKind.Lost, step)); (customer, owner, amount) = (x.CustomerId, x.OwnerId, x.Amount); break;
                    case OpportunityOwnerChanged x: owner = x.OwnerId; break;
                    case OpportunityDetailsChanged x:
                        customer = x.CustomerId;
                        amount = x.Amount ?? (x.Cleared?.Contains("amount") == true ? null : amount);
                        break;
                }
            }
            var stays = entries.Select((e, i) => new Stay(
                e.Stage, e.Kind, e.Step.True, i + 1 < entries.Count ? entries[i + 1].Step.True : null,
                e.Kind == StageKind.Open && entries.Skip(i + 1).Any(l => l.Kind == StageKind.Won || (l.Kind == StageKind.Open && l.Step.Positions[l.Stage] > e.Step.Positions[e.Stage])))).ToList();
            yield return new State(entries[^1].Stage, entries[^1].Kind, owner, Department(owner, at, basis), customer, amount, prefix[0].True, entries[^1].Step.True, stays, customer ?? Guid.CreateVersion7());
        }
    }

    private string? Department(Guid? user, DateTimeOffset at, Basis basis)
    {
        if (user is not { } id) return null;
        var steps = users[UserIds.IndexOf(id)];
        var department = ((UserRegistered)steps[0].Data).Department;
        foreach (var step in steps.Skip(1).TakeWhile(s => (basis == Basis.Recorded ? s.Known : s.True) <= at)) department = ((UserChanged)step.Data).Department ?? department;
        return department;
    }
}
