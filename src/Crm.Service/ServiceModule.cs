using System.Reflection;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Service;

/// <summary>The service module: everything it adds to the application, listed in one place.</summary>
public static class ServiceModule
{
    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "service");

    /// <summary>Registers event types and projections.</summary>
    public static void Configure(StoreOptions store)
    {
        ArgumentNullException.ThrowIfNull(store);
        store.Events.Add<TicketOpened>().Add<TicketDetailsChanged>().Add<TicketAssigned>().Add<TicketAnswered>().Add<TicketResolved>().Add<TicketReopened>()
            .Add<TicketRated>().Add<TicketErased>().Add<TicketClosed>().Add<RecordShared>().Add<RecordUnshared>();
        // What the module reads of others.
        store.Events.Add<UserRegistered>().Add<UserChanged>().Add<UserRemoved>()
            .Add<CustomerRegistered>().Add<CustomerDetailsChanged>().Add<CustomerOwnerChanged>().Add<CustomerDeleted>().Add<CustomerUndeleted>()
            .Add<ContactAdded>().Add<ContactChanged>().Add<ContactRemoved>().Add<CustomerErased>().Add<ContactErased>().Add<CustomerUnmerged>().Add<CustomerUnmergedFrom>();
        store.Projections.Add(new TicketValues(store.Personal), ProjectionLifecycle.Inline);
        store.Projections.Add(new TicketProjection(store.Personal), ProjectionLifecycle.Async);
        store.Projections.Add(new PeopleProjection(), ProjectionLifecycle.Async);
        store.Projections.Add(new CustomerProjection(store.Personal), ProjectionLifecycle.Async);
    }

    /// <summary>Registers validators, resources and the limits of the public form.</summary>
    public static IServiceCollection AddService(this IServiceCollection services)
    {
        services.AddSingleton<Resource<Ticket>, TicketResource>().AddSearch<Ticket>(store => TicketQueue.Searched(store.Personal)).AddSingleton<IBulkCommand, TicketOwners>().AddSingleton<IPersonalRecords, TicketRecords>().AddLinkTarget<Ticket>(ticket => ticket.CustomerId).AddSingleton<IMergedRecords, TicketMoves>();
        services.AddSingleton<IValidator<OpenTicket>, OpenTicket.Validator>();
        services.AddSingleton<IValidator<ChangeTicket>, ChangeTicket.Validator>();
        services.AddSingleton<IValidator<AssignTicket>, AssignTicket.Validator>();
        services.AddSingleton<IValidator<RespondToTicket>, RespondToTicket.Validator>();
        services.AddSingleton<IValidator<ResolveTicket>, ResolveTicket.Validator>();
        services.AddSingleton<IValidator<ReopenTicket>, ReopenTicket.Validator>();
        services.AddSingleton<IValidator<RateTicket>, RateTicket.Validator>();
        services.AddSingleton<IValidator<CloseTicket>, CloseTicket.Validator>();
        services.AddSingleton<IValidator<SubmitTicket>, SubmitTicket.Validator>();
        services.AddSingleton<IValidator<RateByLink>, RateByLink.Validator>();
        PublicFormLimits.Add(services);
        return services;
    }

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapService(this IEndpointRouteBuilder api)
    {
        var tickets = api.MapGroup("tickets").WithTags("tickets");
        OpenTicketFeature.Map(tickets);
        ChangeTicketFeature.Map(tickets);
        AssignTicketFeature.Map(tickets);
        RespondToTicketFeature.Map(tickets);
        ResolveTicketFeature.Map(tickets);
        ReopenTicketFeature.Map(tickets);
        RateTicketFeature.Map(tickets);
        CloseTicketFeature.Map(tickets);
        tickets.MapShares<Ticket>("tickets", ticket => ticket.Shares);
        TicketQueue.Map(tickets);
        tickets.MapRecord<Ticket>(Right.View("tickets")).Reads(CustomerProjection.ProjectionName);
        tickets.MapHistory<Ticket>(Right.View("tickets"));
        tickets.MapBlame<Ticket>(Right.View("tickets"));

        var form = api.MapGroup("public/tickets").WithTags("public form");
        SubmitTicketFeature.Map(form);
        FollowTicketFeature.Map(form);
        RateByLinkFeature.Map(form);
    }
}
