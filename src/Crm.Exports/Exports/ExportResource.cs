using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Exports;

/// <summary>An export as the caller sees it, with how far it is and whether there is a file.</summary>
internal sealed class ExportResource(DocumentStore store, IUserDirectory users) : Resource<Export>
{
    public override string Name => "exports";

    /// <summary>An export is of who asked for it; those above see that there is one, and not the file.</summary>
    public override Ownership<Export> Ownership { get; } = new(
        export => [Guid.TryParse(export.CreatedBy, out var user) ? user : Guid.Empty],
        (d, ids) => $"(({d}.doc->>'createdBy') = any({ids}::text[]))",
        _ => "false");

    public override async ValueTask<JsonObject> Represent(Export state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        await using (var command = store.DataSource.CreateCommand("select written, started_at from exports.files where export_id = $1"))
        {
            command.Parameters.Add(Statement.Parameter(state.Id));
            await using var row = await command.ExecuteReaderAsync(ct);
            if (await row.ReadAsync(ct))
            {
                json["written"] = row.GetInt64(0);
                json["startedAt"] = row.IsDBNull(1) ? null : EventSerializer.InstantText(new DateTimeOffset(row.GetDateTime(1)));
            }
        }
        json["createdByName"] = (await users.NamesAsync([state.CreatedBy], ct)).GetValueOrDefault(state.CreatedBy);
        return Shown(json, at);
    }

    /// <summary>A row of the list: the same without the name.</summary>
    public static string Show(string document, DateTimeOffset at) => Shown(JsonNode.Parse(document)!.AsObject(), at).ToJsonString(EventSerializer.Documents);

    /// <summary>Adds what follows from the instant: progress, the time that remains, whether the file is there.</summary>
    private static JsonObject Shown(JsonObject json, DateTimeOffset at)
    {
        var (status, total) = ((string?)json["status"], (long?)json["total"]);
        var written = (long?)json["written"];
        var running = status == "running";
        json["available"] = status == "completed" && written is not null;
        json["written"] = written ?? (status == "completed" ? total : 0);
        json["progress"] = status == "completed" ? 1 : total is > 0 ? Math.Round((written ?? 0) / (double)total, 4) : 0;
        json["remainingSeconds"] = null;
        if (running && written > 0 && json["startedAt"] is JsonValue started && total is { } all)
            json["remainingSeconds"] = (int)Math.Ceiling((all - written.Value) * (at - started.Deserialize<DateTimeOffset>()).TotalSeconds / written.Value);
        json.Remove("startedAt");
        return json;
    }
}
