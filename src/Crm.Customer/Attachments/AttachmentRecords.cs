using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using Dapper;

namespace Crm.Customers;

/// <summary>Files of a customer or a contact: with the keys their contents go too, those included that are being received.</summary>
internal sealed class AttachmentRecords(DocumentStore store) : IPersonalRecords
{
    public string Name => "attachments";

    public Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        if (contact is { } person) session.Sql.Add($"delete from customer.attachment_contents where person_id = {person}");
        else session.Sql.Add($"delete from customer.attachment_contents where customer_id = {customer}");
        return Task.CompletedTask;
    }

    public async Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<string>(new CommandDefinition(
            "select d.doc::text from customer.attachments d where d.customer_id = @customer and (d.recorded_to is null or d.removed_at is not null) order by d.doc->>'createdAt', d.id", new { customer }, cancellationToken: ct));
        IReadOnlyList<string> plain = store.Personal is { } personal ? await personal.OpenAsync([.. rows], null, ct) : [.. rows];
        return new JsonArray([.. plain.Select(r => JsonNode.Parse(r))]);
    }
}
