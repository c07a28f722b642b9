using Crm.Contracts;
using Crm.EventStore;
using Crm.Messaging;
using Microsoft.Extensions.Configuration;

namespace Crm.Identity;

/// <summary>Sends mails to users: other modules know users, this one knows their addresses.</summary>
internal static class MailToUser
{
    /// <summary>The queue <c>user-mails</c>; none where no mail can be sent.</summary>
    public static void Configure(MessagingOptions messaging, IConfiguration configuration)
    {
        if (SmtpSettings.Of(configuration) is not { } smtp) return;
        var page = configuration["Crm:PublicUrl"];
        messaging.ExternalQueue("user-mails").Handle<MailUser>(async (mail, scope, ct) =>
        {
            await using var command = scope.Store.DataSource.CreateCommand(
                "select u.doc->>'email' from identity.users u join identity.access a on a.user_id = u.id and a.active where u.id = $1 and u.doc->>'email' is not null");
            command.Parameters.Add(Statement.Parameter(mail.UserId));
            if (await command.ExecuteScalarAsync(ct) is string address)
                await MailEffect.SendAsync(new SendMail(address, mail.Subject, page is null ? mail.Text : $"{mail.Text}\n{page}\n"), scope.Context.MessageId, smtp, ct);
            return Effects.Nothing;
        });
    }
}
