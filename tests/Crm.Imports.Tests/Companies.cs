using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports.Tests;

public sealed record CompanyFounded(string Name, string? Key, string? Industry, decimal? Size, DateOnly? Founded, IReadOnlyDictionary<string, string>? Custom);

public sealed record CompanyAltered(string? Industry, decimal? Size, Guid? ParentId, string[] Cleared);

public sealed record CompanyClosed;

/// <summary>A record with a field of every kind, as a module would write it.</summary>
public sealed record Company : Document, IAggregate<Company>
{
    public string Name { get; init; } = "";
    public string? Key { get; init; }
    public string? Industry { get; init; }
    public decimal? Size { get; init; }
    public Guid? ParentId { get; init; }
    public bool Closed { get; init; }
    public IReadOnlyDictionary<string, string> Custom { get; init; } = new Dictionary<string, string>();

    public static Company? Evolve(Company? state, Event e) => (state, e.Data) switch
    {
        (null, CompanyFounded x) => new Company { Name = x.Name, Key = x.Key, Industry = x.Industry, Size = x.Size, Custom = x.Custom ?? new Dictionary<string, string>() },
        (not null, CompanyAltered x) => state with
        {
            Industry = x.Cleared.Contains("industry") ? null : x.Industry ?? state.Industry,
            Size = x.Cleared.Contains("size") ? null : x.Size ?? state.Size,
            ParentId = x.Cleared.Contains("parentId") ? null : x.ParentId ?? state.ParentId,
        },
        (not null, CompanyClosed) => state with { Closed = true },
        _ => state,
    };

    public static Decision Alter(Company company, string? industry, decimal? size, Guid? parent, string[] cleared)
    {
        cleared = [.. cleared.Where(c => (c, company) is ("industry", { Industry: not null }) or ("size", { Size: not null }) or ("parentId", { ParentId: not null }))];
        var change = new CompanyAltered(industry == company.Industry ? null : industry, size == company.Size ? null : size, parent == company.ParentId ? null : parent, cleared);
        return change is { Industry: null, Size: null, ParentId: null, Cleared.Length: 0 } ? Decision.Nothing : [change];
    }
}

public sealed class CompanyDocuments : DocumentProjection<Company>
{
    public override string Table => "companies";
    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CompanyFounded), typeof(CompanyAltered), typeof(CompanyClosed)];
}

public sealed class CompaniesImport : ImportTarget<Company>
{
    public override string Code => "customers";
    public override string Name => "公司";
    public override string NameEn => "Companies";
    public override bool HasCustomFields => true;
    public override IReadOnlyList<string> Projections => ["companies"];
    public override IReadOnlyList<ImportField> Fields { get; } =
    [
        new("name", "公司名称", "Name", ImportFieldType.Text, Required: true) { Synonyms = ["account", "company"] },
        new("key", "编号", "Key", ImportFieldType.Text),
        new("industry", "行业", "Industry", ImportFieldType.Text) { Synonyms = ["sector"] },
        new("size", "规模", "Size", ImportFieldType.Number) { Synonyms = ["employees"] },
        new("founded", "成立日期", "Founded", ImportFieldType.Date) { Synonyms = ["founded on"] },
        new("parentId", "上级公司", "Parent", ImportFieldType.Reference) { Synonyms = ["subsidiary of"] },
    ];

    public override async Task<ImportRun> PrepareAsync(ImportSetup setup, CancellationToken ct)
    {
        var known = new List<Company>();
        await using var command = setup.Store.DataSource.CreateCommand("select doc::text from companies where doc->>'closed' = 'false'");
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) known.Add(System.Text.Json.JsonSerializer.Deserialize<Company>(reader.GetString(0), EventSerializer.Documents)!);
        return new Companies(known);
    }

    protected override bool IsGone(Company current) => current.Closed;

    protected override Decision Delete(Company current, Now now) => [new CompanyClosed()];

    protected override Decision Restore(Company current, Company before, IReadOnlyList<string> fields, Now now) => Company.Alter(
        current, fields.Contains("industry") ? before.Industry : null, fields.Contains("size") ? before.Size : null, null,
        [.. fields.Where(f => f switch { "industry" => before.Industry is null, "size" => before.Size is null, "parentId" => before.ParentId is null, _ => false })]);

    private sealed class Companies(List<Company> known) : ImportRun
    {
        private readonly Dictionary<string, Company> byKey = known.Where(c => c.Key is not null).ToDictionary(c => c.Key!);
        private readonly ILookup<string, Company> byName = known.ToLookup(c => c.Name);
        private readonly Dictionary<string, Guid> planned = [];

        public override KnownValues? Known(string field) => field == "industry" ? new KnownValues(Industries.Names.ToList(), Closed: false) : null;

        public override string? Key(ImportRow row) => row.Text("key") ?? row.Text("name");

        public override bool HasLinks => true;

        public override bool NeedsLink(ImportRow row) => row.Has("parentId");

        public override RowPlan Plan(ImportRow row)
        {
            var name = row.Text("name")!;
            if (name.Length > 100)
            {
                row.Add(RowMessage.Error("too_long", "name", "太长", "too long"));
                return RowPlan.Error(row);
            }
            if (!row.Has("industry")) row.Add(RowMessage.Warning("no_industry", "industry", "没有行业。", "The row names no industry."));
            var same = row.Text("key") is { } key && byKey.TryGetValue(key, out var found) ? [found] : byName[name].ToList();
            if (same.Count > 1) return RowPlan.Skip(row, RowMessage.Warning("ambiguous", "name", "多个同名", "Several have this name."));
            if (same.Count == 1)
                return RowPlan.Update<Company>(row, same[0].Id, same[0].Version,
                    [.. Company.Alter(same[0], row.Text("industry"), row.Decimal("size"), null, [.. row.Cleared]).Events.Select(e => new DatedEvent(e))]);
            planned[name] = row.RecordId;
            var custom = row.Own("companies")?.ToDictionary(c => c.Key, c => c.Value.ToString());
            return RowPlan.Create<Company>(row, new DatedEvent(
                new CompanyFounded(name, row.Text("key"), row.Text("industry"), row.Decimal("size"), row.Date("founded"), custom), row.PastDate("founded")));
        }

        public override RowPlan Link(ImportRow row, Guid recordId)
        {
            var own = known.Find(c => c.Id == recordId) ?? new Company { Id = recordId, Version = 1 };
            var parent = row.Text("parentId")!;
            if (byName[parent].FirstOrDefault()?.Id is not { } id && !planned.TryGetValue(parent, out id))
                return RowPlan.Skip(row, RowMessage.Warning("unknown_parent", "parentId", "没有上级", $"There is no company '{parent}'."));
            return RowPlan.Update<Company>(row, recordId, own.Version, [.. Company.Alter(own, null, null, id, []).Events.Select(e => new DatedEvent(e))]);
        }
    }
}
