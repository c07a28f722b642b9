using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.Http;
using Dapper;
using Npgsql;

namespace Crm.Pipeline;

/// <summary>How one opportunity is shown: with the names of what it refers to and its days in the stage.</summary>
internal sealed class OpportunityResource(NpgsqlDataSource database) : Resource<Opportunity>
{
    public override string Name => "opportunities";

    /// <summary>An opportunity belongs to its owner, and to whoever is responsible for its customer.</summary>
    public override Ownership<Opportunity> Ownership { get; } = new(
        opportunity => [opportunity.OwnerId],
        (d, ids) => $"({d}.owner_id = any({ids}) or {d}.customer_id in (select own.id from pipeline.customers own where own.owner_id = any({ids})))",
        d => $"({d}.owner_id is null)")
    {
        Shares = opportunity => opportunity.Shares,
        Above = (opportunity, ct) => opportunity.CustomerId is { } customer ? OwnerOfCustomerAsync(database, customer, ct) : default,
    };

    public override bool IsGone(Opportunity state) => state.Deleted;

    private static async ValueTask<Guid?> OwnerOfCustomerAsync(NpgsqlDataSource database, Guid customer, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select owner_id from pipeline.customers where id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = customer });
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }

    /// <summary>Whole days in the stage at an instant; null for a closed opportunity.</summary>
    public static int? DaysInStage(Opportunity state, DateTimeOffset at) => state.StageKind == StageKind.Open ? (int)Math.Floor((at - state.EnteredStageAt).TotalDays) : null;

    public override async ValueTask<JsonObject> Represent(Opportunity state, DateTimeOffset at, CancellationToken ct)
    {
        var people = new[] { state.OwnerId, state.Review?.By }.OfType<Guid>().ToArray();
        var products = state.Lines.Select(l => l.ProductId).Distinct().ToArray();
        await using var connection = await database.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(string What, Guid? Id, string Name)>(new CommandDefinition("""
            select 'customer', id, name from pipeline.customers where id = @CustomerId
            union all select 'user', id, name from pipeline.users where id = any(@people)
            union all select 'product', id, name from pipeline.catalogue where id = any(@products)
            union all (select 'pipeline', pipeline_id, pipeline_name from pipeline.stages where pipeline_id = @PipelineId limit 1)
            union all select 'stage', null, name from pipeline.stages where pipeline_id = @PipelineId and code = @Stage
            """, new { state.CustomerId, people, products, state.PipelineId, state.Stage }, cancellationToken: ct));
        var names = rows.ToDictionary(r => (r.What, r.Id), r => r.Name);
        string? NameOf(string what, Guid? id) => names.GetValueOrDefault((what, id));

        var json = Json(state);
        json.Remove("deleted");
        json["customerName"] = NameOf("customer", state.CustomerId);
        json["ownerName"] = NameOf("user", state.OwnerId);
        json["pipelineName"] = NameOf("pipeline", state.PipelineId);
        json["stageName"] = NameOf("stage", null) ?? state.Stage;
        json["closed"] = state.StageKind != StageKind.Open;
        json["daysInStage"] = DaysInStage(state, at);
        foreach (var (line, item) in json["lines"]!.AsArray().Zip(state.Lines)) line!["productName"] = NameOf("product", item.ProductId);
        if (json["review"] is { } review) review["byName"] = NameOf("user", state.Review!.By);
        return json;
    }
}
