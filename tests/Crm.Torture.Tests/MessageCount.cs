using System.Globalization;
using Shouldly;

namespace Crm.Torture.Tests;

/// <summary>What became of the messages of <see cref="Messages"/>.</summary>
/// <param name="Events">Events that lead to messages.</param>
/// <param name="Noted">Effects in the database.</param>
/// <param name="NotedOnce">Events with exactly one effect in the database.</param>
/// <param name="Taken">Messages the receiver took.</param>
/// <param name="TakenOnce">Events of which the receiver took exactly one message.</param>
/// <param name="Leased">Messages whose host was killed while it told the receiver, and whose lease has not ended yet.</param>
/// <param name="Repeated">Messages that came to the receiver again and were recognised.</param>
/// <param name="Dead">Dead letters.</param>
internal sealed record MessageCount(int Events, int Noted, int NotedOnce, int Taken, int TakenOnce, int Leased, int Repeated, int Dead)
{
    public static async Task<MessageCount> AsOf(Server server, string database, Receiver receiver)
    {
        await Torture.Until("every message is handled or leased", async () => await OneAsync("status <> 'Handled' and not (received_at = 'http' and execution_time > now())") == 0);
        // A lease outlives the time the receiver may take by a minute; only the long version waits for it.
        if (Torture.IsLong) await Torture.Until("the leases of killed hosts have ended", async () => await OneAsync("status <> 'Handled'") == 0);
        var leased = await OneAsync("status <> 'Handled'");
        var events = await server.QueryAsync<Guid>(database, $"select id from events.mt_events where type in ({Messages.Types})");
        var noted = await server.QueryAsync<Guid>(database, "select event_id from torture.noted");
        var dead = await server.QueryAsync<long>(database, "select count(*) from messaging.wolverine_dead_letters");
        return new(events.Count, noted.Count, Once(events, noted), receiver.Taken.Count, Once(events, receiver.Taken.Values.Select(id => Guid.Parse(id, CultureInfo.InvariantCulture))), leased, receiver.Repeated, (int)dead[0]);

        async Task<int> OneAsync(string condition) =>
            (int)(await server.QueryAsync<long>(database, $"select count(*) from messaging.wolverine_incoming_envelopes where received_at in ('{Messages.Queue}', 'http') and {condition}"))[0];
    }

    /// <summary>Rows of a table.</summary>
    public (string, object)[] Rows =>
    [
        ("events that send messages", Events), ("effects in the database", Noted), ("events with exactly one", NotedOnce), ("messages the receiver took", Taken),
        ("events with exactly one taken", TakenOnce), ("still leased by a killed host", Leased), ("repeated and recognised", Repeated), ("dead letters", Dead),
    ];

    /// <summary>Insists that none is lost and none had two effects.</summary>
    public void IsExactlyOnce()
    {
        (Noted, NotedOnce, Dead).ShouldBe((Events, Events, 0));
        Taken.ShouldBe(TakenOnce);
        // A leased message may have been taken before its host was killed.
        TakenOnce.ShouldBeInRange(Events - Leased, Events);
    }

    private static int Once(List<Guid> events, IEnumerable<Guid> effects)
    {
        var counts = effects.CountBy(id => id).ToDictionary();
        return events.Count(id => counts.GetValueOrDefault(id) == 1);
    }
}
