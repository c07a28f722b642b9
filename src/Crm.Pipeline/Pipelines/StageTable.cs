using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Pipeline;

/// <summary>
/// The stages of every pipeline as they are now, kept in the transaction of the change. An open opportunity refers to its stage by
/// foreign key (<see cref="OpportunityStages"/>), so that a stage cannot be removed while a card is being moved into it.
/// </summary>
internal sealed class StageTable : TableProjection
{
    public override string Name => "pipeline.stages";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(PipelineDefined), typeof(PipelineRenamed), typeof(PipelineStagesChanged)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case PipelineDefined x:
                Replace(e.StreamId, x.Stages, sql);
                sql.Add($"update {sql.Table("pipeline.stages")} set pipeline_name = {x.Name}, is_default = {x.IsDefault} where pipeline_id = {e.StreamId}");
                break;
            case PipelineRenamed x:
                sql.Add($"update {sql.Table("pipeline.stages")} set pipeline_name = {x.Name} where pipeline_id = {e.StreamId}");
                break;
            case PipelineStagesChanged x:
                Replace(e.StreamId, x.Stages, sql);
                break;
        }
    }

    private static void Replace(Guid pipeline, PipelineStage[] stages, SqlBatch sql)
    {
        string[] codes = [.. stages.Select(s => s.Code)];
        string[] kinds = [.. stages.Select(s => JsonNamingPolicy.CamelCase.ConvertName(s.Kind.ToString()))];
        string[] names = [.. stages.Select(s => s.Name)];
        string[] english = [.. stages.Select(s => s.NameEn)];
        sql.Add($"""
            insert into {sql.Table("pipeline.stages")} as s (pipeline_id, pipeline_name, is_default, code, kind, name, name_en)
            select {pipeline}, coalesce(o.pipeline_name, ''), coalesce(o.is_default, false), u.code, u.kind, u.name, u.name_en
            from unnest({codes}, {kinds}, {names}, {english}) as u(code, kind, name, name_en)
            left join (select pipeline_name, is_default from {sql.Table("pipeline.stages")} where pipeline_id = {pipeline} limit 1) o on true
            on conflict (pipeline_id, code) do update set kind = excluded.kind, name = excluded.name, name_en = excluded.name_en
            """);
        sql.Add($"delete from {sql.Table("pipeline.stages")} where pipeline_id = {pipeline} and code <> all({codes})");
    }
}
