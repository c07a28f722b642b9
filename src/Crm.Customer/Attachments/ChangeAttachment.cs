using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Gives a file another name or kind; its content stays what it is.</summary>
/// <param name="Name">The new name, 1 to 255 characters, cleaned as when it was added; null leaves it.</param>
/// <param name="Kind"><c>contractScan acceptanceReport other</c>; null leaves it.</param>
internal sealed record ChangeAttachment(string? Name, AttachmentKind? Kind)
{
    internal sealed class Validator : AbstractValidator<ChangeAttachment>
    {
        public Validator()
        {
            RuleFor(x => x.Name).MaximumLength(255).Must(name => name is null || AttachmentName.Clean(name).Length > 0).WithErrorCode("invalid_name").WithMessage(_ => Rules.Pick("文件名不能用。", "The name cannot be used."));
            RuleFor(x => x.Kind).IsInEnum();
        }
    }
}

internal static class ChangeAttachmentFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<ChangeAttachment, Customer, Attachment?>("{id:guid}/attachments/{attachmentId:guid}", Right.Change("customers"),
        async (_, _, scope) => (await AttachmentList.FindAsync(scope.Store, scope.Id, Guid.Parse(scope.Route("attachmentId")), scope.Aborted))?.Attachment, Decide, "PATCH",
        new RecordPart<Customer>("attachments", "attachmentId", ShowAsync));

    public static Decision Decide(ChangeAttachment command, Customer customer, Attachment? attachment, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (attachment is null) return AttachmentErrors.Unknown;
        var (name, kind) = (command.Name is null ? attachment.Name : AttachmentName.Clean(command.Name), command.Kind ?? attachment.Kind);
        if (AttachmentName.IsActive(name)) return AttachmentErrors.Active with { Status = 400, Field = "name" };
        return (name, kind) == (attachment.Name, attachment.Kind) ? Decision.Nothing : [new AttachmentChanged(attachment.Id, attachment.ContactId, name, kind)];
    }

    private static async ValueTask<object?> ShowAsync(PartScope<Customer> part)
    {
        var attachment = (await AttachmentList.FindAsync(part.Command.Store, part.Command.Id, part.Id, part.Command.Aborted))?.Attachment;
        return part.Events is [{ Data: AttachmentChanged x }, ..] ? attachment! with { Name = x.Name, Kind = x.Kind } : attachment;
    }
}
