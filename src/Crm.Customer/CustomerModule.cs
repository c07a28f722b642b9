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
            .Add<PrivacyPolicyPublished>().Add<PrivacyPolicyAccepted>().Add<PersonalDataRevealed>().Add<PersonalDataSearched>().Add<PersonalDataExported>().Add<RecordsExported>().Add<RecordsExportEnded>();
        // Follow-ups and contacts of years: the longest streams there are.
        store.Snapshots.Add<Customer>(version: 2, SnapshotLifecycle.Inline, every: 50);
        store.Projections.Add(new CustomerKeys(store.Personal), ProjectionLifecycle.Inline);
        store.Projections.Add(new CustomerDocuments(store.Personal), ProjectionLifecycle.Async);
        store.Projections.Add(new FollowUps(), ProjectionLifecycle.Async);
        store.Projections.Add(new Timeline(), ProjectionLifecycle.Async);
        store.Projections.Add(new UserNames(), ProjectionLifecycle.Async);
        store.Projections.Add(new AccessLedgerEntries(), ProjectionLifecycle.Async);
    }

    /// <summary>Registers validators, resources and services.</summary>
    public static IServiceCollection AddCustomer(this IServiceCollection services) => services
        .AddSingleton<Resource<Customer>, CustomerResource>().AddSingleton<IBulkCommand, CustomerOwners>().AddBulkActions(CustomerList.Source, CustomerActions.All)
        .AddSingleton<ImportTarget, CustomersImport>()
        .AddSingleton<IValidator<RegisterCustomer>, RegisterCustomer.Validator>()
        .AddSingleton<IValidator<ChangeCustomer>, ChangeCustomer.Validator>()
        .AddSingleton<IValidator<TagCustomer>, TagCustomer.Validator>()
        .AddSingleton<IValidator<AssignOwner>, AssignOwner.Validator>()
        .AddSingleton<IValidator<ChangeLifecycle>, ChangeLifecycle.Validator>()
        .AddSingleton<IValidator<AddContact>, AddContact.Validator>()
        .AddSingleton<IValidator<ChangeContact>, ChangeContact.Validator>()
        .AddSingleton<IValidator<GiveConsent>, GiveConsent.Validator>()
        .AddSingleton<IValidator<WithdrawConsent>, WithdrawConsent.Validator>()
        .AddSingleton<IValidator<PublishPrivacyPolicy>, PublishPrivacyPolicy.Validator>()
        .AddSingleton<IValidator<EraseCustomer>, EraseCustomer.Validator>()
        .AddSingleton<IValidator<RevealPersonalData>, RevealPersonalData.Validator>()
        .AddSingleton<IValidator<LogFollowUp>, LogFollowUp.Validator>();

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapCustomer(this IEndpointRouteBuilder api)
    {
        var customers = api.MapGroup("customers").WithTags("customers");
        CustomerList.Map(customers);
        customers.MapBulkActions<Customer>();
        customers.MapRecord<Customer>(Right.View("customers"));
        customers.MapHistory<Customer>(Right.View("customers"));
        RegisterCustomerFeature.Map(customers);
        ChangeCustomerFeature.Map(customers);
        UpsertCustomerFeature.Map(customers);
        TagCustomerFeature.Map(customers);
        UntagCustomerFeature.Map(customers);
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
        FollowUpList.Map(customers);
        LogFollowUpFeature.Map(customers);
        FindDuplicatesFeature.Map(customers);
        TimelineList.Map(customers);
        GiveConsentFeature.Map(customers);
        WithdrawConsentFeature.Map(customers);
        PrivacyPolicyFeature.Map(api);
        EraseCustomerFeature.Map(customers);
        RevealPersonalDataFeature.Map(customers);
        AccessLedgerList.Map(customers);
        DataSubjectReport.Map(customers);
    }
}
