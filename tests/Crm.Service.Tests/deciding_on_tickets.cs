using System.Text.Json;
using Crm.Contracts;
using Crm.Testing;
using Xunit;

namespace Crm.Service.Tests;

public sealed class opening_a_ticket : Spec
{
    private static readonly OpenTicket Command = new(" 打印机坏了 ", null, null, null, null, null, null, null, null);

    [Fact]
    public void takes_the_number_and_the_defaults() =>
        Given<Ticket>().When(() => OpenTicketFeature.Decide(Command, new("T-000007", null), Now))
            .Then(new TicketOpened("T-000007", "打印机坏了", null, null, null, TicketChannel.Phone, null, TicketPriority.Normal, null));

    [Fact]
    public void gives_it_to_an_agent_at_once()
    {
        var agent = Guid.CreateVersion7();
        Given<Ticket>().When(() => OpenTicketFeature.Decide(Command with { AssigneeId = agent, Priority = TicketPriority.Urgent }, new("T-000007", null), Now)).Then(
            new TicketOpened("T-000007", "打印机坏了", null, null, null, TicketChannel.Phone, null, TicketPriority.Urgent, null), new TicketAssigned("T-000007", null, agent, null));
    }

    [Fact]
    public void is_refused_for_somebody_who_is_not_there() =>
        Given<Ticket>().When(() => OpenTicketFeature.Decide(Command, new("", TicketErrors.UnknownCustomer), Now)).Rejects("unknown_customer");

    [Fact]
    public void by_the_form_keeps_what_the_person_said_of_themselves()
    {
        var sender = new Sender(Guid.CreateVersion7(), null);
        Given<Ticket>().When(() => SubmitTicketFeature.Decide(new SubmitTicket(" 张三 ", "138 0013 8000", " ", "咨询", "价格？", null), new("T-000008", sender))).Then(
            new TicketOpened("T-000008", "咨询", "价格？", sender.CustomerId, null, TicketChannel.Form, null, TicketPriority.Normal, new Requester("张三", "138 0013 8000", null)));
    }
}

public sealed class working_on_a_ticket : Spec
{
    private static readonly TicketOpened Opened = new("T-000007", "打印机坏了", "没有墨", null, null, TicketChannel.Phone, null, TicketPriority.Normal, null);
    private static readonly TicketResolved Resolved = new("T-000007", null, Guid.CreateVersion7(), null, "换了墨盒");
    private static readonly TicketClosed Closed = new("T-000007", null);
    private static readonly Guid Agent = Guid.CreateVersion7();

    [Fact]
    public void assigns_it_once() =>
        Given<Ticket>(Opened).When(t => AssignTicketFeature.Decide(new(Agent), t, TicketFacts.None, Now)).Then(new TicketAssigned("T-000007", null, Agent, null));

    [Fact]
    public void assigning_to_the_same_agent_changes_nothing() =>
        Given<Ticket>(Opened, new TicketAssigned("T-000007", null, Agent, null)).When(t => AssignTicketFeature.Decide(new(Agent), t, TicketFacts.None, Now)).ThenNothing();

    [Fact]
    public void is_not_assigned_to_nobody() =>
        Given<Ticket>(Opened).When(t => AssignTicketFeature.Decide(new(Agent), t, TicketFacts.None with { Fault = TicketErrors.UnknownAssignee }, Now)).Rejects("unknown_user");

    [Fact]
    public void is_not_assigned_when_it_is_resolved() =>
        Given<Ticket>(Opened, Resolved).When(t => AssignTicketFeature.Decide(new(Agent), t, TicketFacts.None, Now)).Rejects("ticket_finished");

    [Fact]
    public void answers_the_customer() =>
        Given<Ticket>(Opened).When(t => RespondToTicketFeature.Decide(new(" 马上来 "), t, TicketFacts.None, Now)).Then(new TicketAnswered("T-000007", null, Now.NewId, Now.Actor, "马上来", false));

    [Fact]
    public void takes_notes_even_when_it_is_resolved() =>
        Given<Ticket>(Opened, Resolved).When(t => RespondToTicketFeature.Decide(new("老客户", true), t, TicketFacts.None, Now)).Then(new TicketAnswered("T-000007", null, Now.NewId, Now.Actor, "老客户", true));

    [Fact]
    public void does_not_answer_when_it_is_resolved() => Given<Ticket>(Opened, Resolved).When(t => RespondToTicketFeature.Decide(new("还在吗"), t, TicketFacts.None, Now)).Rejects("ticket_finished");

    [Fact]
    public void takes_no_notes_when_it_is_closed() => Given<Ticket>(Opened, Resolved, Closed).When(t => RespondToTicketFeature.Decide(new("x", true), t, TicketFacts.None, Now)).Rejects("ticket_closed");

