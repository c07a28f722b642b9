using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Of what a user is told by mail; one stream for each user.</summary>
internal sealed record NotificationPreferences : Document, IAggregate<NotificationPreferences>
{
    /// <summary>What a mail can tell of.</summary>
    public static readonly ImmutableArray<string> Kinds = ["followUps", "tasks", "birthdays", "assigned"];

    public ImmutableArray<string> Mail { get; init; } = Kinds;

    public static NotificationPreferences? Evolve(NotificationPreferences? state, Event e) => e.Data switch
    {
        NotificationPreferencesChosen x => (state ?? new()) with { Mail = [.. x.Mail] },
        _ => state,
    };

    /// <summary>The stream of a user.</summary>
    public static Guid Of(Guid user) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"notification-preferences\n{user}")).AsSpan(0, 16));
}

/// <summary>The choices as rows, for whoever sends the mails.</summary>
internal sealed class NotificationChoices : TableProjection
{
    public override string Name => "customer.notification_preferences";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(NotificationPreferencesChosen)];

    public override void Project(Event e, SqlBatch sql)
    {
        var x = (NotificationPreferencesChosen)e.Data;
        sql.Add($"insert into {sql.Table("customer.notification_preferences")} (user_id, mail) values ({x.UserId}, {x.Mail}) on conflict (user_id) do update set mail = excluded.mail");
    }
}

/// <summary>Chooses of what the caller is told by mail; in the product everybody is told of everything.</summary>
/// <param name="Mail">Of <c>followUps tasks birthdays assigned</c> those that the mail of the morning tells of; none is no mail.</param>
internal sealed record ChooseNotifications(string[]? Mail)
{
    internal sealed class Validator : AbstractValidator<ChooseNotifications>
    {
        public Validator()
        {
            RuleFor(x => x.Mail).NotNull();
            RuleForEach(x => x.Mail).OneOf([.. NotificationPreferences.Kinds]);
        }
    }
}

/// <summary>Of what somebody is told by mail.</summary>
/// <param name="Mail">Of <c>followUps tasks birthdays assigned</c>.</param>
internal sealed record NotificationPreferencesView(IReadOnlyList<string> Mail);

internal static class ChooseNotificationsFeature
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var preferences = api.MapGroup("notifications/preferences").WithTags("notifications");
        preferences.MapGet("", async (HttpContext http, DocumentStore store) =>
            new NotificationPreferencesView((await store.Query.AggregateStreamAsync<NotificationPreferences>(NotificationPreferences.Of(NotificationList.Me(http)), ct: http.RequestAborted) ?? new()).Mail))
            .Requires(Right.View("users")).WithName("GetNotificationPreferences").Produces<NotificationPreferencesView>().ProducesProblem(401).ProducesProblem(403);
        preferences.MapOperation<ChooseNotifications>("", Right.View("users"), 200, async (command, session, scope) =>
        {
            var me = NotificationList.Me(scope.Http);
            var stream = await session.FetchForWriting<NotificationPreferences>(NotificationPreferences.Of(me), scope.Aborted);
            var decision = Decide(command, stream.Aggregate ?? new(), me);
            if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
            stream.AppendMany(decision.Events);
            return new NotificationPreferencesView((Fold.All(session.Pending(NotificationPreferences.Of(me)), stream.Aggregate) ?? new()).Mail);
        }, "PUT").Produces<NotificationPreferencesView>();
    }

    public static Decision Decide(ChooseNotifications command, NotificationPreferences preferences, Guid user)
    {
        if (user == Guid.Empty) return new Rejection("users_only", "只有用户有通知设置。", "Only users have notifications.");
        string[] mail = [.. NotificationPreferences.Kinds.Where(command.Mail!.Contains)];
        return mail.SequenceEqual(preferences.Mail) ? Decision.Nothing : [new NotificationPreferencesChosen(user, mail)];
    }
}
