using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Pipeline;

/// <summary>
/// In which stage each opportunity is, kept in the transaction of the change. An open one refers to its stage by foreign key, so that the
/// database itself refuses to remove a stage under a card that is being moved into it. However many events are saved together, an import's
/// too, they take two statements.
/// </summary>
internal sealed class OpportunityStages : Projection
{
    public override string Name => "pipeline.opportunity_stages";

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(OpportunityOpened), typeof(OpportunityMoved), typeof(OpportunityWon), typeof(OpportunityLost), typeof(OpportunityReopened), typeof(OpportunityDeleted),
        typeof(OpportunityUndeleted),
    ];

    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var rows = new Dictionary<Guid, Row>();
        foreach (var e in page)
        {
            var row = rows.GetValueOrDefault(e.StreamId, default);
            rows[e.StreamId] = e.Data switch
            {
                OpportunityOpened x => new(x.PipelineId, x.Stage, false, false),
                OpportunityMoved x => row with { Stage = x.To, Closed = false },
                OpportunityWon x => row with { Stage = x.Stage, Closed = true },
                OpportunityLost x => row with { Stage = x.Stage, Closed = true },
                OpportunityReopened x => row with { Stage = x.To, Closed = false },
                OpportunityDeleted => row with { Deleted = true },
                OpportunityUndeleted => row with { Deleted = false },
                _ => row,
            };
        }
        var opened = rows.Where(r => r.Value.Pipeline is not null).ToList();
        var changed = rows.Where(r => r.Value.Pipeline is null).ToList();
        if (opened.Count > 0)
            sql.Add($"""
                insert into {sql.Table("pipeline.opportunity_stages")} (opportunity_id, pipeline_id, stage, closed, deleted)
                select * from unnest({Ids(opened)}, {opened.Select(r => r.Value.Pipeline!.Value).ToArray()}, {Stages(opened)}, {Closed(opened)}, {Deleted(opened)})
                """);
        if (changed.Count > 0)
            sql.Add($"""
                update {sql.Table("pipeline.opportunity_stages")} o set stage = coalesce(u.stage, o.stage), closed = coalesce(u.closed, o.closed), deleted = coalesce(u.deleted, o.deleted)
                from unnest({Ids(changed)}, {Stages(changed)}, {Closed(changed)}, {Deleted(changed)}) as u(id, stage, closed, deleted)
                where o.opportunity_id = u.id
                """);
        return ValueTask.CompletedTask;
    }

    private static Guid[] Ids(List<KeyValuePair<Guid, Row>> rows) => [.. rows.Select(r => r.Key)];

    private static string?[] Stages(List<KeyValuePair<Guid, Row>> rows) => [.. rows.Select(r => r.Value.Stage)];

    private static bool?[] Closed(List<KeyValuePair<Guid, Row>> rows) => [.. rows.Select(r => r.Value.Closed)];

    private static bool?[] Deleted(List<KeyValuePair<Guid, Row>> rows) => [.. rows.Select(r => r.Value.Deleted)];

    /// <summary>What the page says of one opportunity; null where it says nothing.</summary>
    private readonly record struct Row(Guid? Pipeline, string? Stage, bool? Closed, bool? Deleted);
}
