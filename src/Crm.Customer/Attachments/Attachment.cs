using Crm.Contracts;

namespace Crm.Customers;

/// <summary>A file of a customer as it is shown and listed (S027).</summary>
/// <param name="Id">Identity within the customer.</param>
/// <param name="Name">The file's name, at most 200 characters.</param>
/// <param name="Kind">What it is of.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="ContentType">The media type that its content has, whatever its name says.</param>
/// <param name="Sha256">SHA-256 of its content, 64 hexadecimal digits.</param>
/// <param name="ContactId">The contact whose file it is; null for the customer's.</param>
/// <param name="FollowUpId">The follow-up it belongs to, if one (S045).</param>
/// <param name="CreatedBy">Who added it.</param>
/// <param name="CreatedByName">The name of who added it.</param>
/// <param name="CreatedAt">When.</param>
internal sealed record Attachment(
    Guid Id, [property: Personal(PersonalKind.Text, Required = true)] string Name, AttachmentKind Kind, long Size, string ContentType, [property: Personal(PersonalKind.Text, Required = true)] string Sha256,
    [property: Person] Guid? ContactId, Guid? FollowUpId, string CreatedBy, string? CreatedByName, DateTimeOffset CreatedAt);

/// <summary>How much may be attached; configured as <c>Crm:Attachments:MaxBytes</c> and so on.</summary>
internal sealed record AttachmentLimits
{
    /// <summary>The largest file in bytes.</summary>
    public long MaxBytes { get; init; } = 100L << 20;

    /// <summary>All files of one customer in bytes, those included that are being received.</summary>
    public long MaxCustomerBytes { get; init; } = 2L << 30;

    /// <summary>Files of one customer.</summary>
    public int MaxFiles { get; init; } = 1_000;

    /// <summary>Days for which a removed file can be restored; its content is then taken away.</summary>
    public int KeepRemovedDays { get; init; } = 30;
}
