using Crm.Contracts;
using Crm.EventStore;
using Shouldly;
using Xunit;

namespace Crm.Service.Tests;

/// <summary>What a ticket is after its events, above all its clocks (S074, S075, X5).</summary>
public sealed class the_life_of_a_ticket
{
    private static readonly DateTimeOffset Nine = new(2026, 3, 16, 1, 0, 0, TimeSpan.Zero);
    private static readonly TicketOpened Opened = new("T-000001", "x", null, null, null, TicketChannel.Form, null, TicketPriority.Normal, null);

    private static TicketAnswered Answer(bool @internal = false) => new("T-000001", null, Guid.CreateVersion7(), null, "…", @internal);

    private static TicketResolved Resolve() => new("T-000001", null, Guid.CreateVersion7(), null, "…");

    private static Ticket After(params (double Hours, object Data)[] events) => Fold.All<Ticket>(events.Select((e, i) => new Event
    {
        Id = Guid.CreateVersion7(), StreamId = Guid.Empty, Version = i + 1, Timestamp = Nine.AddDays(9), EffectiveAt = Nine.AddHours(e.Hours), Data = e.Data, Type = "",
        Context = new EventContext("", "test"),
    }))!;

    private static string States(Ticket ticket, double hours) => string.Join(' ', ticket.Clocks.Select(c => c.StateAt(Nine.AddHours(hours))));

    [Fact]
    public void an_open_ticket_is_due_in_two_hours_then_in_a_day()
    {
        var ticket = After((0, Opened));
        ticket.DueAt.ShouldBe(Nine.AddHours(2));
        States(ticket, 2).ShouldBe("Running Running");
        States(ticket, 2.01).ShouldBe("Breached Running");
        States(ticket, 24.01).ShouldBe("Breached Breached");
    }

    [Fact]
    public void the_first_public_answer_stops_the_first_clock_only()
    {
        var ticket = After((0, Opened), (0.5, Answer(@internal: true)), (1, Answer()), (3, Answer()));
        ticket.Clocks[0].StoppedAt.ShouldBe(Nine.AddHours(1));
        ticket.Status.ShouldBe(TicketStatus.Answered);
        ticket.DueAt.ShouldBe(Nine.AddHours(24));
        States(ticket, 3).ShouldBe("Met Running");
    }

    [Fact]
    public void a_note_is_no_answer() => States(After((0, Opened), (1, Answer(@internal: true))), 3).ShouldBe("Breached Running");

    [Fact]
    public void a_solution_is_an_answer_too()
    {
        var ticket = After((0, Opened), (1.5, Resolve()));
        States(ticket, 100).ShouldBe("Met Met");
        ticket.DueAt.ShouldBeNull();
        ticket.BreachAt.ShouldBeNull();
        ticket.ResolvedAt.ShouldBe(Nine.AddHours(1.5));
    }

    [Fact]
    public void reopening_lets_the_solution_clock_go_on_and_never_resets_the_first_response()
    {
        var ticket = After((0, Opened), (1, Answer()), (10, Resolve()), (30, new TicketReopened("T-000001", null, "again")));
        States(ticket, 30).ShouldBe("Met Running");
        ticket.Clocks[0].StoppedAt.ShouldBe(Nine.AddHours(1));
        ticket.DueAt.ShouldBe(Nine.AddHours(44), "10 hours ran before, 14 are left");
        States(ticket, 44).ShouldBe("Met Running");
        States(ticket, 44.1).ShouldBe("Met Breached");
        ticket.Status.ShouldBe(TicketStatus.Open);
        ticket.ResolvedAt.ShouldBeNull();
    }

    [Fact]
    public void a_breach_stays_a_breach_after_the_solution()
    {
        var ticket = After((0, Opened), (3, Answer()), (20, Resolve()));
        ticket.DueAt.ShouldBeNull();
        ticket.BreachAt.ShouldBe(Nine.AddHours(2));
        States(ticket, 20).ShouldBe("Breached Met");
    }

    [Fact]
    public void an_event_dated_before_its_predecessor_counts_from_the_predecessor()
    {
        var ticket = After((0, Opened), (5, new TicketAssigned("T-000001", null, Guid.CreateVersion7(), null)), (1, Answer()));
        ticket.Clocks[0].StoppedAt.ShouldBe(Nine.AddHours(5));
        ticket.Answers.Single().At.ShouldBe(Nine.AddHours(5));
    }

    [Fact]
    public void an_assigned_ticket_is_assigned_again_after_reopening()
    {
        var agent = Guid.CreateVersion7();
        var ticket = After((0, Opened), (1, new TicketAssigned("T-000001", null, agent, null)), (2, Resolve()), (3, new TicketClosed("T-000001", null)), (4, new TicketReopened("T-000001", null, "x")));
        (ticket.Status, ticket.AssigneeId, ticket.ClosedAt).ShouldBe((TicketStatus.Assigned, agent, null));
    }

    [Fact]
    public void a_later_rating_replaces_the_earlier()
    {
        var ticket = After((0, Opened), (1, Resolve()), (2, new TicketRated("T-000001", null, 2, "slow", true)), (3, new TicketRated("T-000001", null, 4, null, true)));
        (ticket.Score, ticket.Comment).ShouldBe((4, null));
    }
}
