using Crm.Contracts;
using Crm.EventStore;
using Xunit;

namespace Crm.Testing;

/// <summary>Customers as another writer would have them in the log: quicker than one request each.</summary>
public static class ManyCustomers
{
    /// <summary>Registers so many for an owner, and waits until every list has them.</summary>
    /// <returns>Their identities, in order.</returns>
    public static async Task<IReadOnlyList<Guid>> RegisterAsync(DocumentStore store, Guid owner, int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).Order().ToList();
        foreach (var page in ids.Select((id, i) => (id, i)).Chunk(500))
        {
            await using var session = store.OpenSession(new EventContext(owner.ToString(), "test"));
            foreach (var (id, i) in page) session.StartStream<Anything>(id, [new CustomerRegistered { Kind = CustomerKind.Company, Name = $"批量客户{i}", OwnerId = owner }]);
            await session.SaveChangesAsync(TestContext.Current.CancellationToken);
        }
        if (!await store.Daemon.CatchUpAsync(Patience.Limit, TestContext.Current.CancellationToken)) throw new TimeoutException("The projections did not catch up.");
        return ids;
    }

    private sealed record Anything : Document, IAggregate<Anything>
    {
        public static Anything? Evolve(Anything? state, Event e) => state ?? new Anything();
    }
}
