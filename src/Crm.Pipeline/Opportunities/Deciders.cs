using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Http;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Pipeline;

/// <summary>Who decides on the open opportunities of a customer, by the rights and limits that hold for the list of opportunities.</summary>
internal sealed class Deciders(NpgsqlDataSource database, Resource<Opportunity> resource) : IDeciders
{
    public async Task<IReadOnlyList<Decider>> OfAsync(Guid customer, HttpContext http)
    {
        var (access, parameters) = (Access.Of(http), new SqlParameters());
        bool Shows(string field) => !access.Limits.Of(resource.Name).TryGetValue(field, out var level) || level >= FieldLevel.Read;
        if (!access.May(Right.View(resource.Name)) || !Shows("decisionMakers")) return [];
        var of = parameters.Add(customer, NpgsqlDbType.Uuid);
        var visible = access.Visible(resource, "d", Opportunities.TableName, false)?.Invoke(parameters) ?? "true";
        var command = new NpgsqlBatchCommand($"""
            select n.name, d.id, d.doc->>'name' from pipeline.opportunities d cross join lateral jsonb_array_elements_text(d.doc->'decisionMakers') with ordinality n(name, place)
            where d.customer_id = {of} and d.kind = 'open' and not d.deleted and {visible} order by d.doc->>'createdAt' desc, d.id, n.place limit 200
            """);
        parameters.CopyTo(command);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(command);
        await using var row = await batch.ExecuteReaderAsync(http.RequestAborted);
        var found = new List<Decider>();
        while (await row.ReadAsync(http.RequestAborted)) found.Add(new(row.GetString(0), row.GetGuid(1), Shows("name") ? row.GetString(2) : null));
        return found;
    }
}
