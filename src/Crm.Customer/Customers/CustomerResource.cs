using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.Http;
using Dapper;
using Npgsql;

namespace Crm.Customers;

/// <summary>A customer as it is shown: with the names of its owner, its parent and of who registered it.</summary>
internal sealed class CustomerResource(IUserDirectory users, NpgsqlDataSource database) : Resource<Customer>
{
    public override string Name => "customers";

    public override Ownership<Customer> Ownership { get; } = new(
        customer => [customer.OwnerId],
        (d, ids) => $"({d}.owner_id = any({ids}))",
        d => $"({d}.owner_id is null)")
    { Shares = customer => customer.Shares };

    public override bool IsGone(Customer state) => state.Deleted;

    public override async ValueTask<JsonObject> Represent(Customer state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        var names = await users.NamesAsync(new[] { state.OwnerId?.ToString(), state.CreatedBy }.OfType<string>(), ct);
        json["ownerName"] = state.OwnerId is { } owner ? names.GetValueOrDefault(owner.ToString()) : null;
        json["parentName"] = state.ParentId is { } parent ? await NameAsync(parent, ct) : null;
        json["createdByName"] = names.GetValueOrDefault(state.CreatedBy);
        return json;
    }

    private async Task<string?> NameAsync(Guid id, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "select value from customer.match_keys where customer_id = @id and field = 'name'", new { id }, cancellationToken: ct));
    }
}
