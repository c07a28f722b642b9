using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Crm.Customers;

/// <summary>
/// <c>GET …/content</c>: the file, to be saved and never to be opened in the page, whole or in ranges (RFC 9110 §14), with its SHA-256 as ETag. <c>GET …/preview</c>: a picture or a PDF to
/// be looked at, 415 <c>no_preview</c> for everything else. Both are for whoever sees the customer, and each is a line in the access ledger.
/// </summary>
internal static class DownloadAttachmentFeature
{
    // Larger ones are to be downloaded: a preview is sent as it is.
    private const long MostOfPreview = 50L << 20;

    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapGet("{id:guid}/attachments/{attachmentId:guid}/content", async (HttpContext http, Guid id, Guid attachmentId, DocumentStore store) =>
        {
            var (attachment, content) = await ReadAsync(http, store, id, attachmentId, "download");
            // The type is one of a few, but no browser is to find a reason to open it.
            return Results.Stream(content, attachment.ContentType, attachment.Name, entityTag: new EntityTagHeaderValue($"\"{attachment.Sha256}\""), enableRangeProcessing: true);
        }).Requires(Right.View("customers")).WithName("GetAttachmentContent").Produces(200, contentType: "application/octet-stream").Produces(206).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(410);

        customers.MapGet("{id:guid}/attachments/{attachmentId:guid}/preview", async (HttpContext http, Guid id, Guid attachmentId, DocumentStore store) =>
        {
            var (attachment, content) = await ReadAsync(http, store, id, attachmentId, "preview");
            var disposition = new ContentDispositionHeaderValue("inline");
            disposition.SetHttpFileName(attachment.Name);
            http.Response.Headers.ContentDisposition = disposition.ToString();
            return Results.Stream(content, attachment.ContentType, entityTag: new EntityTagHeaderValue($"\"{attachment.Sha256}\""));
        }).Requires(Right.View("customers")).WithName("GetAttachmentPreview").Produces(200, contentType: "application/octet-stream").ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(410).ProducesProblem(415);
    }

    private static async Task<(Attachment, AttachmentStream)> ReadAsync(HttpContext http, DocumentStore store, Guid id, Guid attachmentId, string form)
    {
        await PartLists.SeenAsync(http, store, id);
        if (await AttachmentList.ReadAsync(store, id, attachmentId, http.RequestAborted) is not var (attachment, contentId, _)) throw ProblemException.NotFound();
        if (form == "preview" && (attachment.Size > MostOfPreview || (attachment.ContentType != "application/pdf" && !AttachmentType.Pictures.Contains(attachment.ContentType))))
            throw new ProblemException(415, "no_preview", "这种文件不能预览，请下载。", "There is no preview of such a file; download it.");
        await using (var session = store.OpenSession(Caller.Of(http).Context(http, null, null)))
        {
            session.Append<AccessLedger>(AccessLedger.Of("customer " + id), null, [new AttachmentRead(id, attachment.ContactId, attachmentId, form)]);
            await session.SaveChangesAsync(http.RequestAborted);
        }
        http.Response.Headers.CacheControl = "private, no-store";
        return (attachment, new AttachmentStream(store, attachment.ContactId ?? id, contentId, attachment.Size));
    }
}
