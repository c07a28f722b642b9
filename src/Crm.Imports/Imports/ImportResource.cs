using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;

namespace Crm.Imports;

/// <summary>An import as the caller sees it: what was read, what is proposed, and how far the job is.</summary>
internal sealed class ImportResource(DocumentStore store, IUserDirectory users, IHttpContextAccessor http) : Resource<Import>
{
    public override string Name => "imports";

    /// <summary>An import is its uploader's: it shows the whole file.</summary>
    public override Ownership<Import> Ownership { get; } = new(
        import => [Guid.TryParse(import.CreatedBy, out var user) ? user : Guid.Empty],
        (d, ids) => $"(({d}.doc->>'createdBy') = any({ids}::text[]))",
        _ => "false");

    public override async ValueTask<JsonObject> Represent(Import state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        foreach (var internals in (string[])["values", "columns", "run", "hasStarted", "startedBy"]) json.Remove(internals);
        var (columns, suggestions, notes) = await ProfileAsync(state.Id, ct);
        json["columns"] = new JsonArray([.. state.Columns.Select(c => Column(c, columns.ElementAtOrDefault(c.Index), http.HttpContext is { } context ? CellMask.Of(context, state) : null))]);
        json["values"] = Node(state.Status is ImportStatus.Uploaded or ImportStatus.Checking
            ? state.Values.Select(v => new Suggestion(v.Field, v.From, v.To, 0, 1, "chosen", v.To is not null)) : suggestions ?? []);
        json["notes"] = new JsonArray([.. notes.Where(n => state.Status is not (ImportStatus.Uploaded or ImportStatus.Checking) || HeaderNotes.Codes.Contains(n.Code)).Select(Note)]);
        await AddProgressAsync(json, state, at, ct);
        json["fault"] = state.Fault is { } f ? new JsonObject { ["code"] = f.Code, ["message"] = Text(f.Zh, f.En) } : null;
        json["createdByName"] = (await users.NamesAsync([state.CreatedBy], ct)).GetValueOrDefault(state.CreatedBy);
        return json;
    }

    private async Task AddProgressAsync(JsonObject json, Import state, DateTimeOffset at, CancellationToken ct)
    {
        var kind = state.Status switch { ImportStatus.Uploaded or ImportStatus.Checking or ImportStatus.Checked => "check", ImportStatus.Reverting or ImportStatus.Reverted => "revert", _ => "commit" };
        var progress = await ImportTables.ProgressAsync(store.DataSource, state.Id, kind, ct);
        var working = state.Status is ImportStatus.Checking or ImportStatus.Running or ImportStatus.Reverting;
        var done = progress is { Total: > 0 } ? Math.Min(1, progress.Done / (double)progress.Total) : 0;
        json["progress"] = working || state.Status is ImportStatus.Cancelled or ImportStatus.Failed ? Math.Round(done, 4)
            : state.Status is ImportStatus.Completed or ImportStatus.Checked or ImportStatus.Reverted ? 1 : 0;
        json["remainingSeconds"] = working && progress is not null && Remaining(progress, at) is { } seconds ? seconds : null;
        if (kind == "commit" && state.Status != ImportStatus.Completed && progress is not null) json["totals"] = Node(progress.Totals with { Rows = state.Format.Rows });
        if (kind == "check" && state.Totals is null) json["totals"] = Node(new ImportTotals(state.Format.Rows, 0, 0, 0, 0, 0, 0));
    }

    private static int? Remaining(JobProgress progress, DateTimeOffset at)
    {
        var (done, elapsed) = (progress.Done - progress.StartedDone, (at - progress.StartedAt).TotalSeconds);
        return done <= 0 || elapsed <= 0 ? null : (int)Math.Ceiling((progress.Total - progress.Done) * elapsed / done);
    }

    private static JsonObject Column(ImportColumn column, ColumnProfile? found, CellMask? mask) => new()
    {
        ["name"] = column.Name,
        ["index"] = column.Index,
        ["samples"] = Node(mask is null ? found?.Samples ?? [] : [.. (found?.Samples ?? []).Select(sample => mask.Cell(column.Index, sample))]),
        ["detected"] = found is null ? null : new JsonObject
        {
            ["type"] = ImportTables.Code(found.Type), ["format"] = found.Format, ["ambiguous"] = found.Ambiguous && column.Format is null, ["alternatives"] = Node(found.Alternatives),
            ["distinct"] = found.Distinct, ["blanks"] = found.Blanks, ["misfits"] = found.Misfits,
        },
        ["field"] = column.Field,
        ["format"] = column.Format,
        ["confidence"] = column.Confidence,
        ["blank"] = column.Blank is { } blank ? ImportTables.Code(blank) : null,
    };

    private string Text(string zh, string en) => http.HttpContext is { } context ? Language.Pick(context, zh, en) : en;

    private JsonObject Note(ImportNote note) => new() { ["code"] = note.Code, ["message"] = Text(note.Zh, note.En), ["rows"] = note.Rows };

    private async Task<(IReadOnlyList<ColumnProfile> Columns, IReadOnlyList<Suggestion>? Suggestions, IReadOnlyList<ImportNote> Notes)> ProfileAsync(Guid id, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand(
            "select columns::text, suggestions::text, notes::text from imports.profiles where import_id = $1");
        command.Parameters.Add(Statement.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return ([], null, []);
        return (ImportTables.Opened<ColumnProfile[]>(reader.GetString(0), store.Personal), reader.IsDBNull(1) ? null : ImportTables.Opened<Suggestion[]>(reader.GetString(1), store.Personal),
            ImportTables.Read<ImportNote[]>(reader.GetString(2)));
    }

    private static JsonNode? Node<T>(T value) => JsonSerializer.SerializeToNode(value, EventSerializer.Documents);
}
