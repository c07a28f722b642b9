using System.Text.Json;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;
using Dapper;

namespace Crm.Pipeline;

/// <summary>Products from a file. A row means the product with its code, else the only one with its name; without a code the name becomes the code.</summary>
internal sealed class ProductsImport : ImportTarget<Product>
{
    public override string Code => "products";

    public override string Name => "产品";

    public override string NameEn => "Products";

    public override bool HasCustomFields => true;

    public override IReadOnlyList<ImportField> Fields { get; } =
    [
        new("name", "产品名称", "Name", ImportFieldType.Text, Required: true) { Synonyms = ["product", "product name", "产品", "商品名称", "品名"] },
        new("code", "产品编码", "Code", ImportFieldType.Text) { Synonyms = ["sku", "product code", "product id", "编码", "型号", "货号"] },
        new("unitPrice", "单价", "Unit price", ImportFieldType.Money) { Synonyms = ["sales price", "price", "list price", "retail price", "价格", "标价", "售价"] },
        new("series", "系列", "Series", ImportFieldType.Text) { Synonyms = ["category", "product line", "family", "产品系列", "类别"] },
        new("active", "在售", "Active", ImportFieldType.Boolean) { Synonyms = ["enabled", "是否在售", "启用"] },
    ];

    public override async Task<ImportRun> PrepareAsync(ImportSetup setup, CancellationToken ct)
    {
        await using var connection = await setup.Store.DataSource.OpenConnectionAsync(ct);
        var products = await connection.QueryAsync<(Guid Id, string Code, string Name)>(new CommandDefinition("select id, code, name from pipeline.catalogue where not deleted", cancellationToken: ct));
        return new Run(setup, products);
    }

    protected override bool IsGone(Product current) => current.Deleted;

    protected override Decision Delete(Product current, Now now) => DeleteProductFeature.Decide(new DeleteProduct(), current, now);

    protected override Decision Restore(Product current, Product before, IReadOnlyList<string> fields, Now now)
    {
        var custom = Former(fields, before.Custom);
        return ChangeProductFeature.Decide(
            new ChangeProduct(
                fields.Contains("code") ? before.Code : null, fields.Contains("name") ? before.Name : null, fields.Contains("unitPrice") ? before.UnitPrice : null,
                fields.Contains("series") ? before.Series : null, fields.Contains("active") ? before.Active : null, custom)
            {
                Cleared = [.. fields.Where(f => (f == "unitPrice" && before.UnitPrice is null) || (f == "series" && before.Series is null))],
            },
            current, null, now);
    }

    /// <summary>The former values of custom fields that are put back; null for those that there were not.</summary>
    internal static Dictionary<string, JsonElement>? Former(IReadOnlyList<string> fields, IReadOnlyDictionary<string, JsonElement> before) =>
        fields.Where(f => f.StartsWith("custom.", StringComparison.Ordinal)).Select(f => f["custom.".Length..])
            .ToDictionary(f => f, f => before.TryGetValue(f, out var value) ? value : JsonSerializer.SerializeToElement<object?>(null)) is { Count: > 0 } custom ? custom : null;

    private sealed class Run : ImportRun
    {
        private static readonly AddProduct.Validator Addition = new();
        private static readonly ChangeProduct.Validator Change = new();
        private readonly ImportSetup setup;
        private readonly Dictionary<string, Guid> byCode;
        private readonly NameIndex byName = new();
        private Dictionary<Guid, Product> states = [];

        public Run(ImportSetup setup, IEnumerable<(Guid Id, string Code, string Name)> products)
        {
            this.setup = setup;
            byCode = products.ToDictionary(p => p.Code, p => p.Id);
            foreach (var (id, _, name) in products) byName.Add(name, id);
        }

        public override string? Key(ImportRow row) => Catalogue.Key(CodeOf(row));

        public override async Task LoadAsync(IReadOnlyList<ImportRow> rows, CancellationToken ct)
        {
            Guid[] wanted = [.. rows.Select(Find).Select(m => m.Id).OfType<Guid>().Distinct()];
            states = (await setup.Store.Query.FetchStreamsAsync(wanted, ct)).GroupBy(e => e.StreamId).Select(g => Fold.All<Product>(g)).OfType<Product>().ToDictionary(p => p.Id);
        }

        public override RowPlan Plan(ImportRow row)
        {
            var match = Find(row);
            if (match.Count > 1)
                return RowPlan.Skip(row, RowMessage.Warning("ambiguous_product", "name",
                    $"有 {match.Count} 个产品叫“{row.Text("name")}”。", $"{match.Count} products are called '{row.Text("name")}'."));
            return match.Id is { } id && states.TryGetValue(id, out var product) ? Update(row, product) : Create(row);
        }

        private RowPlan Update(ImportRow row, Product product)
        {
            var command = new ChangeProduct(row.Text("code"), row.Has("code") ? row.Text("name") : null, row.Money("unitPrice"), row.Text("series"), row.Boolean("active"), row.Own("products"))
            {
                Cleared = [.. row.Cleared.Where(c => c is "unitPrice" or "series")],
            };
            if (!row.IsValid(Change, command)) return RowPlan.Error(row);
            var decision = ChangeProductFeature.Decide(command, product, null, row.Now());
            return decision.Rejection is { } rejection ? RowPlan.Error(row, rejection)
                : RowPlan.Update(row, product, [.. decision.Events.Select(e => new DatedEvent(e))]);
        }

        private RowPlan Create(ImportRow row)
        {
            var command = new AddProduct(CodeOf(row), row.Text("name")!, row.Money("unitPrice"), row.Text("series"), row.Boolean("active"), row.Own("products"));
            return row.IsValid(Addition, command)
                ? RowPlan.Create<Product>(row, [.. AddProductFeature.Decide(command, null, row.Now()).Events.Select(e => new DatedEvent(e))])
                : RowPlan.Error(row);
        }

        private NameMatch Find(ImportRow row) =>
            byCode.TryGetValue(Catalogue.Key(CodeOf(row)), out var id) ? new NameMatch(id, 1) : row.Has("code") ? new NameMatch(null, 0) : byName.Find(row.Text("name")!);

        private static string CodeOf(ImportRow row) => row.Text("code") ?? (row.Text("name") is { Length: > 60 } name ? name[..60] : row.Text("name")!);
    }
}
