using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>The pipelines to list, the default one first.</summary>
internal sealed class Pipelines : DocumentProjection<SalesPipeline>
{
    public const string TableName = "pipeline.pipelines";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(PipelineDefined), typeof(PipelineRenamed), typeof(PipelineStagesChanged)];

    public override IEnumerable<string?> SearchTexts(SalesPipeline document) => [document.Name];
}

internal static class PipelineListFeature
{
    private static readonly ListSource Source = new(FieldMap.Of<SalesPipeline>(), Pipelines.TableName) { Sort = "-isDefault,id" };

    public static void Map(IEndpointRouteBuilder pipelines) => pipelines.MapList<SalesPipeline>(Source, Right.View("pipelines"));
}
