using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace Crm.Identity;

/// <summary>
/// Asks for a link to set a new password, sent to the mail address of the account. The answer is 204 whether or not there is such an account and
/// takes as long: who it is for is looked up later, by the worker that sends the mail. 409 <c>mail_not_configured</c> where no mail can be sent.
/// </summary>
/// <param name="UserName">The name to sign in with.</param>
internal sealed record ForgotPassword(string UserName)
{
    internal sealed class Validator : AbstractValidator<ForgotPassword>
    {
        public Validator() => RuleFor(x => x.UserName).NotEmpty().MaximumLength(200);
    }
}

/// <summary>Sends a link to set a new password, if there is an account with a mail address. The link is made when it is sent, so that no queue holds it.</summary>
/// <param name="UserName">The name as it was typed.</param>
/// <param name="Address">The network it was typed in.</param>
/// <param name="Device">Browser and system in words.</param>
internal sealed record SendPasswordLink(string UserName, string Address, string Device);

internal static class ForgotPasswordFeature
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("password/forgotten", async (HttpContext http, MessageBus bus, IConfiguration configuration) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        var command = await AccountRoutes.ReadAsync<ForgotPassword>(http);
        if (PublicUrl(configuration) is null || SmtpSettings.Of(configuration) is null)
            throw new ProblemException(409, "mail_not_configured", "这里没有配置邮件，请联系管理员重置密码。", "No mail can be sent here; ask the administrator for a new password.");
        var from = Visitor.Of(http);
        await bus.SendAsync(new SendPasswordLink(command.UserName, from.Address, from.Device), new EventContext("anonymous", "page", Caller.CorrelationId(http)), ct: http.RequestAborted);
        return Results.NoContent();
    }).AllowAnonymous().WithName("ForgotPassword").Accepts<ForgotPassword>("application/json").Produces(204).ProducesProblem(400).ProducesProblem(409).ProducesProblem(429);

    /// <summary>The queue that sends the links; none where no mail can be sent.</summary>
    public static void Configure(MessagingOptions messaging, IConfiguration configuration)
    {
        if (SmtpSettings.Of(configuration) is { } smtp && PublicUrl(configuration) is { } page)
            messaging.ExternalQueue("password-links").Handle<SendPasswordLink>((message, scope, ct) => SendAsync(message, scope, smtp, page, ct));
    }

    /// <summary>The page's own address; never taken from a request, whose Host header anybody can write.</summary>
    private static Uri? PublicUrl(IConfiguration configuration) => Uri.TryCreate(configuration["Crm:PublicUrl"], UriKind.Absolute, out var url) ? url : null;

    private static async Task<Effects> SendAsync(SendPasswordLink message, HandlerScope scope, SmtpSettings smtp, Uri page, CancellationToken ct)
    {
        var name = new UserNameNormalizer().NormalizeName(message.UserName);
        await using var command = scope.Store.DataSource.CreateCommand("""
            select a.user_id, u.doc->>'email' from identity.user_names n join identity.access a on a.user_id = n.user_id and a.active
            join identity.users u on u.id = a.user_id where n.user_name = $1 and u.doc->>'email' is not null
            """);
        command.Parameters.Add(Statement.Parameter(name));
        Guid user;
        string email;
        await using (var row = await command.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return Effects.Nothing;
            (user, email) = (row.GetGuid(0), row.GetString(1));
        }
        var sql = new SqlBatch();
        var token = PasswordLinks.Add(sql, user, scope.Context.Now + PasswordLinks.Forgotten);
        SignInLog.Add(sql, scope.Context.Now, SignInEvent.LinkSent, user, null, null, new Visitor(message.Address, message.Device));
        await sql.RunAsync(scope.Store, ct);
        await MailEffect.SendAsync(Mail(email, new Uri(page, PasswordLinks.Address(token))), scope.Context.MessageId, smtp, ct);
        return Effects.Nothing;
    }

    private static SendMail Mail(string to, Uri link) => new(to, "重置密码 / Reset your password", $"""
        请在一小时内打开下面的链接设置新密码，只能使用一次。如果不是您本人操作，请忽略这封邮件。
        {link}

        Open this link within an hour to set a new password. It works once. If you did not ask for it, ignore this mail.
        {link}
        """);
}
