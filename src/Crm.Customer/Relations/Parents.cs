using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>
/// Whom every customer belongs to, with the events. What two changes of parents at one moment would make together, a circle, is found before the second is saved: it fails as a
/// conflict (SQLSTATE 40001, constraint <c>parent_cycle</c>, the customer in the hint) and is decided again, now on what the first one saved. Whoever takes back a merge or an import
/// leaves out the parent that cannot be any more.
/// </summary>
internal sealed class Parents : Projection
{
    public override string Name => "customer.parents";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerMerged), typeof(CustomerUnmergedFrom)];

    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var moved = new HashSet<Guid>();
        foreach (var e in page)
            switch (e.Data)
            {
                case CustomerRegistered { ParentId: { } parent }: Put(e, sql, parent); break;
                case CustomerDetailsChanged { ParentId: { } parent }:
                    Put(e, sql, parent);
                    moved.Add(e.StreamId);
                    break;
                case CustomerDetailsChanged { Cleared: { } cleared } when cleared.Contains("parentId"):
                    sql.Add($"delete from {sql.Table("customer.parents")} where customer_id = {e.StreamId}");
                    break;
                case CustomerMerged or CustomerUnmergedFrom: moved.Add(e.StreamId); break;
            }
        if (moved.Count > 0 && sql.IsLive) sql.Add($"select customer.refuse_circles({moved.ToArray()})");
        return ValueTask.CompletedTask;
    }

    private static void Put(Event e, SqlBatch sql, Guid parent) => sql.AddRow(e.StreamId, $"""
        insert into {sql.Table("customer.parents")} (customer_id, parent_id) values ({e.StreamId}, {parent}) on conflict (customer_id) do update set parent_id = excluded.parent_id
        """);
}
