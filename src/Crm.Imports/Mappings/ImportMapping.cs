using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports;

/// <summary>How the columns of a file are imported, kept under a name and used again for every file with the same headers.</summary>
internal sealed record ImportMapping : Document, IAggregate<ImportMapping>
{
    public string Name { get; init; } = "";

    public string Target { get; init; } = "";

    public ImportColumn[] Columns { get; init; } = [];

    public ImportOptions Options { get; init; } = new();

    /// <summary>The headers, in whatever order: see <see cref="KeyOf"/>.</summary>
    public string HeadersKey { get; init; } = "";

    public bool Deleted { get; init; }

    public static ImportMapping? Evolve(ImportMapping? state, Event e) => (state, e.Data) switch
    {
        (_, ImportMappingSaved x) => (state ?? new ImportMapping()) with { Name = x.Name, Target = x.Target, Columns = x.Columns, Options = x.Options, HeadersKey = x.HeadersKey },
        (not null, ImportMappingRemoved) => state with { Deleted = true },
        _ => state,
    };

    /// <summary>The same for files with the same headers, whatever their order and case.</summary>
    public static string KeyOf(IEnumerable<string> headers) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', headers.Select(h => h.Trim().ToLowerInvariant()).Order(StringComparer.Ordinal)))));

    /// <summary>The saved columns as those of a file with the same headers.</summary>
    public ImportColumn[] For(IReadOnlyList<ColumnProfile> profile) =>
    [
        .. profile.Select(c => Array.Find(Columns, k => string.Equals(k.Name.Trim(), c.Name.Trim(), StringComparison.OrdinalIgnoreCase)) is { } known
            ? known with { Name = c.Name, Index = c.Index } : new ImportColumn(c.Name, c.Index, null, null, 0)),
    ];

    /// <summary>The newest saved mapping for these headers that the caller's targets include, or null.</summary>
    public static async Task<ImportMapping?> FindAsync(DocumentStore store, IEnumerable<string> headers, Func<string, bool> may, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select id from imports.mappings where doc->>'headersKey' = $1 and not (doc->>'deleted')::boolean order by known_from desc limit 20");
        command.Parameters.Add(Statement.Parameter(KeyOf(headers)));
        var ids = new List<Guid>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        foreach (var id in ids)
            if (await store.Query.AggregateStreamAsync<ImportMapping>(id, ct: ct) is { Deleted: false } mapping && may(mapping.Target)) return mapping;
        return null;
    }
}

internal sealed class ImportMappingResource : Resource<ImportMapping>
{
    /// <summary>Whoever may import may use what others saved: it holds no rows.</summary>
    public override string Name => "imports";

    public override Ownership<ImportMapping>? Ownership => null;

    public override bool IsGone(ImportMapping state) => state.Deleted;

    public override ValueTask<JsonObject> Represent(ImportMapping state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        json.Remove("deleted");
        json.Remove("headersKey");
        return ValueTask.FromResult(json);
    }
}

/// <summary>The saved mappings, written with the events: the constraint on their names carries the code of the refusal.</summary>
internal sealed class ImportMappings : DocumentProjection<ImportMapping>
{
    public const string TableName = "imports.mappings";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(ImportMappingSaved), typeof(ImportMappingRemoved)];

    public override IEnumerable<string?> SearchTexts(ImportMapping document) => [document.Name];
}

/// <summary><c>GET mappings</c> and <c>POST mappings/search</c>, by name.</summary>
internal static class ImportMappingList
{
    private static readonly ListSource Source = new(FieldMap.Of<ImportMapping>().Without("deleted"), ImportMappings.TableName)
    {
        Select = "d.doc - 'deleted' - 'headersKey'",
        Where = "not (d.doc->>'deleted')::boolean",
        Sort = "name",
    };

    public static void Map(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder mappings) => mappings.MapList<ImportMapping>(Source, Right.View("imports"));
}
