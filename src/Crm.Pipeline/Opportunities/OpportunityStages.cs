using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Pipeline;

/// <summary>
/// In which stage each opportunity is, kept in the transaction of the change. An open one refers to its stage by foreign key, so that the
/// database itself refuses to remove a stage under a card that is being moved into it.
/// </summary>
internal sealed class OpportunityStages : TableProjection
{
    public override string Name => "pipeline.opportunity_stages";

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(OpportunityOpened), typeof(OpportunityMoved), typeof(OpportunityWon), typeof(OpportunityLost), typeof(OpportunityReopened), typeof(OpportunityDeleted),
        typeof(OpportunityUndeleted),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case OpportunityOpened x:
                sql.Add($"insert into pipeline.opportunity_stages (opportunity_id, pipeline_id, stage, closed, deleted) values ({e.StreamId}, {x.PipelineId}, {x.Stage}, false, false)");
                break;
            case OpportunityMoved x:
                Enter(x.To, false);
                break;
            case OpportunityWon x:
                Enter(x.Stage, true);
                break;
            case OpportunityLost x:
                Enter(x.Stage, true);
                break;
            case OpportunityReopened x:
                Enter(x.To, false);
                break;
            case OpportunityDeleted:
                sql.Add($"update pipeline.opportunity_stages set deleted = true where opportunity_id = {e.StreamId}");
                break;
            case OpportunityUndeleted:
                sql.Add($"update pipeline.opportunity_stages set deleted = false where opportunity_id = {e.StreamId}");
                break;
        }

        void Enter(string stage, bool closed) => sql.Add($"update pipeline.opportunity_stages set stage = {stage}, closed = {closed} where opportunity_id = {e.StreamId}");
    }

    public override void Reset(SqlBatch sql) => sql.Add($"truncate pipeline.opportunity_stages");
}
