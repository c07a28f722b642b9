using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Pipeline;

/// <summary>
/// Who has which external key, kept in the transaction of the change: the constraint decides. The keys of a deleted opportunity are free
/// for another. The keys of opportunities that are opened together, as by an import, take one statement.
/// </summary>
internal sealed class OpportunityKeys : Projection
{
    public override string Name => "pipeline.opportunity_keys";

    public override IReadOnlyCollection<Type> Events { get; } =
        [typeof(OpportunityOpened), typeof(OpportunityDetailsChanged), typeof(OpportunityDeleted), typeof(OpportunityUndeleted)];

    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var taken = new List<Key>();
        foreach (var e in page)
        {
            switch (e.Data)
            {
                case OpportunityOpened { ExternalKeys: { } keys } x:
                    taken.AddRange(keys.Select(k => new Key(e.StreamId, k.Key, k.Value, x.Name)));
                    continue;
                case OpportunityOpened:
                    continue;
            }
            // A key may pass from one opportunity to another within a page: what came before must be there before.
            Take(taken, sql);
            Change(e, taken, sql);
        }
        Take(taken, sql);
        return ValueTask.CompletedTask;
    }

    private static void Change(Event e, List<Key> taken, SqlBatch sql)
    {
        switch (e.Data)
        {
            case OpportunityDetailsChanged x:
                foreach (var (system, value) in x.ExternalKeys ?? new Dictionary<string, string?>())
                {
                    sql.Add($"delete from {sql.Table("pipeline.opportunity_keys")} where opportunity_id = {e.StreamId} and system = {system}");
                    if (value is not null) taken.Add(new Key(e.StreamId, system, value, x.Name));
                }
                if (x.PreviousName is not null) sql.Add($"update {sql.Table("pipeline.opportunity_keys")} set name = {x.Name} where opportunity_id = {e.StreamId}");
                break;
            case OpportunityDeleted:
                sql.AddRow(e.StreamId, $"update {sql.Table("pipeline.opportunity_keys")} k set deleted = true from (values ({e.StreamId})) v(id) where k.opportunity_id = v.id");
                break;
            case OpportunityUndeleted:
                sql.Add($"update {sql.Table("pipeline.opportunity_keys")} set deleted = false where opportunity_id = {e.StreamId}");
                break;
        }
    }

    private static void Take(List<Key> taken, SqlBatch sql)
    {
        if (taken.Count == 0) return;
        sql.Add($"""
            insert into {sql.Table("pipeline.opportunity_keys")} (opportunity_id, system, value, name, deleted)
            select u.id, u.system, u.value, u.name, false
            from unnest({taken.Select(k => k.Id).ToArray()}, {taken.Select(k => k.System).ToArray()}, {taken.Select(k => k.Value).ToArray()}, {taken.Select(k => k.Name).ToArray()})
              as u(id, system, value, name)
            """);
        taken.Clear();
    }

    private readonly record struct Key(Guid Id, string System, string Value, string Name);
}
