using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Npgsql;

namespace Crm.Customers;

/// <summary>A customer as it is shown: with the names of its owner, its parent and of who registered it.</summary>
internal sealed class CustomerResource(IUserDirectory users, NpgsqlDataSource database, KnownCadence cadence, AccessPictures pictures) : Resource<Customer>
{
    public override string Name => "customers";

    public override Ownership<Customer> Ownership { get; } = new(
        customer => [customer.OwnerId],
        (d, ids) => $"({d}.owner_id = any({ids}))",
        d => $"({d}.owner_id is null)")
    { Shares = customer => customer.Shares };

    /// <summary>What follows from other fields, or from the events that change the owner.</summary>
    public override IReadOnlySet<string> Derived { get; } = new HashSet<string> { "completeness", "ownedSince", "inPool", "pooledAt", "poolCause", "formerOwnerId", "claimedAt" };

    public override bool IsGone(Customer state) => state.Deleted;

    public override Guid? MergedInto(Customer state) => state.MergedInto;

    public override async ValueTask<JsonObject> Represent(Customer state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        var names = await users.NamesAsync(new[] { state.OwnerId?.ToString(), state.CreatedBy }.OfType<string>(), ct);
        var held = await HeldAsync(state, at, ct);
        json["tier"] = state.Tier ?? held.Tier;
        json["tierSource"] = state.Tier is null ? "computed" : "manual";
        json["tags"] = JsonNode.Parse(held.Tags);
        json["computedTags"] = JsonNode.Parse(held.Computed);
        json["ownerName"] = state.OwnerId is { } owner ? names.GetValueOrDefault(owner.ToString()) : null;
        json["parentName"] = state.ParentId is { } parent ? await NameAsync(parent, ct) : null;
        if (!state.Merges.IsEmpty)
        {
            var sources = await NamesAsync([.. state.Merges.Select(m => m.SourceId)], ct);
            foreach (var merge in json["merges"]!.AsArray()) merge!["sourceName"] = sources.GetValueOrDefault(merge["sourceId"]!.GetValue<Guid>());
        }
        // Only while there are some, as lists do not have it.
        if (await RecordMoves.ShowAsync(database, state.Id, ct) is { Count: > 0 } moves) json["recordMoves"] = moves;
        json["createdByName"] = names.GetValueOrDefault(state.CreatedBy);
        var (due, reason, rule, days) = Cadence.Due(state, state.Tier ?? held.Tier, await cadence.ReadAsync(ct));
        (json["dueAt"], json["dueReason"], json["dueRule"], json["dueDays"]) = (EventSerializer.InstantText(due), reason, rule, days);
        var (score, missing) = Completeness.Of(state, pictures.Latest.Fields.Completeness);
        (json["completeness"], json["missing"]) = (score, new JsonArray([.. missing.Select(m => (JsonNode)m)]));
        return json;
    }

    private async Task<Dictionary<Guid, string>> NamesAsync(Guid[] ids, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await connection.QueryAsync<(Guid Id, string Name)>(new CommandDefinition(
            "select customer_id, value from customer.match_keys where customer_id = any(@ids) and field = 'name'", new { ids }, cancellationToken: ct))).ToDictionary(n => n.Id, n => n.Name);
    }

    /// <summary>What rules make of the customer at an instant, and its own tags as they are called now.</summary>
    private async Task<(string Tier, string Tags, string Computed)> HeldAsync(Customer state, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"""
            select coalesce((select computed_tier from customer.tier_periods where customer_id = $1 and valid_from <= $2 and valid_to > $2), 'D'),
              {TagPeriods.ShownSql("$3", "$1", "$2")}::text, {TagPeriods.ComputedSql("$1", "$2")}::text
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = state.Id });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = at.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter { Value = JsonSerializer.Serialize<string[]>([.. state.Tags]), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetString(0), reader.GetString(1), reader.GetString(2));
    }

    private async Task<string?> NameAsync(Guid id, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "select value from customer.match_keys where customer_id = @id and field = 'name'", new { id }, cancellationToken: ct));
    }
}
