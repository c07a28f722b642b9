using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Pipeline;

/// <summary>
/// Who has which external key, kept in the transaction of the change: the constraint decides. The keys of a deleted opportunity are free
/// for another.
/// </summary>
internal sealed class OpportunityKeys : TableProjection
{
    public override string Name => "pipeline.opportunity_keys";

    public override IReadOnlyCollection<Type> Events { get; } =
        [typeof(OpportunityOpened), typeof(OpportunityDetailsChanged), typeof(OpportunityDeleted), typeof(OpportunityUndeleted)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case OpportunityOpened x:
                foreach (var (system, value) in x.ExternalKeys ?? new Dictionary<string, string>()) Set(system, value, x.Name);
                break;
            case OpportunityDetailsChanged x:
                foreach (var (system, value) in x.ExternalKeys ?? new Dictionary<string, string?>())
                {
                    sql.Add($"delete from pipeline.opportunity_keys where opportunity_id = {e.StreamId} and system = {system}");
                    if (value is not null) Set(system, value, x.Name);
                }
                if (x.PreviousName is not null) sql.Add($"update pipeline.opportunity_keys set name = {x.Name} where opportunity_id = {e.StreamId}");
                break;
            case OpportunityDeleted:
                sql.Add($"update pipeline.opportunity_keys set deleted = true where opportunity_id = {e.StreamId}");
                break;
            case OpportunityUndeleted:
                sql.Add($"update pipeline.opportunity_keys set deleted = false where opportunity_id = {e.StreamId}");
                break;
        }

        void Set(string system, string value, string name) =>
            sql.Add($"insert into pipeline.opportunity_keys (opportunity_id, system, value, name, deleted) values ({e.StreamId}, {system}, {value}, {name}, false)");
    }

    public override void Reset(SqlBatch sql) => sql.Add($"truncate pipeline.opportunity_keys");
}
