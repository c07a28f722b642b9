using System.Text.Json;
using Crm.EventStore;
using Npgsql;

namespace Crm.Http;

/// <summary>What in a module names a person as responsible, and how it is given to another: every module hands over its own.</summary>
public interface IOwnedRecords : IBulkCommand
{
    /// <summary>What it is called in a preview: the resource's name.</summary>
    string Resource { get; }

    /// <summary>The records that name the person today.</summary>
    Task<IReadOnlyList<Guid>> OfAsync(Guid person, CancellationToken ct);
}

/// <summary>From whom to whom: the input of an item that gives something to another person.</summary>
/// <param name="From">Who has it.</param>
/// <param name="To">Who gets it.</param>
public sealed record OwnerChange(Guid From, Guid To)
{
    /// <summary>As an item keeps it.</summary>
    public string ToInput() => JsonSerializer.Serialize(this, EventSerializer.Documents);
}

/// <summary>The records of one kind that belong to a person. A module says how they are found and assigns them by the decision of its own command.</summary>
public abstract class OwnedRecords<T>(DocumentStore store, Resource<T> resource) : IOwnedRecords where T : Document, IAggregate<T>
{
    /// <inheritdoc />
    public virtual string Resource => resource.Name;

    /// <inheritdoc />
    public string Name => Resource + ".owner";

    /// <summary>The identities of what belongs to <c>$1</c>, as SQL.</summary>
    protected abstract string OfPerson { get; }

    /// <summary>Identity and name of the records <c>any($1)</c>, as SQL.</summary>
    protected abstract string NamesOf { get; }

    /// <summary>Who is responsible.</summary>
    protected abstract Guid? OwnerOf(T record);

    /// <summary>Makes somebody responsible who is known to be there.</summary>
    protected abstract Decision Assign(T record, Guid owner, Now now);

    /// <inheritdoc />
    public async Task<IReadOnlyList<Guid>> OfAsync(Guid person, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand(OfPerson);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = person });
        await using var row = await command.ExecuteReaderAsync(ct);
        var ids = new List<Guid>();
        while (await row.ReadAsync(ct)) ids.Add(row.GetGuid(0));
        return ids;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(IReadOnlyList<Guid> records, Access access, CancellationToken ct)
    {
        if (!access.Rows(Right.View(resource.Name)).IsAll) return new Dictionary<Guid, string>();
        await using var command = store.DataSource.CreateCommand(NamesOf);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. records] });
        await using var row = await command.ExecuteReaderAsync(ct);
        var names = new Dictionary<Guid, string>();
        while (await row.ReadAsync(ct)) names[row.GetGuid(0)] = row.GetString(1);
        return names;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<BulkResult>> RunAsync(IReadOnlyList<BulkItem> items, BulkPass pass, CancellationToken ct)
    {
        var streams = (await store.Query.FetchStreamsAsync([.. items.Select(i => i.RecordId)], ct)).ToLookup(e => e.StreamId);
        return [.. items.Select(item => Run(item, Fold.All<T>(streams[item.RecordId]), pass))];
    }

    private BulkResult Run(BulkItem item, T? record, BulkPass pass)
    {
        if (record is null || resource.IsGone(record)) return BulkResult.Gone;
        var asked = item.InputAs<OwnerChange>();
        var (from, to) = pass.Undo ? (asked.To, asked.From) : (asked.From, asked.To);
        if (OwnerOf(record) != from) return BulkResult.Changed;
        var decision = Assign(record, to, pass.Now);
        if (decision.Rejection is { } rejection) return new BulkResult(rejection);
        pass.Session.Append<T>(record.Id, record.Version, decision.Events);
        return BulkResult.Done;
    }
}
