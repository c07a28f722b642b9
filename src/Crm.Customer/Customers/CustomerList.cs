using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>The documents behind the list and the quick search.</summary>
internal sealed class CustomerDocuments(PersonalData? personal) : DocumentProjection<Customer>
{
    public override string Table => "customer.customers";

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerTagged), typeof(CustomerUntagged), typeof(CustomerOwnerChanged), typeof(CustomerLifecycleChanged),
        typeof(CustomerExternalKeySet), typeof(CustomerExternalKeyRemoved), typeof(CustomerArchived), typeof(CustomerRestored), typeof(CustomerDeleted), typeof(CustomerUndeleted),
        typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved), typeof(FollowUpLogged), typeof(CustomerErased), typeof(ContactErased),
        typeof(ConsentGiven), typeof(ConsentWithdrawn), typeof(RecordShared), typeof(RecordUnshared),
    ];

    public override int Version => 2;

    /// <summary>Found by names of the customer and of its contacts, and by its keys in other systems.</summary>
    public override IEnumerable<string?> SearchTexts(Customer document) =>
    [
        document.Name, document.ShortName, .. document.ExternalKeys.Values, .. document.Contacts.Select(c => c.Name),
    ];

    /// <summary>By numbers and addresses only blindly.</summary>
    public override IEnumerable<string> BlindTexts(Customer document) => personal is null ? [] : BlindIndex.Of(document, personal);

    public override bool Erases(Event e) => e.Data is CustomerErased or ContactErased;
}

/// <summary>
/// <c>GET /customers</c> and <c>POST /customers/search</c> (C1–C4, C17). Deleted customers are in no list; archived ones only when the
/// filter speaks of <c>archived</c>.
/// </summary>
internal static class CustomerList
{
    public static ListSource Source(PersonalData? personal) => new(
        BlindIndex.Fields(FieldMap.Of<Customer>(), personal)
            .Add("ownerId", FieldType.Uuid, "d.owner_id").Add("archived", FieldType.Boolean, "d.archived", nullable: false).Add("erased", FieldType.Boolean, "d.erased", nullable: false)
            .Add("ownerName", FieldType.Text, "o.name").Add("createdByName", FieldType.Text, "c.name").Add("parentName", FieldType.Text, "(p.doc->>'name')"),
        "customer.customers")
    {
        Joins = """
            left join customer.users o on o.id = d.doc->>'ownerId'
            left join customer.users c on c.id = d.doc->>'createdBy'
            left join customer.customers p on p.id = (d.doc->>'parentId')::uuid
            """,
        Select = "d.doc || jsonb_build_object('ownerName', o.name, 'createdByName', c.name, 'parentName', p.doc->>'name')",
        Where = "not d.deleted",
        HiddenBy = ["archived", "erased"],
        Sort = "-createdAt",
        Search = (query, parameters) => BlindIndex.Search(query, parameters, personal),
    };

    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapList<Customer>(Source(customers.ServiceProvider.GetRequiredService<DocumentStore>().Personal), Right.View("customers"), read: AccessLedgerList.SearchedAsync, export: CustomerColumns.Export);
}
