using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Analytics;

/// <summary>
/// Intervals of opportunities: what was true of each and when (<c>opportunity_states</c>), and every stay in a stage (<c>stage_stays</c>),
/// on the effective and on the recorded axis. Funnel, conversion and key figures of any instant are read from them.
/// </summary>
/// <remarks>
/// Neither axis runs backwards within an opportunity: an event dated before its predecessor counts from the predecessor's instant, as in
/// every past state. Whether a stay advanced is judged by the order of stages when it did, so that changing a pipeline does not change the past.
/// </remarks>
internal sealed class OpportunityIntervals : TableProjection
{
    public const string ProjectionName = "analytics.opportunities";

    public override string Name => ProjectionName;

    public override IReadOnlyList<string> Tables { get; } = ["analytics.pipelines", "analytics.stages", "analytics.opportunity_states", "analytics.stage_stays"];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(PipelineDefined), typeof(PipelineRenamed), typeof(PipelineStagesChanged),
        typeof(OpportunityOpened), typeof(OpportunityDetailsChanged), typeof(OpportunityOwnerChanged), typeof(OpportunityMoved), typeof(OpportunityWon),
        typeof(OpportunityLost), typeof(OpportunityReopened), typeof(OpportunityErased), typeof(OpportunityDeleted), typeof(OpportunityUndeleted),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case PipelineDefined x:
                sql.Add($"insert into {sql.Table("analytics.pipelines")} (id, name, is_default, number) values ({e.StreamId}, {x.Name}, {x.IsDefault}, {e.Sequence})");
                Stages(e, x.Stages, sql);
                break;
            case PipelineRenamed x:
                sql.Add($"update {sql.Table("analytics.pipelines")} set name = {x.Name} where id = {e.StreamId}");
                break;
            case PipelineStagesChanged x:
                Stages(e, x.Stages, sql);
                break;
            case OpportunityOpened x:
                sql.AddRow(e.StreamId, $"""
                    insert into {sql.Table("analytics.opportunity_states")} (opportunity_id, version, name, customer_id, owner_id, pipeline_id, stage, kind, amount, currency,
                      opened_true, entered_true, known_from, known_to, true_from, true_to)
                    values ({e.StreamId}, {e.Version}, {x.Name}, {x.CustomerId}, {x.OwnerId}, {x.PipelineId}, {x.Stage}, {Kind(x.StageKind)}, {x.Amount?.Amount}, {x.Amount?.Currency},
                      {e.EffectiveAt}, {e.EffectiveAt}, {e.Timestamp}, 'infinity', {e.EffectiveAt}, 'infinity')
                    """);
                Enter(e, x.Stage, x.StageKind, sql);
                break;
            case OpportunityDetailsChanged x:
                var amountChanged = x.Amount is not null || (x.Cleared?.Contains("amount") ?? false);
                Next(e, new Change(x.Name, x.CustomerId) { AmountChanged = amountChanged, Amount = x.Amount }, sql);
                break;
            case OpportunityOwnerChanged x:
                Next(e, new Change(x.Name, x.CustomerId) { OwnerChanged = true, OwnerId = x.OwnerId }, sql);
                break;
            case OpportunityMoved x:
                Next(e, new Change(x.Name, x.CustomerId) { Stage = x.To, Kind = StageKind.Open }, sql);
                Enter(e, x.To, StageKind.Open, sql);
                break;
            case OpportunityWon x:
                Next(e, new Change(x.Name, x.CustomerId) { Stage = x.Stage, Kind = StageKind.Won, AmountChanged = true, Amount = x.Amount, OwnerChanged = true, OwnerId = x.OwnerId }, sql);
                Enter(e, x.Stage, StageKind.Won, sql);
                break;
            case OpportunityLost x:
                Next(e, new Change(x.Name, x.CustomerId) { Stage = x.Stage, Kind = StageKind.Lost, AmountChanged = true, Amount = x.Amount, OwnerChanged = true, OwnerId = x.OwnerId }, sql);
                Enter(e, x.Stage, StageKind.Lost, sql);
                break;
            case OpportunityReopened x:
                Next(e, new Change(x.Name, x.CustomerId) { Stage = x.To, Kind = StageKind.Open }, sql);
                Enter(e, x.To, StageKind.Open, sql);
                break;
            case OpportunityErased x:
                sql.Add($"update {sql.Table("analytics.opportunity_states")} set name = {x.Placeholder} where opportunity_id = {e.StreamId}");
                break;
            case OpportunityDeleted:
                sql.AddRow(e.StreamId, $"""
                    update {sql.Table("analytics.opportunity_states")} s set known_to = greatest(v.at, s.known_from), true_to = greatest(v.effective_at, s.true_from)
                    from (values ({e.StreamId}, {e.Timestamp}, {e.EffectiveAt})) v(id, at, effective_at) where s.opportunity_id = v.id and s.known_to = 'infinity'
                    """);
                break;
            case OpportunityUndeleted:
                sql.Add($"""
                    insert into {sql.Table("analytics.opportunity_states")} (opportunity_id, version, name, customer_id, owner_id, pipeline_id, stage, kind, amount, currency,
                      opened_true, entered_true, known_from, known_to, true_from, true_to)
                    select opportunity_id, {e.Version}, name, customer_id, owner_id, pipeline_id, stage, kind, amount, currency,
                      opened_true, entered_true, greatest({e.Timestamp}, known_to), 'infinity', greatest({e.EffectiveAt}, true_to), 'infinity'
                    from {sql.Table("analytics.opportunity_states")} where opportunity_id = {e.StreamId} order by version desc limit 1
                    """);
                break;
        }
    }

    /// <summary>What an event changes; members that are not said to change stay.</summary>
    private sealed record Change(string Name, Guid? CustomerId)
    {
        public string? Stage { get; init; }

        public StageKind? Kind { get; init; }

        public bool OwnerChanged { get; init; }

        public Guid? OwnerId { get; init; }

        public bool AmountChanged { get; init; }

        public Money? Amount { get; init; }
    }

    /// <summary>Ends the row that holds and begins the next one.</summary>
    private static void Next(Event e, Change change, SqlBatch sql) => sql.AddRow(e.StreamId, $"""
        with closed as (
          update {sql.Table("analytics.opportunity_states")} s set known_to = greatest(v.at, s.known_from), true_to = greatest(v.effective_at, s.true_from)
          from (values ({e.StreamId}, {e.Version}, {e.Timestamp}, {e.EffectiveAt}, {change.Name}, {change.CustomerId}, {change.OwnerChanged}, {change.OwnerId}, {change.Stage}, {(change.Kind is { } kind ? Kind(kind) : null)},
            {change.AmountChanged}, {change.Amount?.Amount}, {change.Amount?.Currency}))
            v(id, next_version, at, effective_at, next_name, next_customer, owner_changed, next_owner, next_stage, next_kind, amount_changed, next_amount, next_currency)
          where s.opportunity_id = v.id and s.known_to = 'infinity' returning *)
        insert into {sql.Table("analytics.opportunity_states")} (opportunity_id, version, name, customer_id, owner_id, pipeline_id, stage, kind, amount, currency,
          opened_true, entered_true, known_from, known_to, true_from, true_to)
        select opportunity_id, next_version, next_name, next_customer, case when owner_changed then next_owner else owner_id end, pipeline_id,
          coalesce(next_stage, stage), coalesce(next_kind, kind), case when amount_changed then next_amount else amount end, case when amount_changed then next_currency else currency end,
          opened_true, case when next_stage is null then entered_true else true_to end, known_to, 'infinity', true_to, 'infinity' from closed
        """);

    /// <summary>Ends the stay in the stage before, marks the stays that thereby advanced, and begins a stay in the stage of the event's row.</summary>
    private static void Enter(Event e, string stage, StageKind kind, SqlBatch sql) => sql.AddRow(e.StreamId, $"""
        with entered as (
          select v.id, v.version, v.stage, v.kind, s.pipeline_id, s.known_from, s.true_from,
            coalesce((select position from {sql.Table("analytics.stages")} d where d.pipeline_id = s.pipeline_id and d.code = v.stage), 0) as position
          from (values ({e.StreamId}, {e.Version}, {stage}, {Kind(kind)})) v(id, version, stage, kind)
            join {sql.Table("analytics.opportunity_states")} s on s.opportunity_id = v.id and s.version = v.version),
        before as (
          update {sql.Table("analytics.stage_stays")} y set left_true = least(y.left_true, n.true_from), left_known = least(y.left_known, n.known_from),
            advanced_true = case when n.kind <> 'lost' and y.kind = 'open' and (n.kind = 'won' or y.position < n.position) then least(y.advanced_true, n.true_from) else y.advanced_true end,
            advanced_known = case when n.kind <> 'lost' and y.kind = 'open' and (n.kind = 'won' or y.position < n.position) then least(y.advanced_known, n.known_from) else y.advanced_known end
          from entered n where y.opportunity_id = n.id)
        insert into {sql.Table("analytics.stage_stays")} (opportunity_id, version, pipeline_id, stage, kind, position, entered_true, entered_known, left_true, left_known, advanced_true, advanced_known)
        select id, version, pipeline_id, stage, kind, position, true_from, known_from, 'infinity', 'infinity', 'infinity', 'infinity' from entered
        """);

    private static void Stages(Event e, PipelineStage[] stages, SqlBatch sql)
    {
        sql.Add($"update {sql.Table("analytics.stages")} set removed = true where pipeline_id = {e.StreamId}");
        for (var i = 0; i < stages.Length; i++)
        {
            var stage = stages[i];
            sql.Add($"""
                insert into {sql.Table("analytics.stages")} (pipeline_id, code, name, name_en, kind, position, removed)
                values ({e.StreamId}, {stage.Code}, {stage.Name}, {stage.NameEn}, {Kind(stage.Kind)}, {i + 1}, false)
                on conflict (pipeline_id, code) do update set name = excluded.name, name_en = excluded.name_en, kind = excluded.kind, position = excluded.position, removed = false
                """);
        }
    }

    private static string Kind(StageKind kind) => kind switch
    {
        StageKind.Won => "won",
        StageKind.Lost => "lost",
        _ => "open",
    };
}
