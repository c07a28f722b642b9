using System.Text.Json;
using Crm.Http;
using Dapper;

namespace Crm.Pipeline;

/// <summary>What was looked up before a decision: the pipeline, and which of the things the command names exist.</summary>
internal sealed record OpportunityFacts
{
    /// <summary>The pipeline as it is now; null if there is none.</summary>
    public SalesPipeline? Pipeline { get; init; }

    /// <summary>Customers that exist, are not deleted and may be seen.</summary>
    public IReadOnlySet<Guid> Customers { get; init; } = new HashSet<Guid>();

    /// <summary>Users that exist.</summary>
    public IReadOnlySet<Guid> Users { get; init; } = new HashSet<Guid>();

    /// <summary>The products of the lines.</summary>
    public IReadOnlyDictionary<Guid, CatalogueEntry> Products { get; init; } = new Dictionary<Guid, CatalogueEntry>();

    /// <summary>Who has the external keys, by system and value.</summary>
    public IReadOnlyDictionary<(string System, string Value), (Guid Id, string Name)> Keys { get; init; } = new Dictionary<(string, string), (Guid, string)>();

    /// <summary>Custom fields and rules; nothing where a job puts back what was there before.</summary>
    public FieldSettings Fields { get; init; } = FieldSettings.Empty;

    /// <summary>Which own fields are unique. A job that puts back what was there is not asked by the rules of today, and takes unique values again all the same.</summary>
    public FieldSettings Unique { get => field ?? Fields; init; }

    /// <summary>Why a value of a custom field cannot be, or null.</summary>
    public Rejection? CustomFault { get; init; }

    /// <summary>Looks up what a command names.</summary>
    public static async Task<OpportunityFacts> LoadAsync(
        CommandScope scope, Guid? pipeline, Guid? customer = null, Guid? owner = null, IEnumerable<LineInput>? lines = null, IReadOnlyDictionary<string, string?>? keys = null,
        IReadOnlyDictionary<string, JsonElement>? custom = null)
    {
        var settings = Access.Of(scope.Http).Picture.Fields;
        var facts = new OpportunityFacts
        {
            Pipeline = await PipelineAsync(scope, pipeline),
            Products = await Catalogue.FindAsync(scope.Database, (lines ?? []).Select(l => l.ProductId), scope.Aborted),
            Fields = settings,
            CustomFault = await CustomReferences.FaultAsync(settings, "opportunities", custom, scope) ?? await TakenValues.FaultAsync(settings, "opportunities", OpportunityValues.Table, custom, scope),
        };
        if (customer is null && owner is null && keys is null or { Count: 0 }) return facts;
        await using var connection = await scope.Database.OpenConnectionAsync(scope.Aborted);
        var rows = await connection.QueryAsync<(string What, Guid Id, string? System, string? Value, string? Name)>(new CommandDefinition("""
            select 'customer', id, null, null, owner_id::text from pipeline.customers where id = @customer and not deleted
            union all select 'user', id, null, null, null from pipeline.users where id = @owner and not removed
            union all select 'key', k.opportunity_id, k.system, k.value, k.name
              from pipeline.opportunity_keys k join unnest(@systems, @values) as u(system, value) on k.system = u.system and k.value = u.value and not k.deleted
            """,
            new { customer, owner, systems = keys?.Keys.ToArray() ?? [], values = keys?.Values.Select(v => v?.Trim() ?? "").ToArray() ?? [] }, cancellationToken: scope.Aborted));
        var found = rows.ToLookup(r => r.What);
        var seen = Access.Of(scope.Http).Rows(Right.View("customers"));
        return facts with
        {
            Customers = found["customer"].Where(r => seen.Holds(r.Name is null ? null : Guid.Parse(r.Name))).Select(r => r.Id).ToHashSet(),
            Users = found["user"].Select(r => r.Id).ToHashSet(),
            Keys = found["key"].ToDictionary(r => (r.System!, r.Value!), r => (r.Id, r.Name!)),
        };
    }

    /// <summary>Who else has one of the external keys.</summary>
    public Rejection? Taken(IEnumerable<KeyValuePair<string, string?>>? keys, Guid? self)
    {
        foreach (var (system, value) in keys ?? [])
            if (value is not null && Keys.TryGetValue((system, value), out var other) && other.Id != self) return OpportunityErrors.ExternalKeyTaken(system, value, other.Id, other.Name);
        return null;
    }

    private static async Task<SalesPipeline?> PipelineAsync(CommandScope scope, Guid? id)
    {
        if (id is null)
        {
            await using var connection = await scope.Database.OpenConnectionAsync(scope.Aborted);
            id = await connection.ExecuteScalarAsync<Guid?>(new CommandDefinition("select pipeline_id from pipeline.stages where is_default limit 1", cancellationToken: scope.Aborted));
        }
        return id is null ? null : await scope.Store.Query.AggregateStreamAsync<SalesPipeline>(id.Value, ct: scope.Aborted);
    }
}
