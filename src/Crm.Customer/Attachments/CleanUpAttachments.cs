using Crm.Messaging;
using Microsoft.Extensions.Configuration;

namespace Crm.Customers;

/// <summary>Takes away the contents that nobody can reach any more.</summary>
internal sealed record CleanUpAttachments;

/// <summary>
/// Uploads without a part for a day go, and contents of which no attachment is left that could be looked at or restored. A content that is being attached in the same moment was touched
/// and stays. A few at a time, as each is up to a hundred rows of a megabyte.
/// </summary>
internal static class CleanUpAttachmentsHandler
{
    public static void Configure(MessagingOptions messaging, IConfiguration configuration)
    {
        var days = (configuration.GetSection("Crm:Attachments").Get<AttachmentLimits>() ?? new AttachmentLimits()).KeepRemovedDays;
        messaging.Queue("attachments").Handle<CleanUpAttachments>((_, context) => Handle(context, days));
        messaging.Recurring("clean-up-attachments", "0 20 * * * ?", new CleanUpAttachments());
    }

    public static Effects Handle(MessageContext context, int keepRemovedDays) =>
    [
        Effects.Sql($"""
            delete from customer.attachment_contents c where c.touched_at <= {context.Now.AddDays(-1)} and c.id in (
              select o.id from customer.attachment_contents o where o.touched_at <= {context.Now.AddDays(-1)} and (o.hash is null or not exists (
                select from customer.attachments a where a.content_id = o.id and (a.recorded_to is null or a.removed_at > {context.Now.AddDays(-keepRemovedDays)})))
              order by o.touched_at limit 200)
            """),
    ];
}
