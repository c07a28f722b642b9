using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Takes a file off the customer. It can be restored for a month; its content is then taken away, unless another attachment has the same.</summary>
internal sealed record RemoveAttachment;

internal static class RemoveAttachmentFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<RemoveAttachment, Customer, Attachment?>("{id:guid}/attachments/{attachmentId:guid}", Right.Change("customers"),
        async (_, _, scope) => (await AttachmentList.FindAsync(scope.Store, scope.Id, Guid.Parse(scope.Route("attachmentId")), scope.Aborted))?.Attachment, Decide, "DELETE",
        new RecordPart<Customer>("attachments", "attachmentId", _ => ValueTask.FromResult<object?>(null)));

    public static Decision Decide(RemoveAttachment command, Customer customer, Attachment? attachment, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ when attachment is null => AttachmentErrors.Unknown,
        _ => [new AttachmentRemoved(attachment.Id, attachment.ContactId, attachment.Name)],
    };
}
