using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports;

/// <summary>
/// A kind of record that can be imported. A module derives one class for each kind, registers it as <c>AddSingleton&lt;ImportTarget, CustomersImport&gt;()</c>,
/// and decides each row with the same pure functions that decide its commands. The engine reads files, keeps rows, runs the job, resumes and reverts.
/// Derive from <see cref="ImportTarget{T}"/>.
/// </summary>
public abstract class ImportTarget
{
    private protected ImportTarget()
    {
    }

    /// <summary>Plural resource name, for example <c>customers</c>; also names the rights that importing demands (<c>customers.create</c> and <c>customers.change</c>).</summary>
    public abstract string Code { get; }

    /// <summary>Chinese name.</summary>
    public abstract string Name { get; }

    /// <summary>English name.</summary>
    public abstract string NameEn { get; }

    /// <summary>The fields a column can be mapped to.</summary>
    public abstract IReadOnlyList<ImportField> Fields { get; }

    /// <summary>Whether unknown columns can become custom fields.</summary>
    public virtual bool HasCustomFields => false;

    /// <summary>Names of the projections that <see cref="PrepareAsync"/> reads; the engine waits until they have caught up before it prepares a run.</summary>
    public virtual IReadOnlyList<string> Projections => [];

    /// <summary>
    /// Loads every look-up of a run once (names and keys to ids, states of existing records): rows are then planned in memory. The engine prepares
    /// anew for each dry run, for each start or resumption of a commit, and after a record was changed by somebody else in between.
    /// </summary>
    public abstract Task<ImportRun> PrepareAsync(ImportSetup setup, CancellationToken ct);

    /// <summary>What undoes one row; <see cref="UndoPlan.Kept"/> lists what must stay because it was changed since.</summary>
    internal abstract UndoPlan Undo(bool created, long before, long after, IReadOnlyList<Event> stream, Now now);
}

/// <summary>A kind of record with aggregate <typeparamref name="T"/>.</summary>
public abstract class ImportTarget<T> : ImportTarget where T : Document, IAggregate<T>
{
    /// <summary>Deletes a record that the import created and nobody changed since; the decision of the public delete command.</summary>
    protected abstract Decision Delete(T current, Now now);

    /// <summary>Puts back fields of a record to the values they had before the import, by the decisions of the public change commands.</summary>
    /// <param name="current">The newest state.</param>
    /// <param name="before">The state before the import.</param>
    /// <param name="fields">JSON names of the fields to put back; members of <c>custom</c> and <c>externalKeys</c> as <c>custom.revenue</c>.</param>
    protected abstract Decision Restore(T current, T before, IReadOnlyList<string> fields, Now now);

    /// <summary>JSON names of fields that follow from others and are therefore neither put back nor listed as kept.</summary>
    protected virtual IReadOnlyCollection<string> Derived => [];

    /// <summary>Whether the record is deleted already, so that there is nothing to undo.</summary>
    protected virtual bool IsGone(T current) => false;

    internal override UndoPlan Undo(bool created, long before, long after, IReadOnlyList<Event> stream, Now now)
    {
        if (Fold.All<T>(stream) is not { } current || IsGone(current)) return UndoPlan.Nothing;
        if (created)
            return current.Version > after ? UndoPlan.Keep(["*"]) : Of(current, Delete(current, now), []);
        var old = Fold.All<T>(EventReader.At(stream, before))!;
        var (was, became, is_) = (Flat(old), Flat(Fold.All<T>(EventReader.At(stream, after))!), Flat(current));
        var touched = was.Keys.Union(became.Keys).Where(f => !JsonNode.DeepEquals(was.GetValueOrDefault(f), became.GetValueOrDefault(f))).ToList();
        var kept = touched.Where(f => !JsonNode.DeepEquals(became.GetValueOrDefault(f), is_.GetValueOrDefault(f))
            && !JsonNode.DeepEquals(was.GetValueOrDefault(f), is_.GetValueOrDefault(f))).ToList();
        var restore = touched.Where(f => JsonNode.DeepEquals(became.GetValueOrDefault(f), is_.GetValueOrDefault(f))).ToList();
        return restore.Count == 0 ? new UndoPlan(null, kept, null) : Of(current, Restore(current, old, restore, now), kept);
    }

    private static UndoPlan Of(T current, Decision decision, IReadOnlyList<string> kept) =>
        decision.Rejection is { } rejection
            ? new UndoPlan(null, ["*"], rejection)
            : new UndoPlan(decision.Events.Count == 0 ? null : new StreamChange<T>(current.Id, current.Version, [.. decision.Events.Select(e => new DatedEvent(e))]), kept, null);

    private Dictionary<string, JsonNode?> Flat(T state)
    {
        var flat = new Dictionary<string, JsonNode?>();
        foreach (var (name, value) in JsonSerializer.SerializeToNode(state, EventSerializer.Documents)!.AsObject())
        {
            if (name is "version" or "updatedAt" || Derived.Contains(name)) continue;
            if (name is "custom" or "externalKeys" && value is JsonObject members)
                foreach (var (key, member) in members) flat[$"{name}.{key}"] = member;
            else flat[name] = value;
        }
        return flat;
    }
}

/// <summary>What undoes one row.</summary>
/// <param name="Change">The events that undo it, or null if nothing is to be done.</param>
/// <param name="Kept">Fields that stay because they were changed since; <c>*</c> for the whole record.</param>
/// <param name="Refused">The rule that keeps the record, if one does.</param>
internal sealed record UndoPlan(StreamChange? Change, IReadOnlyList<string> Kept, Rejection? Refused)
{
    public static readonly UndoPlan Nothing = new(null, [], null);

    public static UndoPlan Keep(IReadOnlyList<string> fields) => new(null, fields, null);
}
