namespace Crm.Contracts;

/// <summary>What a file of a customer is (S027).</summary>
public enum AttachmentKind
{
    /// <summary>合同扫描件: a signed contract.</summary>
    ContractScan,

    /// <summary>验收报告: what was accepted.</summary>
    AcceptanceReport,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>A file was added to a customer (S027). Its content is kept beside the log, encrypted by the same key as its name.</summary>
public sealed record AttachmentAdded
{
    /// <summary>Identity of the attachment within the customer.</summary>
    public required Guid AttachmentId { get; init; }

    /// <summary>The content; attachments with the same bytes have the same one.</summary>
    public required Guid ContentId { get; init; }

    /// <summary>The contact whose file it is; null for the customer's.</summary>
    [Person]
    public Guid? ContactId { get; init; }

    /// <summary>The file's name.</summary>
    [Personal(PersonalKind.Text, Required = true)]
    public required string Name { get; init; }

    /// <summary>What it is of.</summary>
    public required AttachmentKind Kind { get; init; }

    /// <summary>The length of the content in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The media type that the content has.</summary>
    public required string ContentType { get; init; }

    /// <summary>SHA-256 of the content, 64 hexadecimal digits. Whoever has a file could find out by it who has the same, so it is personal.</summary>
    [Personal(PersonalKind.Text, Required = true)]
    public required string Sha256 { get; init; }

    /// <summary>The follow-up it belongs to, if one (S045).</summary>
    public Guid? FollowUpId { get; init; }
}

/// <summary>A file got another name or kind.</summary>
/// <param name="AttachmentId">The attachment.</param>
/// <param name="ContactId">The contact whose file it is; null for the customer's.</param>
/// <param name="Name">Its name from now on.</param>
/// <param name="Kind">Its kind from now on.</param>
public sealed record AttachmentChanged(Guid AttachmentId, [property: Person] Guid? ContactId, [property: Personal(PersonalKind.Text, Required = true)] string Name, AttachmentKind Kind);

/// <summary>A file was taken off a customer; its content stays for the days in which it can be restored.</summary>
/// <param name="AttachmentId">The attachment.</param>
/// <param name="ContactId">The contact whose file it is; null for the customer's.</param>
/// <param name="Name">Its name.</param>
public sealed record AttachmentRemoved(Guid AttachmentId, [property: Person] Guid? ContactId, [property: Personal(PersonalKind.Text, Required = true)] string Name);

/// <summary>A removed file is back.</summary>
/// <param name="AttachmentId">The attachment.</param>
/// <param name="ContactId">The contact whose file it is; null for the customer's.</param>
/// <param name="Name">Its name.</param>
public sealed record AttachmentRestored(Guid AttachmentId, [property: Person] Guid? ContactId, [property: Personal(PersonalKind.Text, Required = true)] string Name);
