using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports;

/// <summary>What an import needs to plan its rows, with every look-up in memory.</summary>
internal sealed record PreparedImport(Import Import, ImportTarget Target, ImportSetup Setup, ImportRun Run, IReadOnlyList<ColumnProfile> Profile, RowReferences References)
{
    /// <summary>Waits until the target's tables hold everything that is in the log, then loads the look-ups.</summary>
    /// <exception cref="ProjectionBehindException">They did not catch up in time.</exception>
    public static async Task<PreparedImport> LoadAsync(Import import, TargetCatalogue targets, DocumentStore store, AccessPictures pictures, string currency, CancellationToken ct)
    {
        var target = targets.Find(import.Target) ?? throw new InvalidOperationException($"There is no import target '{import.Target}'.");
        var sequence = await store.Daemon.HighestSequenceAsync(ct);
        var references = new RowReferences(target, import, targets.Sources);
        if (!await store.Daemon.WaitForAsync([.. target.Projections.Concat(references.Projections).Distinct()], sequence, TimeSpan.FromMinutes(2), ct)) throw new ProjectionBehindException(target.Code);
        var profile = await ImportTables.ProfileAsync(store, import.Id, ct);
        var setup = new ImportSetup(
            import.Id, import.FileName, store, import.Options, import.Columns.Where(c => c.Field is not null).ToDictionary(c => c.Field!, c => c.Name),
            ValueSuggestions.Values(import, profile), store.Now, store.DayOf(store.Now), import.StartedBy, import.Options.Currency ?? currency,
            (await pictures.CurrentAsync(ct)).Of(import.StartedBy, store.Now));
        await references.PrepareAsync(setup, ct);
        return new PreparedImport(import, target, setup, await target.PrepareAsync(setup, ct), profile, references);
    }
}

/// <summary>The read models an import needs did not catch up; the job is tried again later.</summary>
internal sealed class ProjectionBehindException(string target) : Exception($"The projections behind '{target}' are behind the log.");

/// <summary>Plans the rows of one pass: the target's decision, and the rules that hold for every target.</summary>
internal sealed class RowPlanner(PreparedImport prepared, IReadOnlyList<Suggestion> suggestions)
{
    private readonly RowReader reader = new(prepared.Target, prepared.Setup, prepared.Import, prepared.Profile, suggestions);
    private readonly RowIndex keys = new();
    private readonly Dictionary<Guid, int> records = [];
    private readonly ImportOptions options = prepared.Setup.Options;

    /// <summary>A mapped field that who imports may not change.</summary>
    private readonly string? limited = prepared.Setup.Columns.Keys.Select(prepared.Target.RecordField)
        .FirstOrDefault(f => prepared.Setup.Access.Limits.Of(prepared.Target.Code) is var limits && (limits.ContainsKey(f) || limits.ContainsKey(f.Split('.')[0])));

    public ImportRow Read(StoredRow stored) => reader.Read(stored);

    /// <summary>Takes note of a row that was committed before, so that later rows with its key are recognised.</summary>
    public void Remember(ImportRow row, StoredRow stored)
    {
        if (!row.HasErrors && prepared.Run.Key(row) is { } key) keys.TryAdd(key, row.Number, out _);
        if (stored is { RecordId: { } record, Verdict: "create" or "update" }) records.TryAdd(record, row.Number);
    }

    /// <summary>Loads what planning these rows needs, first whom they refer to; rows that are refused already need nothing.</summary>
    public async Task LoadAsync(IReadOnlyList<ImportRow> rows, CancellationToken ct)
    {
        await prepared.References.FindAsync([.. rows.Where(r => !r.HasErrors)], prepared.Setup, ct);
        await prepared.Run.LoadAsync([.. rows.Where(r => !r.HasErrors)], ct);
    }

    public RowPlan Plan(ImportRow row)
    {
        if (row.HasErrors) return RowPlan.Error(row);
        if (limited is not null) return RowPlan.Error(row, ImportRejections.Field(limited));
        if (prepared.Run.Key(row) is { } key && !keys.TryAdd(key, row.Number, out var first)) return RowPlan.Skip(row, Repeated(first));
        var plan = prepared.Run.Plan(row);
        if (row.HasErrors) return RowPlan.Error(row);
        if (plan.Verdict == RowVerdict.Create && options.Mode == ImportMode.UpdateOnly)
            return RowPlan.Skip(row, RowMessage.Info("not_found", null, "没有对应的记录，且只更新已有记录。", "There is no such record, and only existing records are updated."));
        if (plan.Verdict is RowVerdict.Update or RowVerdict.Unchanged && options.Mode == ImportMode.CreateOnly)
            return RowPlan.Skip(row, RowMessage.Info("exists", null, "记录已存在，且只新建记录。", "The record exists, and only new records are created."), plan.RecordId);
        if (plan is { Change: not null, RecordId: { } record } && !records.TryAdd(record, row.Number)) return RowPlan.Skip(row, Repeated(records[record]), record);
        return Dated(row, plan);
    }

    public Task LoadLinksAsync(IReadOnlyList<(ImportRow Row, Guid Record)> rows, CancellationToken ct) => prepared.Run.LoadLinksAsync(rows, ct);

    public RowPlan Link(ImportRow row, Guid recordId) => Dated(row, prepared.Run.Link(row, recordId));

    public RowResult Result(ImportRow row, RowPlan plan) => new(
        row.Number, plan.Verdict, plan.Messages, plan.RecordId, plan.Change?.ExpectedVersion, plan.Change is { } c ? c.ExpectedVersion + c.Events.Count : null, Changes(plan));

    /// <summary>What a plan changes in an existing record, field by field.</summary>
    public IReadOnlyList<FieldChange> Changes(RowPlan plan) => plan is { Current: { } current, Change: { } change } ? prepared.Target.Changes(prepared.Setup, current, change) : [];

    /// <summary>Events without a date of their own take the row's business date, if the person named a column for it.</summary>
    private RowPlan Dated(ImportRow row, RowPlan plan)
    {
        if (plan.Change is null) return plan;
        var day = options.BusinessDateField is { } field ? row.PastDate(field) : null;
        if (row.HasErrors) return RowPlan.Error(row);
        return plan with { Change = plan.Change with { Events = [.. plan.Change.Events.Select(e => e with { BusinessDate = Past(e.BusinessDate ?? day) })] } };
    }

    private DateOnly? Past(DateOnly? day) => day == prepared.Setup.Today ? null : day;

    private static RowMessage Repeated(int first) =>
        RowMessage.Warning("repeats_row", null, $"与第 {first} 行是同一条记录，以第 {first} 行为准。", $"The row is about the same record as row {first}, which counts.");
}
