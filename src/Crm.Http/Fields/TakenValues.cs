using System.Text.Json;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>
/// Takes the values of unique custom fields in the transaction of the event, as hashes of records that are not deleted, in a table with <c>record_id, key, value, live</c> whose index
/// <c>custom_value_taken</c> carries the code of the refusal. A module derives one class for each kind of record and says what its events do.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="personal">The keys of the hashes; null where nothing is encrypted.</param>
public abstract class TakenValues(string table, PersonalData? personal) : TableProjection
{
    /// <inheritdoc />
    public override string Name => table;

    /// <summary>What a value is known by.</summary>
    /// <param name="personal">The keys of the hashes.</param>
    /// <param name="key">The field's key.</param>
    /// <param name="value">The value.</param>
    public static string Hash(PersonalData? personal, string key, JsonElement value)
    {
        var folded = CustomFieldValues.Folded(value);
        return personal?.Blind("custom." + key, folded) ?? folded;
    }

    /// <summary>Why values of unique fields cannot be, for a refusal that names the field; null if nobody has them.</summary>
    /// <param name="settings">The fields.</param>
    /// <param name="target">The kind of record.</param>
    /// <param name="table">The table.</param>
    /// <param name="custom">The values that were sent.</param>
    /// <param name="scope">The command.</param>
    public static async Task<Rejection?> FaultAsync(FieldSettings settings, string target, string table, IReadOnlyDictionary<string, JsonElement>? custom, CommandScope scope)
    {
        if (custom is null || settings.UniqueOf(target, custom.Where(c => c.Value.ValueKind != JsonValueKind.Null).Select(c => c.Key)) is not { } keys) return null;
        await using var command = scope.Database.CreateCommand($"select u.key from unnest($1, $2) as w(key, value) join {table} u on u.key = w.key and u.value = w.value and u.live and u.record_id <> $3 limit 1");
        command.Parameters.Add(Statement.Parameter(keys));
        command.Parameters.Add(Statement.Parameter(keys.Select(k => Hash(scope.Store.Personal, k, custom[k])).ToArray()));
        command.Parameters.Add(Statement.Parameter(scope.Id));
        return await command.ExecuteScalarAsync(scope.Aborted) is string key ? Fault(settings.Find(target, key)!) : null;
    }

    /// <summary>The refusal of a value that another record has.</summary>
    /// <param name="field">The field.</param>
    public static Rejection Fault(CustomField field) =>
        new("custom_value_taken", $"“{field.Zh}”的这个值已属于另一条记录。", $"Another record has this value of '{field.En}'.", 409, field.Path);

    /// <summary>Takes values of a record, and frees those it had of the same fields.</summary>
    /// <param name="sql">The statements of the transaction.</param>
    /// <param name="id">The record.</param>
    /// <param name="unique">The keys that were unique when the event was written.</param>
    /// <param name="custom">The values; a JSON null removed one.</param>
    protected void Take(SqlBatch sql, Guid id, string[]? unique, IReadOnlyDictionary<string, JsonElement> custom)
    {
        string[] taken = [.. (unique ?? []).Where(k => custom.TryGetValue(k, out var value) && value.ValueKind != JsonValueKind.Null)];
        string[] freed = [.. custom.Keys.Except(taken)];
        if (freed.Length > 0) sql.Add($"delete from {sql.Table(table)} where record_id = {id} and key = any({freed})");
        if (taken.Length > 0)
            sql.Add($"""
                insert into {sql.Table(table)} (record_id, key, value)
                select {id}, u.key, u.value from unnest({taken}, {taken.Select(k => Hash(personal, k, custom[k])).ToArray()}) as u(key, value)
                on conflict (record_id, key) do update set value = excluded.value
                """);
    }

    /// <summary>Lets go of a record's values, or holds them again.</summary>
    /// <param name="sql">The statements of the transaction.</param>
    /// <param name="id">The record.</param>
    /// <param name="live">Whether they are held.</param>
    protected void Hold(SqlBatch sql, Guid id, bool live) => sql.Add($"update {sql.Table(table)} set live = {live} where record_id = {id}");

    /// <summary>Forgets the values of records whose person is erased; built anew they are not there, since nothing can be read of them any more.</summary>
    /// <param name="table">The table.</param>
    /// <param name="sql">The statements of the erasure.</param>
    /// <param name="records">The records.</param>
    public static void Forget(string table, SqlBatch sql, Guid[] records) => sql.Add($"delete from {sql.Table(table)} where record_id = any({records})");
}
