using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;

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

    /// <summary>Whether columns can become keys in other systems, <c>externalKeys.salesforce</c>.</summary>
    public virtual bool HasExternalKeys => false;

    /// <summary>
    /// Codes of fields by which people may choose to find the records that rows mean; <c>externalKeys</c> is every mapped key in another system. Empty if
    /// the target alone decides.
    /// </summary>
    public virtual IReadOnlyList<string> MatchKeys => [];

    /// <summary>The record's field that a column of the file changes, as limits of roles name it: <c>contacts.phone</c> for <c>contact2.phone</c>.</summary>
    public virtual string RecordField(string code) => code;

    /// <summary>Names of the projections that <see cref="PrepareAsync"/> reads; the engine waits until they have caught up before it prepares a run.</summary>
    public virtual IReadOnlyList<string> Projections => [];

    /// <summary>
    /// Loads every look-up of a run once (names and keys to ids, states of existing records): rows are then planned in memory. The engine prepares
    /// anew for each dry run, for each start or resumption of a commit, and after a record was changed by somebody else in between.
    /// </summary>
    public abstract Task<ImportRun> PrepareAsync(ImportSetup setup, CancellationToken ct);

    /// <summary>
    /// What undoes one row; <see cref="UndoPlan.Kept"/> lists what must stay because it was changed since, or because it cannot be as it was: the fields of <paramref name="contested"/>.
    /// </summary>
    internal abstract UndoPlan Undo(bool created, long before, long after, IReadOnlyList<Event> stream, Now now, IReadOnlyList<Rejection> contested);

    /// <summary>
    /// The refusal, with its field, of which a constraint tells that it is about one field of a record, so that a revert leaves out that field and puts back the others; the constraint
    /// names the record in the hint. Null for every other constraint: then the record stays as a whole.
    /// </summary>
    protected internal virtual Rejection? Contested(string constraint) => null;

    /// <summary>What events change in a record, field by field.</summary>
    internal abstract IReadOnlyList<FieldChange> Changes(ImportSetup setup, Document current, StreamChange change);

    /// <summary>A change as the caller may see it: masked like the record's own history; null if the field is hidden.</summary>
    internal abstract FieldChange? Seen(FieldChange change, HttpContext http, PersonalData? personal);
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

    /// <summary>JSON names of lists whose items are compared, put back and listed one by one, as <c>contacts.</c> and the item's identity.</summary>
    protected virtual IReadOnlyCollection<string> Parts => [];

    /// <summary>Whether the record is deleted already, so that there is nothing to undo.</summary>
    protected virtual bool IsGone(T current) => false;

    internal override UndoPlan Undo(bool created, long before, long after, IReadOnlyList<Event> stream, Now now, IReadOnlyList<Rejection> contested)
    {
        if (Fold.All<T>(stream) is not { } current || IsGone(current)) return UndoPlan.Nothing;
        if (created && current.Version <= after) return Of(current, Delete(current, now), []);
        var imported = Fold.All<T>(EventReader.At(stream, after))!;
        var (became, is_) = (Flat(imported), Flat(current));
        // A record that was created and then worked with stays as a whole.
        if (created) return new UndoPlan(null, ["*"], null) { Conflicts = Conflicts(imported, became, is_, stream, after, Differ(became, is_)) };
        var old = Fold.All<T>(EventReader.At(stream, before))!;
        var was = Flat(old);
        var touched = Differ(was, became);
        var since = Differ(became, is_).ToHashSet();
        bool Stays(string field) => since.Contains(field) || contested.Any(c => c.Field == field);
        var kept = touched.Where(f => Stays(f) && !JsonNode.DeepEquals(was.GetValueOrDefault(f), is_.GetValueOrDefault(f))).ToList();
        var restore = touched.Where(f => !Stays(f)).ToList();
        var plan = restore.Count == 0 ? new UndoPlan(null, kept, null) : Of(current, Restore(current, old, restore, now), kept);
        return kept.Count == 0 ? plan : plan with { Conflicts = Conflicts(imported, became, is_, stream, after, kept) };
    }

    internal override IReadOnlyList<FieldChange> Changes(ImportSetup setup, Document current, StreamChange change)
    {
        var (was, becomes) = (Flat((T)current), Flat(setup.After((T)current, current.Id, change.Events)!));
        return [.. Differ(was, becomes).Select(f => new FieldChange(f, was.GetValueOrDefault(f)?.DeepClone(), becomes.GetValueOrDefault(f)?.DeepClone()))];
    }

    internal override FieldChange? Seen(FieldChange change, HttpContext http, PersonalData? personal)
    {
        var shown = Access.Of(http).Limits.Show(Code, change);
        if (shown is null || personal is null || Masking.Of(http) is not { } mask) return shown;
        var member = shown.Field.Split('.')[0];
        return shown with { Before = personal.Mask(typeof(T), member, shown.Before, mask), After = personal.Mask(typeof(T), member, shown.After, mask) };
    }

    private static List<string> Differ(Dictionary<string, JsonNode?> one, Dictionary<string, JsonNode?> other) =>
        [.. one.Keys.Union(other.Keys).Where(f => !JsonNode.DeepEquals(one.GetValueOrDefault(f), other.GetValueOrDefault(f)))];

    /// <summary>What was imported, what is there now, and the last event that changed it.</summary>
    private List<KeptField> Conflicts(T imported, Dictionary<string, JsonNode?> became, Dictionary<string, JsonNode?> current, IReadOnlyList<Event> stream, long after, IReadOnlyList<string> fields)
    {
        var last = new Dictionary<string, Event>();
        var (state, before) = ((T?)imported, became);
        foreach (var e in stream.Where(e => e.Version > after))
        {
            state = Fold.Next(state, e);
            var next = Flat(state!);
            foreach (var field in Differ(before, next)) last[field] = e;
            before = next;
        }
        return [.. fields.Select(f => new KeptField(f, became.GetValueOrDefault(f)?.DeepClone(), current.GetValueOrDefault(f)?.DeepClone(), last.GetValueOrDefault(f)?.Context.UserName, last.GetValueOrDefault(f)?.Timestamp))];
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
            else if (value is JsonArray items && Parts.Contains(name))
                foreach (var item in items) flat[$"{name}.{item!["id"]}"] = item;
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

    /// <summary>The kept fields with their values; of a record that was created, every field that was changed since.</summary>
    public IReadOnlyList<KeptField> Conflicts { get; init; } = [];
}

/// <summary>A field that a revert leaves as it is.</summary>
/// <param name="Imported">The value that the import gave it.</param>
/// <param name="Current">The value it has.</param>
/// <param name="By">Who gave it that value, as events name people.</param>
/// <param name="At">When.</param>
internal sealed record KeptField(string Field, JsonNode? Imported, JsonNode? Current, string? By, DateTimeOffset? At);
