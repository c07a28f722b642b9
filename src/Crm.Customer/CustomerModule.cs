using System.Reflection;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;
using Crm.Messaging;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>The customer module: everything it adds to the application, listed in one place.</summary>
public static class CustomerModule
{
    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "customer");

    /// <summary>Registers event types and projections.</summary>
    public static void Configure(StoreOptions store)
    {
        store.Events
            .Add<CustomerRegistered>().Add<CustomerDetailsChanged>().Add<CustomerTagged>().Add<CustomerUntagged>().Add<CustomerOwnerChanged>().Add<CustomerLifecycleChanged>()
            .Add<CustomerExternalKeySet>().Add<CustomerExternalKeyRemoved>().Add<CustomerArchived>().Add<CustomerRestored>().Add<CustomerDeleted>().Add<CustomerUndeleted>()
            .Add<ContactAdded>().Add<ContactChanged>().Add<ContactRemoved>().Add<FollowUpLogged>().Add<RecordShared>().Add<RecordUnshared>()
            .Add<CustomerErased>().Add<ContactErased>().Add<TicketErased>().Add<OpportunityErased>().Add<ConsentGiven>().Add<ConsentWithdrawn>()
            .Add<CustomerMerged>().Add<CustomerMergedInto>().Add<CustomerUnmerged>().Add<CustomerUnmergedFrom>().Add<DuplicateDismissed>().Add<DuplicateReopened>()
            .Add<RelationAdded>().Add<RelationChanged>().Add<RelationRemoved>().Add<RelationErased>()
            .Add<AttachmentAdded>().Add<AttachmentChanged>().Add<AttachmentRemoved>().Add<AttachmentRestored>().Add<AttachmentRead>()
            .Add<PrivacyPolicyPublished>().Add<PrivacyPolicyAccepted>().Add<PersonalDataRevealed>().Add<PersonalDataSearched>().Add<PersonalDataExported>().Add<RecordsExported>().Add<RecordsExportEnded>()
            .Add<CustomerPooled>().Add<CustomerClaimed>().Add<CustomerReturned>().Add<CustomerRecycleAnnounced>().Add<PoolRulesSet>().Add<PoolClaimCounted>()
            .Add<CadenceChanged>().Add<FollowUpPlanned>().Add<FollowUpPlanDropped>().Add<FollowUpCorrected>().Add<FollowUpRemoved>()
            .Add<TaskCreated>().Add<TaskChanged>().Add<TaskAssigned>().Add<TaskCompleted>().Add<TaskReopened>().Add<TaskCancelled>().Add<TaskDeleted>().Add<TaskErased>().Add<NotificationPreferencesChosen>()
            .Add<TagDefined>().Add<TagRenamed>().Add<TagMoved>().Add<TagRuleChanged>().Add<TagRetired>().Add<TierRuleChanged>()
            .Add<SegmentSaved>().Add<SegmentChanged>().Add<SegmentFrozen>().Add<SegmentThawed>().Add<SegmentRemoved>();
        // Follow-ups and contacts of years: the longest streams there are.
        store.Snapshots.Add<Customer>(version: 3, SnapshotLifecycle.Inline, every: 50);
        store.Snapshots.Add<PoolClaims>(version: 1, SnapshotLifecycle.Inline, every: 50);
        store.Projections.Add(new CustomerKeys(store.Personal), ProjectionLifecycle.Inline);
        store.Projections.Add(new Attachments(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Relations(), ProjectionLifecycle.Inline);
        store.Projections.Add(new UniqueValues(store.Personal), ProjectionLifecycle.Inline);
        // After the keys, which know of merges.
        store.Projections.Add(new Parents(), ProjectionLifecycle.Inline);
        store.Projections.Add(new CustomerDocuments(store.Personal), ProjectionLifecycle.Async);
        store.Projections.Add(new FollowUps(), ProjectionLifecycle.Async);
        store.Projections.Add(new Timeline(), ProjectionLifecycle.Async);
        store.Projections.Add(new TagNames(), ProjectionLifecycle.Inline);
        store.Projections.Add(new SegmentMembers(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Tags(), ProjectionLifecycle.Async);
        store.Projections.Add(new Segments(), ProjectionLifecycle.Async);
        store.Projections.Add(new TagPeriods(), ProjectionLifecycle.Async);
        store.Projections.Add(new UserNames(), ProjectionLifecycle.Async);
        store.Projections.Add(new DuplicatePairs(store.Personal), ProjectionLifecycle.Async);
        store.Projections.Add(new AccessLedgerEntries(), ProjectionLifecycle.Async);
        store.Projections.Add(new Dealings(), ProjectionLifecycle.Async);
        store.Projections.Add(new Birthdays(store.Personal), ProjectionLifecycle.Async);
        store.Projections.Add(new TaskDocuments(), ProjectionLifecycle.Async);
        store.Projections.Add(new NotificationChoices(), ProjectionLifecycle.Async);
        store.Projections.Add(new Assignments());
    }

    /// <summary>What runs by the clock: the monthly cleaning, the recycling of customers that nobody follows up, the removal of contents that nobody can reach any more, reminders.</summary>
    public static void Configure(MessagingOptions messaging, IConfiguration configuration)
    {
        Cleaning.Configure(messaging);
        RecycleCustomersHandler.Configure(messaging);
        CleanUpAttachmentsHandler.Configure(messaging, configuration);
        Reminders.Configure(messaging);
    }

    /// <summary>Registers validators, resources and services.</summary>
    public static IServiceCollection AddCustomer(this IServiceCollection services) => services
        .AddSingleton<Resource<Customer>, CustomerResource>().AddSingleton<IBulkCommand, CustomerOwners>().AddSingleton<IBulkCommand, PlanOwners>().AddBulkActions(CustomerList.Source, CustomerActions.All).AddSearch<Customer>(CustomerList.Searched)
        .AddSingleton<ImportTarget, CustomersImport>().AddSingleton<IReferenceSource, CustomerReferences>()
        .AddSingleton(s => s.GetRequiredService<IConfiguration>().GetSection("Crm:Attachments").Get<AttachmentLimits>() ?? new AttachmentLimits())
        .AddSingleton<IPersonalRecords, AttachmentRecords>()
        .AddSingleton<IValidator<AddAttachment>, AddAttachment.Validator>()
        .AddSingleton<IValidator<ChangeAttachment>, ChangeAttachment.Validator>()
        .AddSingleton<IValidator<RegisterCustomer>, RegisterCustomer.Validator>()
        .AddSingleton<IValidator<ChangeCustomer>, ChangeCustomer.Validator>()
        .AddSingleton<IValidator<TagCustomer>, TagCustomer.Validator>()
        .AddSingleton<IValidator<AssignOwner>, AssignOwner.Validator>()
        .AddSingleton<IValidator<ChangeLifecycle>, ChangeLifecycle.Validator>()
        .AddSingleton<IValidator<AddContact>, AddContact.Validator>()
        .AddSingleton<IValidator<ChangeContact>, ChangeContact.Validator>()
        .AddSingleton<IPersonalRecords, RelationRecords>()
        .AddSingleton<IValidator<AddRelation>, AddRelation.Validator>()
        .AddSingleton<IValidator<ChangeRelation>, ChangeRelation.Validator>()
        .AddSingleton<IValidator<GiveConsent>, GiveConsent.Validator>()
        .AddSingleton<IValidator<WithdrawConsent>, WithdrawConsent.Validator>()
        .AddSingleton<IValidator<PublishPrivacyPolicy>, PublishPrivacyPolicy.Validator>()
        .AddSingleton<IValidator<EraseCustomer>, EraseCustomer.Validator>()
        .AddSingleton<IValidator<RevealPersonalData>, RevealPersonalData.Validator>()
        .AddSingleton<RecordMoves>().AddHostedService(services => services.GetRequiredService<RecordMoves>())
        .AddSingleton<IValidator<MergeCustomer>, MergeCustomer.Validator>()
        .AddSingleton<IValidator<UnmergeCustomer>, UnmergeCustomer.Validator>()
        .AddSingleton<IValidator<ReleaseCustomer>, ReleaseCustomer.Validator>()
        .AddSingleton<IValidator<ClaimCustomers>, ClaimCustomers.Validator>()
        .AddSingleton<IValidator<PoolSettings>, PoolSettings.Validator>()
        .AddSingleton<Resource<Tag>, TagResource>().AddHostedService<DefaultTags>()
        .AddSingleton<Resource<Segment>, SegmentResource>().AddSingleton<IValidator<SaveSegment>, SaveSegment.Validator>().AddSingleton<IValidator<ChangeSegment>, ChangeSegment.Validator>()
        .AddSingleton<IValidator<DefineTag>, DefineTag.Validator>().AddSingleton<IValidator<ChangeTag>, ChangeTag.Validator>()
        .AddSingleton<IValidator<PreviewTagRule>, PreviewTagRule.Validator>().AddSingleton<IValidator<ChangeTierRule>, ChangeTierRule.Validator>()
        .AddSingleton<IValidator<LogFollowUp>, LogFollowUp.Validator>()
        .AddSingleton<IValidator<ChangeCadence>, ChangeCadence.Validator>().AddSingleton<KnownCadence>()
        .AddSingleton<IValidator<PlanFollowUp>, PlanFollowUp.Validator>()
        .AddSingleton<IValidator<CorrectFollowUp>, CorrectFollowUp.Validator>()
        .AddSingleton<Resource<TaskItem>, TaskResource>().AddSearch<TaskItem>(_ => TaskList.Searched).AddSingleton<IBulkCommand, TaskOwners>().AddSingleton<IPersonalRecords, TaskRecords>().AddLinkTarget<Customer>(customer => customer.Id)
        .AddSingleton<IValidator<CreateTask>, CreateTask.Validator>()
        .AddSingleton<IValidator<ChangeTask>, ChangeTask.Validator>()
        .AddSingleton<IValidator<AssignTask>, AssignTask.Validator>()
        .AddSingleton<IValidator<ChooseNotifications>, ChooseNotifications.Validator>();

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapCustomer(this IEndpointRouteBuilder api)
    {
        var customers = api.MapGroup("customers").WithTags("customers");
        CustomerList.Map(customers);
        customers.MapBulkActions<Customer>();
        customers.MapRecord<Customer>(Right.View("customers")).Reads(TagPeriods.ProjectionName);
        customers.MapHistory<Customer>(Right.View("customers"));
        customers.MapBlame<Customer>(Right.View("customers"));
        RegisterCustomerFeature.Map(customers);
        ChangeCustomerFeature.Map(customers);
        UpsertCustomerFeature.Map(customers);
        TagCustomerFeature.Map(customers);
        UntagCustomerFeature.Map(customers);
        CustomerTags.Map(customers);
        AssignOwnerFeature.Map(customers);
        ChangeLifecycleFeature.Map(customers);
        ArchiveCustomerFeature.Map(customers);
        RestoreCustomerFeature.Map(customers);
        DeleteCustomerFeature.Map(customers);
        customers.MapShares<Customer>("customers", customer => customer.Shares);
        ContactList.Map(customers);
        AddContactFeature.Map(customers);
        ChangeContactFeature.Map(customers);
        RemoveContactFeature.Map(customers);
        RelationList.Map(customers);
        AddRelationFeature.Map(customers);
        ChangeRelationFeature.Map(customers);
        RemoveRelationFeature.Map(customers);
        Hierarchy.Map(customers);
        RelationGraph.Map(customers);
        FollowUpList.Map(customers);
        FollowUpsOfAll.Map(api);
        LogFollowUpFeature.Map(customers);
        AttachmentList.Map(customers);
        AddAttachmentFeature.Map(customers);
        UploadAttachmentFeature.Map(customers);
        ChangeAttachmentFeature.Map(customers);
        RemoveAttachmentFeature.Map(customers);
        RestoreAttachmentFeature.Map(customers);
        DownloadAttachmentFeature.Map(customers);
        FindDuplicatesFeature.Map(customers);
        DuplicateQueue.Map(customers);
        DismissDuplicateFeature.Map(customers);
        Cleaning.Map(customers);
        MergeCustomerFeature.Map(customers);
        UnmergeCustomerFeature.Map(customers);
        CompletenessReport.Map(customers);
        TimelineList.Map(customers);
        GiveConsentFeature.Map(customers);
        WithdrawConsentFeature.Map(customers);
        PrivacyPolicyFeature.Map(api);
        EraseCustomerFeature.Map(customers);
        RevealPersonalDataFeature.Map(customers);
        AccessLedgerList.Map(customers);
        DataSubjectReport.Map(customers);
        ClaimCustomerFeature.Map(customers);
        ReleaseCustomerFeature.Map(customers);
        ReturnCustomerFeature.Map(customers);
        CustomerFiguresFeature.Map(customers);
        var pool = api.MapGroup("pool").WithTags("pool");
        PoolList.Map(pool);
        ClaimCustomersFeature.Map(pool);
        PoolSettingsFeature.Map(pool);
        var tags = api.MapGroup("tags").WithTags("tags");
        TagList.Map(tags);
        tags.MapRecord<Tag>(Right.View("tags")).Reads(TagPeriods.ProjectionName);
        tags.MapHistory<Tag>(Right.View("tags"));
        DefineTagFeature.Map(tags);
        ChangeTagFeature.Map(tags);
        RetireTagFeature.Map(tags);
        TierRuleFeature.Map(tags);
        TagPreviewFeature.Map(tags);
        var segments = api.MapGroup("segments").WithTags("segments");
        SegmentList.Map(segments);
        SaveSegmentFeature.Map(segments);
        ChangeSegmentFeature.Map(segments);
        FreezeSegmentFeature.Map(segments);
        RemoveSegmentFeature.Map(segments);
        ChangeCadenceFeature.Map(api);
        CadenceCompliance.Map(api);
        PlanFollowUpFeature.Map(customers);
        CorrectFollowUpFeature.Map(customers);
        MyDay.Map(api);
        NotificationList.Map(api);
        ChooseNotificationsFeature.Map(api);
        var tasks = api.MapGroup("tasks").WithTags("tasks");
        TaskList.Map(tasks);
        tasks.MapRecord<TaskItem>(Right.View("tasks"));
        tasks.MapHistory<TaskItem>(Right.View("tasks"));
        CreateTaskFeature.Map(tasks);
        ChangeTaskFeature.Map(tasks);
        AssignTaskFeature.Map(tasks);
        CompleteTaskFeature.Map(tasks);
    }
}
