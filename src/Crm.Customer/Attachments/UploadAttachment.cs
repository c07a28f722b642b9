using System.Buffers;
using System.Globalization;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Where an upload stands.</summary>
/// <param name="Id">The upload, and the attachment that becomes of it.</param>
/// <param name="Offset">How many bytes are there: where to go on.</param>
/// <param name="Size">How many there are to be.</param>
/// <param name="Complete">Whether it has become an attachment.</param>
/// <param name="PartSize">An upload goes on at multiples of this; a part that is not the last brings so many bytes at least.</param>
internal sealed record AttachmentUpload(Guid Id, long Offset, long Size, bool Complete, int PartSize = AttachmentContent.Part);

/// <summary>
/// Files in parts, on whatever connections and hosts, after tus 1.0 and the IETF's resumable uploads (draft-ietf-httpbis-resumable-upload): announced by <c>POST …/attachments/uploads</c>,
/// sent by <c>PATCH</c> with <c>Upload-Offset</c>, which <c>HEAD</c> or <c>GET</c> tells, and given up by <c>DELETE</c>. Of a part that breaks off whole megabytes are kept. The part that
/// completes it answers 201 with the attachment. An upload is its caller's; one without a part for a day is removed.
/// </summary>
internal static class UploadAttachmentFeature
{
    private const string Route = "{id:guid}/attachments/uploads/{uploadId:guid}";

    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapOperation<AddAttachment>("{id:guid}/attachments/uploads", Right.Change("customers"), 201, BeginAsync).WithName("BeginAttachmentUpload").Produces<AttachmentUpload>(201).ProducesProblem(413).ProducesProblem(415);
        customers.MapGet(Route, async (HttpContext http, Guid id, Guid uploadId, DocumentStore store) => Headed(http, await StateAsync(http, store, id, uploadId)))
            .Requires(Right.Change("customers")).WithName("GetAttachmentUpload").Produces<AttachmentUpload>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        customers.MapMethods(Route, ["HEAD"], async (HttpContext http, Guid id, Guid uploadId, DocumentStore store) => { Headed(http, await StateAsync(http, store, id, uploadId)); })
            .Requires(Right.Change("customers")).WithName("HeadAttachmentUpload").Produces(200).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        customers.MapMethods(Route, ["PATCH"], PatchAsync).Requires(Right.Change("customers")).WithName("SendAttachmentPart").Accepts<byte[]>(isOptional: true, "application/offset+octet-stream", "application/partial-upload", "application/octet-stream").Produces(204).Produces<Attachment>(201)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415);
        customers.MapDelete(Route, async (HttpContext http, Guid id, Guid uploadId, DocumentStore store) =>
        {
            await AddAttachmentFeature.ChangeableAsync(http, store, id);
            if (await AttachmentContent.FindAsync(store, id, uploadId, Caller.Of(http).Id, http.RequestAborted) is null) throw ProblemException.NotFound();
            await AttachmentContent.RemoveAsync(store, uploadId, http.RequestAborted);
            return Results.NoContent();
        }).Requires(Right.Change("customers")).WithName("CancelAttachmentUpload").Produces(204).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<object?> BeginAsync(AddAttachment command, DocumentSession session, CommandScope scope)
    {
        var customer = await AddAttachmentFeature.ChangeableAsync(scope.Http, scope.Store, Guid.Parse(scope.Route("id")));
        var facts = await AddAttachmentFeature.FactsAsync(command, scope.Now.NewId, scope with { Id = customer.Id });
        var decision = AddAttachmentFeature.Decide(command, customer, null, facts, scope.Now);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        var content = await AttachmentContent.BeginAsync(scope.Store, scope.Now.NewId, customer.Id, command, Caller.Of(scope.Http).Id, scope.Aborted);
        scope.Http.Response.Headers.Location = $"/api/v1/customers/{customer.Id}/attachments/uploads/{content.Id}";
        return Headed(scope.Http, new AttachmentUpload(content.Id, 0, content.Size, false));
    }

    private static async Task<AttachmentUpload> StateAsync(HttpContext http, DocumentStore store, Guid id, Guid uploadId)
    {
        await AddAttachmentFeature.ChangeableAsync(http, store, id);
        if (await AttachmentContent.FindAsync(store, id, uploadId, Caller.Of(http).Id, http.RequestAborted) is var (content, _)) return new AttachmentUpload(uploadId, content.Received, content.Size, false);
        return await AttachmentList.FindAsync(store, id, uploadId, http.RequestAborted) is var (attachment, _, _) ? new AttachmentUpload(uploadId, attachment.Size, attachment.Size, true) : throw ProblemException.NotFound();
    }

    private static AttachmentUpload Headed(HttpContext http, AttachmentUpload state)
    {
        http.Response.Headers["Upload-Offset"] = state.Offset.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["Upload-Length"] = state.Size.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["Upload-Complete"] = state.Complete ? "?1" : "?0";
        http.Response.Headers.CacheControl = "no-store";
        return state;
    }

    private static async Task PatchAsync(HttpContext http, Guid id, Guid uploadId, DocumentStore store)
    {
        var state = await StateAsync(http, store, id, uploadId);
        if (!long.TryParse(http.Request.Headers["Upload-Offset"], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            throw ProblemException.Invalid("header.Upload-Offset", "required", "请给出 Upload-Offset。", "State Upload-Offset.");
        if (state.Complete || offset != state.Offset || await AttachmentContent.FindAsync(store, id, uploadId, Caller.Of(http).Id, http.RequestAborted) is not var (content, announced) || content.Received != offset)
        {
            await MismatchAsync(http, await StateAsync(http, store, id, uploadId));
            return;
        }
        if (http.Request.ContentLength > content.Size - offset) throw Beyond();
        // The server counts the frames of a chunked body too; what is read below ends with the announced size.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } most) most.MaxRequestBodySize = null;
        var block = ArrayPool<byte>.Shared.Rent(AttachmentContent.Part);
        try
        {
            var left = 0;
            while (content.Received < content.Size)
            {
                var wanted = (int)Math.Min(AttachmentContent.Part, content.Size - content.Received);
                left = await http.Request.Body.ReadAtLeastAsync(block.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, http.RequestAborted);
                if (left < wanted) break;
                left = 0;
                var type = content.Type ?? AttachmentType.Of(block.AsSpan(0, Math.Min(wanted, 4_096)), announced.Name!);
                if (type is null)
                {
                    await AttachmentContent.RemoveAsync(store, uploadId, http.RequestAborted);
                    throw ProblemException.Of(AttachmentErrors.Active);
                }
                // Another request was quicker: it goes on from there.
                if (!await content.PutAsync(store, block.AsMemory(0, wanted), type, http.RequestAborted))
                {
                    await MismatchAsync(http, await StateAsync(http, store, id, uploadId));
                    return;
                }
                content = content with { Received = content.Received + wanted, Type = type };
            }
            if (left > 0 && content.Received == offset)
                throw new ProblemException(400, "part_too_small", "除最后一段外，每段至少 1 MB（1048576 字节）。", "A part that is not the last has 1 MB (1,048,576 bytes) at least.");
            if (content.Received == content.Size && await http.Request.Body.ReadAsync(block.AsMemory(0, 1), http.RequestAborted) > 0) throw Beyond();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block, clearArray: true);
        }
        Headed(http, new AttachmentUpload(uploadId, content.Received, content.Size, content.Received == content.Size));
        if (content.Received < content.Size) http.Response.StatusCode = StatusCodes.Status204NoContent;
        else await AddAttachmentFeature.CompleteAsync(http, content, announced, await content.HashAsync(store, http.RequestAborted), repeatable: false);
    }

    private static Task MismatchAsync(HttpContext http, AttachmentUpload state)
    {
        Headed(http, state);
        return Problems.WriteAsync(http, new ProblemException(409, "offset_mismatch", "该位置的内容已收到或尚未到达，请从 Upload-Offset 处继续。", "That place was received already or is not reached yet; go on at Upload-Offset.")
        {
            Extensions = new Dictionary<string, object?> { ["offset"] = state.Offset, ["complete"] = state.Complete },
        });
    }

    private static ProblemException Beyond() => new(400, "beyond_size", "内容超过登记的大小。", "There is more than was announced.");
}
