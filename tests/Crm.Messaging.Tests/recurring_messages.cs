using System.Diagnostics;
using Crm.EventStore;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Xunit;

namespace Crm.Messaging.Tests;

public sealed class recurring_messages(PostgresFixture postgres) : MessagingTest(postgres)
{
    [Fact]
    public async Task two_schedulers_send_a_recurring_message_once_each_time()
    {
        using var first = Host("first");
        using var second = Host("second");
        var begun = Stopwatch.StartNew();
        await first.StartAsync(Ct);
        await second.StartAsync(Ct);
        await Eventually(async () => await Count("quartz.qrtz_scheduler_state") == 2, "both take part");
        await Eventually(async () => await Count("public.notes") >= 3, "it is sent again and again");
        // No more messages than seconds, whoever fired; a first one that came late does not make the others early.
        (await Count("messaging.wolverine_incoming_envelopes")).ShouldBeLessThanOrEqualTo((long)begun.Elapsed.TotalSeconds + 1);
        (await Count("quartz.qrtz_triggers")).ShouldBe(1);
        var state = (await second.Services.GetRequiredService<RecurringScheduler>().StateAsync(Ct)).ShouldHaveSingleItem();
        (state.Name, state.Message).ShouldBe(("tick", "note"));
        state.LastFiredAt.ShouldNotBeNull();
        state.NextFireAt.ShouldNotBeNull();

        await first.StopAsync(Ct);
        var reached = await Count("public.notes");
        await Eventually(async () => await Count("public.notes") > reached + 1, "the other one goes on");
        await second.StopAsync(Ct);
    }

    private IHost Host(string name)
    {
        var messaging = new MessagingOptions();
        messaging.Queue("notes").Handle<Note>((m, _) => [Effects.Sql($"insert into public.notes (number, node) values ({m.Number}, {name})")]);
        messaging.Recurring("tick", "* * * * * ?", new Note(1));
        var source = Connect(name);
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(_ =>
        {
            var options = new StoreOptions { DataSource = source, Clock = Clock };
            MessagingModule.Configure(options);
            return new DocumentStore(options);
        });
        builder.Services.AddMessaging(messaging, source);
        return builder.Build();
    }
}
