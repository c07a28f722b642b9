using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>
/// <c>GET /customers/{id}/data-subject-report</c>: everything that is held about a person and who saw it, in plain, for the person who asks (个人信息保护法 art. 45).
/// That it was handed out is recorded.
/// </summary>
internal static class DataSubjectReport
{
    private const int MostLines = 1_000;

    public static void Map(IEndpointRouteBuilder customers) => customers.MapGet("{id:guid}/data-subject-report", async (HttpContext http, Guid id, DocumentStore store, IUserDirectory users, IEnumerable<IPersonalRecords> holders) =>
    {
        var events = await store.Query.FetchStreamAsync(id, 0, http.RequestAborted);
        if (Fold.All<Customer>(events) is not { } customer) throw ProblemException.NotFound();
        await Access.Of(http).DemandAsync(Right.PersonalPlain, http.RequestServices.GetRequiredService<Resource<Customer>>(), customer, http.RequestAborted);
        await using var session = store.OpenSession(Caller.Of(http).Context(http, null, null));
        session.Append<AccessLedger>(AccessLedger.Of("customer " + id), null, [new PersonalDataExported(id, "report")]);
        await session.SaveChangesAsync(http.RequestAborted);
        await store.Daemon.CatchUpAsync(TimeSpan.FromSeconds(10));
        // Of a customer that others were merged into also what those say.
        var merged = customer.Merges.IsEmpty ? [] : await store.Query.FetchStreamsAsync([.. customer.Merges.Select(m => m.SourceId)], http.RequestAborted);
        var names = await users.NamesAsync(events.Select(e => e.Context.UserName), http.RequestAborted);
        var report = new JsonObject
        {
            ["customerId"] = id,
            ["generatedAt"] = EventSerializer.InstantText(store.Now),
            ["customer"] = JsonSerializer.SerializeToNode(customer, EventSerializer.Documents),
            ["followUps"] = new JsonArray([.. merged.Concat(events).Where(e => e.Data is FollowUpLogged).Select(e => JsonSerializer.SerializeToNode(e.Data, e.Data.GetType(), EventSerializer.Documents))]),
            ["changes"] = new JsonArray([.. events.Select(e => (JsonNode)new JsonObject
            {
                ["at"] = EventSerializer.InstantText(e.Timestamp), ["type"] = e.Type, ["actorName"] = names.GetValueOrDefault(e.Context.UserName), ["source"] = e.Context.Source,
            })]),
            ["merged"] = new JsonArray([.. merged.GroupBy(e => e.StreamId).Select(s => JsonSerializer.SerializeToNode(Fold.All<Customer>(s), EventSerializer.Documents))]),
            ["accesses"] = await LedgerAsync(store, id, http.RequestAborted),
        };
        foreach (var holder in holders)
            if (await holder.ReportAsync(id, http.RequestAborted) is { } kept) report[holder.Name] = kept;
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(report, EventSerializer.Documents);
    }).Requires(Right.PersonalPlain).WithName("GetDataSubjectReport").Produces<JsonObject>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static async Task<JsonArray> LedgerAsync(DocumentStore store, Guid id, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var lines = await connection.QueryAsync<string>(new CommandDefinition("""
            select (d.doc || jsonb_build_object('actorName', u.name))::text from customer.access_ledger d left join customer.users u on u.id = d.doc->>'actorId'
            where d.customers @> array[@id] order by d.doc->>'at' desc, d.id desc limit @MostLines
            """, new { id, MostLines }, cancellationToken: ct));
        IReadOnlyList<string> shown = store.Personal is { } personal ? await personal.OpenAsync([.. lines], null, ct) : [.. lines];
        return new JsonArray([.. shown.Select(l => JsonNode.Parse(l))]);
    }
}
