using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>The values of unique custom fields of opportunities; a deleted one holds nothing back.</summary>
internal sealed class OpportunityValues(PersonalData? personal) : TakenValues(Table, personal)
{
    public const string Table = "pipeline.unique_values";

    public override IReadOnlyCollection<Type> Events { get; } =
        [typeof(OpportunityOpened), typeof(OpportunityDetailsChanged), typeof(OpportunityDeleted), typeof(OpportunityUndeleted)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case OpportunityOpened { Unique: { } unique, Custom: { } custom }: Take(sql, e.StreamId, unique, custom); break;
            case OpportunityDetailsChanged { Custom: { } custom } x: Take(sql, e.StreamId, x.Unique, custom); break;
            case OpportunityDeleted: Hold(sql, e.StreamId, false); break;
            case OpportunityUndeleted: Hold(sql, e.StreamId, true); break;
        }
    }
}
