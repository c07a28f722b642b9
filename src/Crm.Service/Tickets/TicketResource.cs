using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Service;

/// <summary>A ticket as the caller sees it: with names, and with its clocks as they stand at the instant it is shown for.</summary>
internal sealed class TicketResource(DocumentStore store, IUserDirectory users) : Resource<Ticket>
{
    public override string Name => "tickets";

    /// <summary>A ticket belongs to its agent, to who opened it, and to whoever is responsible for its customer.</summary>
    public override Ownership<Ticket> Ownership { get; } = new(
        ticket => [ticket.AssigneeId, Guid.TryParse(ticket.CreatedBy, out var opener) ? opener : null],
        (d, ids) => $"""
            (({d}.doc->>'assigneeId')::uuid = any({ids}) or ({d}.doc->>'createdBy') = any({ids}::text[])
              or ({d}.doc->>'customerId')::uuid in (select own.id from service.customers own where own.owner_id = any({ids})))
            """,
        d => $"(({d}.doc->>'assigneeId') is null)")
    {
        Shares = ticket => ticket.Shares,
        Above = (ticket, ct) => ticket.CustomerId is { } customer ? OwnerOfCustomerAsync(store, customer, ct) : default,
    };

    private static async ValueTask<Guid?> OwnerOfCustomerAsync(DocumentStore store, Guid customer, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select owner_id from service.customers where id = $1");
        command.Parameters.Add(Statement.Parameter(customer));
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }

    public override IReadOnlySet<string> Derived { get; } = FrozenSet.Create("clocks", "dueAt", "breachAt", "changedAt");

    public override async ValueTask<JsonObject> Represent(Ticket state, DateTimeOffset at, CancellationToken ct)
    {
        var ids = state.Answers.Select(a => a.AuthorId).Append(state.AssigneeId).Where(id => id is not null).Select(id => id!.Value.ToString()).Distinct();
        var names = await users.NamesAsync(ids.Append(state.CreatedBy), ct);
        var json = Json(state);
        json["clocks"] = Clocks(state.Clocks, at);
        json["createdByName"] = names.GetValueOrDefault(state.CreatedBy);
        json["overdue"] = state.DueAt < at;
        json["breached"] = state.BreachAt < at;
        json["assigneeName"] = NameOf(state.AssigneeId);
        (json["customerName"], json["contactName"]) = await PartiesAsync(state, ct);
        foreach (var (answer, node) in state.Answers.Zip(json["answers"]!.AsArray())) node!["authorName"] = NameOf(answer.AuthorId);
        return json;

        string? NameOf(Guid? id) => id is { } known ? names.GetValueOrDefault(known.ToString()) : null;
    }

    /// <summary>Clocks as they stand at an instant.</summary>
    public static JsonNode Clocks(IEnumerable<Clock> clocks, DateTimeOffset at) =>
        JsonSerializer.SerializeToNode(clocks.Select(c => ClockView.Of(c, at)), EventSerializer.Documents)!;

    private async Task<(string? Customer, string? Contact)> PartiesAsync(Ticket state, CancellationToken ct)
    {
        if (state.CustomerId is null) return default;
        await using var command = store.DataSource.CreateCommand(
            "select (select name from service.customers where id = $1), (select name from service.contacts where id = $2)");
        command.Parameters.Add(Statement.Parameter(state.CustomerId));
        command.Parameters.Add(Statement.Parameter(state.ContactId));
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.IsDBNull(0) ? null : reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1));
    }
}
