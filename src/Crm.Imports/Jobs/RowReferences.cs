namespace Crm.Imports;

/// <summary>Finds the records that the rows of a batch refer to, in one look-up for each kind; what is unknown or could mean several is an error of the row that says what to write instead.</summary>
internal sealed class RowReferences
{
    private static readonly Dictionary<string, Words> Said = new()
    {
        ["users"] = new("在职用户", "active user", "用户名或邮箱", "the user name or the e-mail address"),
        ["customers"] = new("客户", "customer", "CRM 编号或外部编号", "the CRM id or the key in another system"),
        ["opportunities"] = new("商机", "opportunity", "CRM 编号或外部编号", "the CRM id or the key in another system"),
        ["products"] = new("产品", "product", "产品编码", "the product code"),
    };

    private readonly List<(ImportField Field, IReferenceSource Source)> fields;
    private readonly Dictionary<string, KnownValues> names = [];
    private readonly HashSet<(string Field, string Value)> good = [];

    public RowReferences(ImportTarget target, Import import, IReadOnlyDictionary<string, IReferenceSource> sources)
    {
        var mapped = import.Columns.Select(c => c.Field).OfType<string>().ToHashSet();
        fields = [.. target.Fields.Where(f => f is { ReferenceTo: not null, IsLink: false } && mapped.Contains(f.Code) && sources.ContainsKey(f.ReferenceTo!)).Select(f => (f, sources[f.ReferenceTo!]))];
    }

    /// <summary>Names of the projections that are read.</summary>
    public IEnumerable<string> Projections => fields.SelectMany(f => f.Source.Projections);

    /// <summary>The names that values of a field are compared with; null where the target knows them or none is proposed.</summary>
    public KnownValues? Names(string field) => names.GetValueOrDefault(field);

    /// <summary>Whether a value of the file means one record as it stands.</summary>
    public bool Means(string field, string value) => good.Contains((field, value));

    /// <summary>Learns which values of the file are good as they are, so that a name is proposed only for the others.</summary>
    public async Task PrepareAsync(ImportSetup setup, CancellationToken ct)
    {
        foreach (var (field, source) in fields)
        {
            if (!setup.Values.TryGetValue(field.Code, out var values)) continue;
            if (await source.NamesAsync(ct) is { Count: > 0 } all) names[field.Code] = new KnownValues(all, Closed: true);
            var meant = Referred.Meant(await source.FindAsync([.. values.Keys.Select(v => v.Trim()).Distinct()], setup.Systems, setup.Access, ct));
            good.UnionWith(values.Keys.Where(v => meant[v.Trim()].Count() == 1).Select(v => (field.Code, v)));
        }
    }

    /// <summary>Puts the records in the place of what is written of them.</summary>
    public async Task FindAsync(IReadOnlyList<ImportRow> rows, ImportSetup setup, CancellationToken ct)
    {
        foreach (var kind in fields.GroupBy(f => f.Source))
        {
            string[] texts = [.. kind.SelectMany(f => rows.Select(r => r.Text(f.Field.Code)?.Trim())).OfType<string>().Distinct()];
            if (texts.Length == 0) continue;
            var meant = Referred.Meant(await kind.Key.FindAsync(texts, setup.Systems, setup.Access, ct));
            foreach (var (field, source) in kind)
                foreach (var row in rows)
                    if (row.Text(field.Code)?.Trim() is { } text) Refer(row, field, source.Resource, text, [.. meant[text]]);
        }
    }

    private static void Refer(ImportRow row, ImportField field, string resource, string text, Guid[] meant)
    {
        if (meant is [var one])
        {
            row.Refer(field.Code, one);
            return;
        }
        var words = Said[resource];
        var kind = field.Code.Contains("custom.", StringComparison.Ordinal) ? "reference" : resource[..^1];
        row.Add(meant is []
            ? RowMessage.Error("unknown_" + kind, field.Code, $"没有“{text}”这个{words.Zh}。请填写{words.KeyZh}，或完整的名称。", $"There is no {words.En} '{text}'. Give {words.KeyEn}, or the exact name.")
            : RowMessage.Error("ambiguous_" + kind, field.Code, $"“{text}”可能指 {meant.Length} 个{words.Zh}，未作猜测。请改填{words.KeyZh}。", $"'{text}' may mean {meant.Length} records; none was guessed. Give {words.KeyEn} instead."));
    }

    private sealed record Words(string Zh, string En, string KeyZh, string KeyEn);
}
