using System.Text.Json;
using Crm.EventStore;
using NpgsqlTypes;

namespace Crm.Http;

/// <summary>An action as jobs give it to the records of a list: under the rights of who began the job, asked anew for every record, and decided on the newest state.</summary>
internal sealed class RecordCommand<T>(DocumentStore store, Resource<T> resource, ListSource source, BulkAction<T> action) : IBulkCommand where T : Document, IAggregate<T>
{
    public string Name { get; } = $"{resource.Name}.bulk.{action.Code}";

    public BulkAction<T> Action => action;

    Right? IBulkCommand.Right => action.Right;

    /// <summary>The records that are meant, settled in one statement: those of a list or of some ids that the caller may see and may do this with; one more than there may be.</summary>
    /// <exception cref="ProblemException">400: an unknown or forbidden field, a wrong comparison.</exception>
    public async Task<Guid[]> SettleAsync(ListQuery query, Guid[]? ids, Access access, CancellationToken ct)
    {
        var rows = source.For(access, resource.Name) with
        {
            Visible = access.Within(action.Right, resource, source.Fields.Alias, source.Table),
            // What was picked was seen: also what a list leaves out unless it is asked for.
            HiddenBy = ids is null ? source.HiddenBy : [],
        };
        return await query.IdsAsync(store.DataSource, rows, new QueryClock(store.Now, store.TimeZone), GiveBulkCommandFeature.Most + 1, ids, ct);
    }

    public async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(IReadOnlyList<Guid> records, Access access, CancellationToken ct)
    {
        var (parameters, alias) = (new SqlParameters(), source.Fields.Alias);
        var visible = access.Visible(resource, alias, source.Table, false)?.Invoke(parameters) ?? "true";
        await using var batch = store.DataSource.CreateBatch();
        var command = new Npgsql.NpgsqlBatchCommand(
            $"select {alias}.id, {source.Fields.Fields["name"].Sql} from {source.Table} {alias} where {alias}.id = any({parameters.Add(records.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)}) and ({source.Where}) and {visible}");
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
        var names = new Dictionary<Guid, string>();
        await using var row = await batch.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct)) names[row.GetGuid(0)] = row.GetString(1);
        return names;
    }

    public async Task<IReadOnlyList<BulkResult>> RunAsync(IReadOnlyList<BulkItem> items, BulkPass pass, CancellationToken ct)
    {
        var streams = (await store.Query.FetchStreamsAsync([.. items.Select(i => i.RecordId)], ct)).ToLookup(e => e.StreamId);
        var records = items.Select(i => Fold.All<T>(streams[i.RecordId])).ToList();
        var facts = (pass.Undo || action.LoadsToDo) && action.Load is { } load ? await load(store, [.. records.OfType<T>()], ct) : null;
        var results = new List<BulkResult>(items.Count);
        foreach (var (item, record) in items.Zip(records)) results.Add(await RunAsync(item, record, facts, pass, ct));
        return results;
    }

    private async ValueTask<BulkResult> RunAsync(BulkItem item, T? record, object? facts, BulkPass pass, CancellationToken ct)
    {
        if (record is null) return BulkResult.Gone;
        var before = item.Before is { } json ? JsonSerializer.Deserialize<Guid?>(json) : null;
        if (!await MayAsync(record, before, pass, ct)) return BulkResult.Forbidden;
        var step = new BulkStep(item.InputAs<BulkInput>(), before, pass.Access, pass.Now, facts);
        var decision = pass.Undo ? action.Back(record, step) : resource.IsGone(record) ? null : action.Decide(record, step);
        if (decision is null) return resource.IsGone(record) ? BulkResult.Gone : BulkResult.Changed;
        if (decision.Rejection is { } rejection) return new BulkResult(rejection);
        if (decision.Events.Count == 0) return pass.Undo ? BulkResult.Changed : BulkResult.Unchanged;
        pass.Session.Append<T>(record.Id, record.Version, decision.Events);
        return pass.Undo || action.Owner is null ? BulkResult.Done : new BulkResult(Fault: null, JsonSerializer.Serialize(action.Owner(record)));
    }

    /// <summary>Whoever gave a record away may take it back while the right is good for records of who had it.</summary>
    private async ValueTask<bool> MayAsync(T record, Guid? before, BulkPass pass, CancellationToken ct) =>
        (pass.Undo && action.Owner is not null && pass.Access.Rows(action.Right).Holds(before))
        || (await pass.Access.MayAsync(Right.View(resource.Name), resource, record, ct) && await pass.Access.MayAsync(action.Right, resource, record, ct));
}
