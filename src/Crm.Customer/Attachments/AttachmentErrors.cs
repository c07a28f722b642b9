using System.Globalization;
using Crm.Http;

namespace Crm.Customers;

/// <summary>Why files are refused.</summary>
internal static class AttachmentErrors
{
    public static readonly Rejection Unknown = new("not_found", "没有这个附件。", "There is no such attachment.", 404);

    public static readonly Rejection UnknownFollowUp = new("unknown_follow_up", "该客户没有这条跟进记录。", "The customer has no such follow-up.", 400, "followUpId");

    public static readonly Rejection UnknownContact = new("unknown_contact", "该客户没有这个联系人。", "The customer has no such contact.", 400, "contactId");

    public static readonly Rejection TooMany = new("too_many", "该客户的附件数量已达上限，请先移除不用的附件。", "The customer has as many attachments as there can be; remove some first.");

    public static readonly Rejection QuotaExceeded = new("quota_exceeded", "该客户的附件总容量已达上限，请先移除不用的附件。", "The customer's attachments are as large as they may be together; remove some first.");

    public static readonly Rejection HashMismatch = new("hash_mismatch", "收到的内容与声明的 SHA-256 不一致，请重新上传。", "What arrived does not have the SHA-256 that was announced; upload it again.");

    public static readonly Rejection Active = new("file_type_refused", "不接受可执行文件、网页和脚本。请压缩为 ZIP 后上传，或换成其他格式。", "Programs, web pages and scripts are not accepted. Put it into a ZIP archive, or choose another format.", 415, "file");

    public static readonly Rejection Empty = new("file_empty", "文件是空的。", "The file is empty.", 400, "file");

    public static readonly Rejection RestoredTooLate = new("attachment_gone", "该附件的内容已被清除，无法恢复。", "The content of this attachment was cleaned up; it cannot be restored.", 410);

    public static Rejection TooLarge(long most) => new(
        "file_too_large", string.Create(CultureInfo.InvariantCulture, $"单个文件最大 {most >> 20} MB。"), string.Create(CultureInfo.InvariantCulture, $"A file has at most {most >> 20} MB."), 413, "file");
}