    [Fact]
    public void resolves_it() => Given<Ticket>(Opened).When(t => ResolveTicketFeature.Decide(new("好了"), t, TicketFacts.None, Now)).Then(new TicketResolved("T-000007", null, Now.NewId, Now.Actor, "好了"));

    [Fact]
    public void resolves_it_once() => Given<Ticket>(Opened, Resolved).When(t => ResolveTicketFeature.Decide(new("好了"), t, TicketFacts.None, Now)).Rejects("ticket_finished");

    [Fact]
    public void reopens_it() => Given<Ticket>(Opened, Resolved, Closed).When(t => ReopenTicketFeature.Decide(new(" 又坏了 "), t, TicketFacts.None, Now)).Then(new TicketReopened("T-000007", null, "又坏了"));

    [Fact]
    public void does_not_reopen_what_is_open() => Given<Ticket>(Opened).When(t => ReopenTicketFeature.Decide(new("x"), t, TicketFacts.None, Now)).Rejects("ticket_not_finished");

    [Fact]
    public void closes_what_is_resolved() => Given<Ticket>(Opened, Resolved).When(t => CloseTicketFeature.Decide(new(), t, TicketFacts.None, Now)).Then(Closed);

    [Fact]
    public void closing_twice_changes_nothing() => Given<Ticket>(Opened, Resolved, Closed).When(t => CloseTicketFeature.Decide(new(), t, TicketFacts.None, Now)).ThenNothing();

    [Fact]
    public void does_not_close_what_is_open() => Given<Ticket>(Opened).When(t => CloseTicketFeature.Decide(new(), t, TicketFacts.None, Now)).Rejects("ticket_not_resolved");

    [Fact]
    public void rates_what_is_resolved() =>
        Given<Ticket>(Opened, Resolved).When(t => RateTicketFeature.Decide(new(4, " 快 "), t, true)).Then(new TicketRated("T-000007", null, 4, "快", true));

    [Fact]
    public void the_same_rating_changes_nothing() =>
        Given<Ticket>(Opened, Resolved, new TicketRated("T-000007", null, 4, "快", true)).When(t => RateTicketFeature.Decide(new(4, "快"), t, false)).ThenNothing();

    [Fact]
    public void does_not_rate_what_is_open() => Given<Ticket>(Opened).When(t => RateTicketFeature.Decide(new(5, null), t, false)).Rejects("ticket_not_resolved");

    [Fact]
    public void changes_only_what_differs() =>
        Given<Ticket>(Opened).When(t => ChangeTicketFeature.Decide(Change() with { Subject = "打印机坏了", Priority = TicketPriority.High }, t, TicketFacts.None, Now))
            .Then(new TicketDetailsChanged("T-000007", null, null, null, null, null, null, TicketPriority.High, null, null));

    [Fact]
    public void the_same_fields_change_nothing() =>
        Given<Ticket>(Opened).When(t => ChangeTicketFeature.Decide(Change() with { Subject = " 打印机坏了 ", Description = "没有墨" }, t, TicketFacts.None, Now)).ThenNothing();

    [Fact]
    public void empties_what_is_sent_as_null() =>
        Given<Ticket>(Opened).When(t => ChangeTicketFeature.Decide(Change() with { Cleared = ["description"] }, t, TicketFacts.None, Now))
            .Then(new TicketDetailsChanged("T-000007", null, null, null, null, null, null, null, null, ["description"]));

    [Fact]
    public void a_new_customer_takes_the_old_ones_contact_away()
    {
        var (before, contact, after) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        Given<Ticket>(Opened with { CustomerId = before, ContactId = contact }).When(t => ChangeTicketFeature.Decide(Change() with { CustomerId = after }, t, TicketFacts.None, Now))
            .Then(new TicketDetailsChanged("T-000007", null, null, after, before, null, null, null, null, ["contactId"]));
    }

    [Fact]
    public void keeps_the_organisations_own_fields()
    {
        var floor = new Dictionary<string, JsonElement> { ["floor"] = JsonElement.Parse("3") };
        Given<Ticket>(Opened).When(t => ChangeTicketFeature.Decide(Change() with { Custom = floor }, t, TicketFacts.None, Now))
            .Then(new TicketDetailsChanged("T-000007", null, null, null, null, null, null, null, floor, null));
        Given<Ticket>(Opened with { Custom = floor }).When(t => ChangeTicketFeature.Decide(Change() with { Custom = floor }, t, TicketFacts.None, Now)).ThenNothing();
    }

    [Fact]
    public void does_not_change_when_it_is_closed() => Given<Ticket>(Opened, Resolved, Closed).When(t => ChangeTicketFeature.Decide(Change() with { Subject = "x" }, t, TicketFacts.None, Now)).Rejects("ticket_closed");

    private static ChangeTicket Change() => new(null, null, null, null, null, null, null);
}
