using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>The contacts of a customer, now or at a past instant (C17): the primary one first, those who left last, the others by name.</summary>
/// <param name="Data">The contacts.</param>
/// <param name="Page">Always complete: a customer has at most 200 contacts.</param>
internal sealed record ContactList(IReadOnlyList<Contact> Data, PageInfo Page)
{
    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapGet("{id:guid}/contacts", async (HttpContext http, Guid id, DocumentStore store) =>
            Results.Json(new ListAnswer<JsonNode>([.. Sorted(await At(http, store, id)).Select(c => Shown(http, store, c))], new PageInfo(null, false), null), EventSerializer.Documents))
            .Requires(Right.View("customers")).WithName("ListContacts").Produces<ContactList>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        customers.MapGet("{id:guid}/contacts/{contactId:guid}", async (HttpContext http, Guid id, Guid contactId, DocumentStore store) =>
            Results.Json(Shown(http, store, (await At(http, store, id)).Contacts.FirstOrDefault(c => c.Id == contactId) ?? throw ProblemException.NotFound()), EventSerializer.Documents))
            .Requires(Right.View("customers")).WithName("GetContact").Produces<Contact>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<Customer> At(HttpContext http, DocumentStore store, Guid id)
    {
        var (at, basis) = AsOf.Of(http);
        var customer = await PartLists.SeenAsync(http, store, id);
        if (at is not null) customer = await store.Query.AggregateStreamAsync<Customer>(id, null, at, basis, http.RequestAborted);
        return customer is { Deleted: false } ? customer : throw ProblemException.NotFound();
    }

    private static JsonNode Shown(HttpContext http, DocumentStore store, Contact contact) => Masking.SeenBy(contact, "customers", "contacts", http, store);

    private static List<Contact> Sorted(Customer customer) =>
        [.. customer.Contacts.OrderBy(c => c.LeftAt is not null).ThenByDescending(c => c.IsPrimary).ThenBy(c => c.Name, StringComparer.Ordinal)];
}
