using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Puts a removed file back, as long as its content is kept; 410 <c>attachment_gone</c> afterwards.</summary>
internal sealed record RestoreAttachment;

/// <summary>What the restoring of an attachment knows beside the customer.</summary>
/// <param name="Removed">The removed attachment, if there is one.</param>
/// <param name="RemovedAt">When it was removed.</param>
/// <param name="IsThere">Whether it is not removed.</param>
/// <param name="Facts">What counts for every further attachment.</param>
internal sealed record RemovedAttachment(Attachment? Removed, DateTimeOffset? RemovedAt, bool IsThere, AttachmentFacts Facts);

internal static class RestoreAttachmentFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<RestoreAttachment, Customer, RemovedAttachment>("{id:guid}/attachments/{attachmentId:guid}/restore", Right.Change("customers"),
        async (_, _, scope) =>
        {
            var id = Guid.Parse(scope.Route("attachmentId"));
            var removed = await AttachmentList.FindAsync(scope.Store, scope.Id, id, scope.Aborted, removed: true);
            return new RemovedAttachment(removed?.Attachment, removed?.RemovedAt, await AttachmentList.FindAsync(scope.Store, scope.Id, id, scope.Aborted) is not null,
                new AttachmentFacts(scope.Service<AttachmentLimits>(), await AttachmentList.UseAsync(scope.Store, scope.Id, id, scope.Aborted), true, false));
        }, Decide, part: new RecordPart<Customer>("attachments", "attachmentId", ShowAsync));

    public static Decision Decide(RestoreAttachment command, Customer customer, RemovedAttachment found, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (found.IsThere) return Decision.Nothing;
        if (found is not { Removed: { } attachment, RemovedAt: { } at }) return AttachmentErrors.Unknown;
        // An hour before the content may go, so that it does not go meanwhile.
        if (now.At > at.AddDays(found.Facts.Limits.KeepRemovedDays).AddHours(-1)) return AttachmentErrors.RestoredTooLate;
        if (found.Facts.Use.Files >= found.Facts.Limits.MaxFiles) return AttachmentErrors.TooMany;
        if (found.Facts.Use.Bytes + attachment.Size > found.Facts.Limits.MaxCustomerBytes) return AttachmentErrors.QuotaExceeded;
        return [new AttachmentRestored(attachment.Id, attachment.ContactId, attachment.Name)];
    }

    private static async ValueTask<object?> ShowAsync(PartScope<Customer> part) =>
        (await AttachmentList.FindAsync(part.Command.Store, part.Command.Id, part.Id, part.Command.Aborted, removed: part.Events.Count > 0))?.Attachment;
}
