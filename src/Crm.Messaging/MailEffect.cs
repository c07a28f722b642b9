using System.Net;
using System.Net.Mail;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Crm.Messaging;

/// <summary>Sends a mail. The message's identity travels as <c>Message-ID</c>, by which mail servers recognise a repetition.</summary>
/// <param name="To">The address.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">The plain text.</param>
public sealed record SendMail(string To, string Subject, string Text);

/// <summary>The mail server, configured as <c>Crm:Smtp</c>.</summary>
public sealed record SmtpSettings
{
    /// <summary>The server's name.</summary>
    public required string Host { get; init; }

    /// <summary>The port; 587 by default.</summary>
    public int Port { get; init; } = 587;

    /// <summary>The address mails come from.</summary>
    public required string From { get; init; }

    /// <summary>The account, if the server demands one.</summary>
    public string? UserName { get; init; }

    /// <summary>The account's password.</summary>
    public string? Password { get; init; }

    /// <summary>Whether the connection is encrypted (STARTTLS); on by default.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>The settings of a host, or null if mail is not configured.</summary>
    public static SmtpSettings? Of(IConfiguration configuration) => configuration.GetSection("Crm:Smtp") is { } section && section["Host"] is { Length: > 0 } host && section["From"] is { Length: > 0 } from
        ? new SmtpSettings
        {
            Host = host, From = from, Port = section.GetValue("Port", 587), UserName = section["UserName"], Password = section["Password"], Tls = section.GetValue("Tls", true),
        }
        : null;
}

/// <summary>The queue <c>mail</c>.</summary>
public static class MailEffect
{
    /// <summary>Adds the queue. Without settings there is no handler, and <see cref="SendMail"/> cannot be sent.</summary>
    public static MessagingOptions AddMail(this MessagingOptions messaging, SmtpSettings? settings)
    {
        if (settings is not null) messaging.ExternalQueue("mail").Handle<SendMail>(async (mail, scope, ct) =>
        {
            await SendAsync(mail, scope.Context.MessageId, settings, ct);
            return Effects.Nothing;
        });
        return messaging;
    }

    /// <summary>Sends a mail now, for a handler of an external queue whose mail holds what no queue may keep.</summary>
    public static async Task SendAsync(SendMail mail, Guid messageId, SmtpSettings settings, CancellationToken ct)
    {
        using var client = new SmtpClient(settings.Host, settings.Port) { EnableSsl = settings.Tls };
        if (settings.UserName is { Length: > 0 } user) client.Credentials = new NetworkCredential(user, settings.Password);
        using var message = Compose(mail, settings);
        message.Headers["Message-ID"] = $"<{messageId}@{message.From!.Host}>";
        await client.SendMailAsync(message, ct);
    }

    private static MailMessage Compose(SendMail mail, SmtpSettings settings)
    {
        try
        {
            return new MailMessage(settings.From, mail.To, mail.Subject.ReplaceLineEndings(" "), mail.Text) { SubjectEncoding = Encoding.UTF8, BodyEncoding = Encoding.UTF8 };
        }
        catch (FormatException)
        {
            throw new MessageException("The address is not a mail address.");
        }
    }
}
