using System.Reflection;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Pipeline;

/// <summary>The pipeline module: everything it adds to the application, listed in one place.</summary>
public static class PipelineModule
{
    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "pipeline");

    /// <summary>Registers event types and projections.</summary>
    public static void Configure(StoreOptions store)
    {
        store.Events
            .Add<PipelineDefined>().Add<PipelineRenamed>().Add<PipelineStagesChanged>()
            .Add<ProductAdded>().Add<ProductChanged>().Add<ProductDeleted>().Add<ProductUndeleted>()
            .Add<OpportunityOpened>().Add<OpportunityDetailsChanged>().Add<OpportunityOwnerChanged>().Add<OpportunityMoved>().Add<OpportunityWon>()
            .Add<OpportunityLost>().Add<OpportunityReopened>().Add<OpportunityReviewed>().Add<OpportunityErased>().Add<OpportunityDeleted>().Add<OpportunityUndeleted>().Add<RecordShared>().Add<RecordUnshared>();
        // What decisions look up and what keys are unique by is written with the events themselves.
        store.Projections.Add(new Customers(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Users(), ProjectionLifecycle.Inline);
        store.Projections.Add(new StageTable(), ProjectionLifecycle.Inline);
        store.Projections.Add(new OpportunityStages(), ProjectionLifecycle.Inline);
        store.Projections.Add(new OpportunityKeys(), ProjectionLifecycle.Inline);
        store.Projections.Add(new OpportunityValues(store.Personal), ProjectionLifecycle.Inline);
        store.Projections.Add(new Catalogue(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Pipelines(), ProjectionLifecycle.Async);
        store.Projections.Add(new Products(), ProjectionLifecycle.Async);
        store.Projections.Add(new Opportunities(), ProjectionLifecycle.Async);
    }

    /// <summary>Registers validators, resources and services.</summary>
    public static IServiceCollection AddPipeline(this IServiceCollection services) => services
        .AddHostedService<DefaultPipelines>()
        .AddSingleton<ImportTarget, ProductsImport>().AddSingleton<IReferenceSource, ProductReferences>()
        .AddSingleton<ImportTarget, OpportunitiesImport>().AddSingleton<IReferenceSource, OpportunityReferences>()
        .AddSingleton<Resource<SalesPipeline>, SalesPipelineResource>()
        .AddSingleton<Resource<Product>, ProductResource>()
        .AddSingleton<Resource<Opportunity>, OpportunityResource>().AddLinkTarget<Opportunity>(opportunity => opportunity.CustomerId).AddSingleton<IBulkCommand, OpportunityOwners>().AddBulkActions(_ => OpportunityListFeature.Source, OpportunityActions.All).AddSearch<Opportunity>(_ => OpportunityListFeature.Searched)
        .AddSingleton<IPersonalRecords, OpportunityRecords>().AddSingleton<IMergedRecords, OpportunityMoves>().AddSingleton<IDeciders, Deciders>()
        .AddSingleton<IValidator<DefinePipeline>, DefinePipeline.Validator>()
        .AddSingleton<IValidator<ChangePipeline>, ChangePipeline.Validator>()
        .AddSingleton<IValidator<AddProduct>, AddProduct.Validator>()
        .AddSingleton<IValidator<ChangeProduct>, ChangeProduct.Validator>()
        .AddSingleton<IValidator<OpenOpportunity>, OpenOpportunity.Validator>()
        .AddSingleton<IValidator<ChangeOpportunity>, ChangeOpportunity.Validator>()
        .AddSingleton<IValidator<MoveOpportunity>, MoveOpportunity.Validator>()
        .AddSingleton<IValidator<WinOpportunity>, WinOpportunity.Validator>()
        .AddSingleton<IValidator<LoseOpportunity>, LoseOpportunity.Validator>()
        .AddSingleton<IValidator<ReopenOpportunity>, ReopenOpportunity.Validator>()
        .AddSingleton<IValidator<ReviewOpportunity>, ReviewOpportunity.Validator>();

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapPipeline(this IEndpointRouteBuilder api)
    {
        var pipelines = api.MapGroup("pipelines").WithTags("pipelines");
        PipelineListFeature.Map(pipelines);
        pipelines.MapRecord<SalesPipeline>(Right.View("pipelines"));
        pipelines.MapHistory<SalesPipeline>(Right.View("pipelines"));
        DefinePipelineFeature.Map(pipelines);
        ChangePipelineFeature.Map(pipelines);

        var products = api.MapGroup("products").WithTags("products");
        ProductListFeature.Map(products);
        products.MapRecord<Product>(Right.View("products"));
        products.MapHistory<Product>(Right.View("products"));
        AddProductFeature.Map(products);
        ChangeProductFeature.Map(products);
        DeleteProductFeature.Map(products);
        RestoreProductFeature.Map(products);

        var opportunities = api.MapGroup("opportunities").WithTags("opportunities");
        OpportunityListFeature.Map(opportunities);
        opportunities.MapBulkActions<Opportunity>();
        BoardFeature.Map(opportunities);
        opportunities.MapRecord<Opportunity>(Right.View("opportunities"));
        opportunities.MapHistory<Opportunity>(Right.View("opportunities"));
        opportunities.MapBlame<Opportunity>(Right.View("opportunities"));
        OpenOpportunityFeature.Map(opportunities);
        ChangeOpportunityFeature.Map(opportunities);
        MoveOpportunityFeature.Map(opportunities);
        WinOpportunityFeature.Map(opportunities);
        LoseOpportunityFeature.Map(opportunities);
        ReopenOpportunityFeature.Map(opportunities);
        ReviewOpportunityFeature.Map(opportunities);
        DeleteOpportunityFeature.Map(opportunities);
        RestoreOpportunityFeature.Map(opportunities);
        opportunities.MapShares<Opportunity>("opportunities", opportunity => opportunity.Shares);
    }
}
