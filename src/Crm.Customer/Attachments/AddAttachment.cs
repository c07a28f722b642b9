using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace Crm.Customers;

/// <summary>Announces a file of a customer (S027): a signed contract, an acceptance report, whatever belongs on file. The content follows.</summary>
/// <param name="Name">The file's name, 1 to 255 characters; path, invisible and direction characters are taken out.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Sha256">SHA-256 of its content, 64 hexadecimal digits, checked at the end; null for not checked.</param>
/// <param name="Kind"><c>contractScan acceptanceReport other</c>; <c>other</c> unless stated.</param>
/// <param name="ContactId">The contact whose file it is: it leaves with that person. Null for the customer's.</param>
/// <param name="FollowUpId">The follow-up it belongs to, if one (S045).</param>
internal sealed record AddAttachment(string? Name, long? Size, string? Sha256, AttachmentKind? Kind, Guid? ContactId, Guid? FollowUpId)
{
    internal sealed class Validator : AbstractValidator<AddAttachment>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(255);
            RuleFor(x => x.Name).Must(name => AttachmentName.Clean(name).Length > 0).When(x => !string.IsNullOrEmpty(x.Name)).WithErrorCode("invalid_name").WithMessage(_ => Rules.Pick("文件名不能用。", "The name cannot be used."));
            RuleFor(x => x.Size).NotNull().GreaterThan(0);
            RuleFor(x => x.Sha256).Must(hash => hash is null || (hash.Length == 64 && hash.All(char.IsAsciiHexDigit))).WithErrorCode("invalid_value").WithMessage(_ => Rules.Pick("应为 64 位十六进制数字。", "It has 64 hexadecimal digits."));
            RuleFor(x => x.Kind).IsInEnum();
        }
    }
}

/// <summary>A content that was received completely.</summary>
/// <param name="Id">The content the attachment is to have: an older one with the same bytes, if the person has one.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="Type">Its media type; null for what is refused.</param>
internal sealed record ReceivedContent(Guid Id, long Size, string Sha256, string? Type);

/// <summary>What a decision about a new attachment knows beside the customer.</summary>
/// <param name="Limits">How much may be attached.</param>
/// <param name="Use">What the other files take.</param>
/// <param name="FollowUpKnown">Whether the follow-up it is to belong to is there.</param>
/// <param name="IsThere">Whether the attachment was added already, by a request that was repeated.</param>
internal sealed record AttachmentFacts(AttachmentLimits Limits, AttachmentUse Use, bool FollowUpKnown, bool IsThere);

/// <summary>
/// <c>POST /customers/{id}/attachments</c> as <c>multipart/form-data</c>: a file in one request, for callers that need not go on where they were interrupted (those announce it
/// with <c>POST …/attachments/uploads</c>). The fields <c>kind contactId followUpId sha256</c> stand before <c>file</c>.
/// </summary>
internal static class AddAttachmentFeature
{
    private const int Envelope = 64 * 1024;

    public static void Map(IEndpointRouteBuilder customers) => customers.MapPost("{id:guid}/attachments", AddAsync)
        .Requires(Right.Change("customers")).WithName("AddAttachment").Accepts<Form>("multipart/form-data").Produces<Attachment>(201)
        .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).ProducesProblem(413).ProducesProblem(415).ProducesProblem(422);

    /// <summary>The body, for the documentation.</summary>
    /// <param name="File">The file.</param>
    /// <param name="Kind">See the announcement of an upload.</param>
    /// <param name="ContactId">See the announcement of an upload.</param>
    /// <param name="FollowUpId">See the announcement of an upload.</param>
    /// <param name="Sha256">See the announcement of an upload.</param>
    private sealed record Form(IFormFile File, string? Kind, Guid? ContactId, Guid? FollowUpId, string? Sha256);

    /// <param name="command">What was announced.</param>
    /// <param name="customer">The customer.</param>
    /// <param name="content">What was received; null as long as nothing is, when only it is asked whether it may begin.</param>
    /// <param name="facts">What else counts.</param>
    /// <param name="now">The circumstances; the new identity is the attachment's.</param>
    public static Decision Decide(AddAttachment command, Customer customer, ReceivedContent? content, AttachmentFacts facts, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (facts.IsThere) return Decision.Nothing;
        var name = AttachmentName.Clean(command.Name);
        var size = content?.Size ?? command.Size!.Value;
        if (AttachmentName.IsActive(name) || content is { Type: null }) return AttachmentErrors.Active;
        if (size == 0) return AttachmentErrors.Empty;
        if (size > facts.Limits.MaxBytes) return AttachmentErrors.TooLarge(facts.Limits.MaxBytes);
        if (facts.Use.Files >= facts.Limits.MaxFiles) return AttachmentErrors.TooMany;
        if (facts.Use.Bytes + size > facts.Limits.MaxCustomerBytes) return AttachmentErrors.QuotaExceeded;
        if (command.ContactId is { } contact && !customer.Contacts.Any(c => c.Id == contact && !c.Erased)) return AttachmentErrors.UnknownContact;
        if (!facts.FollowUpKnown) return AttachmentErrors.UnknownFollowUp;
        if (content is null) return Decision.Nothing;
        if (command.Sha256 is { } announced && !announced.Equals(content.Sha256, StringComparison.OrdinalIgnoreCase)) return AttachmentErrors.HashMismatch;
        return
        [
            new AttachmentAdded
            {
                AttachmentId = now.NewId, ContentId = content.Id, Name = name, Kind = command.Kind ?? AttachmentKind.Other, Size = size, ContentType = content.Type!, Sha256 = content.Sha256,
                ContactId = command.ContactId, FollowUpId = command.FollowUpId,
            },
        ];
    }

    /// <summary>What counts for a new attachment.</summary>
    public static async Task<AttachmentFacts> FactsAsync(AddAttachment command, Guid attachment, CommandScope scope)
    {
        var followUpKnown = command.FollowUpId is not { } followUp || (await scope.Store.Query.FetchStreamAsync(scope.Id, 0, scope.Aborted)).Any(e => e.Data is FollowUpLogged x && x.FollowUpId == followUp);
        return new AttachmentFacts(scope.Service<AttachmentLimits>(), await AttachmentList.UseAsync(scope.Store, scope.Id, attachment, scope.Aborted), followUpKnown,
            await AttachmentList.FindAsync(scope.Store, scope.Id, attachment, scope.Aborted) is not null);
    }

    /// <summary>Makes an attachment of a content that was received completely and answers 201 with it. What is refused leaves nothing behind.</summary>
    /// <param name="http">The request.</param>
    /// <param name="content">The content.</param>
    /// <param name="announced">What was announced.</param>
    /// <param name="sha256">The content's SHA-256.</param>
    /// <param name="repeatable">Whether an idempotency key of the request counts.</param>
    public static async Task CompleteAsync(HttpContext http, AttachmentContent content, AddAttachment announced, string sha256, bool repeatable)
    {
        var store = http.RequestServices.GetRequiredService<DocumentStore>();
        var part = new RecordPart<Customer>("attachments", null, async p => p.Events.Count > 0
            ? Attachments.Of(p.Events[0], (AttachmentAdded)p.Events[0].Data) with
            {
                CreatedByName = (await p.Command.Service<IUserDirectory>().NamesAsync([p.Events[0].Context.UserName], p.Command.Aborted)).GetValueOrDefault(p.Events[0].Context.UserName),
            }
            : (await AttachmentList.FindAsync(store, content.CustomerId, content.Id, p.Command.Aborted))?.Attachment);
        byte[]? hash = repeatable ? SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', sha256, announced.Name, announced.Kind, announced.ContactId, announced.FollowUpId))) : null;
        for (var round = 1; ; round++)
        {
            try
            {
                await Uploads.AddPartAsync(http, content.CustomerId, Right.Change("customers"), part, content.Id, hash, async (Customer customer, CommandScope scope, DocumentSession session) =>
                {
                    var kept = await content.TwinAsync(store, sha256, scope.Aborted) ?? content.Id;
                    var decision = Decide(announced, customer, new ReceivedContent(kept, content.Size, sha256, content.Type), await FactsAsync(announced, content.Id, scope), scope.Now);
                    if (decision.Events.Count > 0) content.Keep(session, store, kept, sha256);
                    return decision;
                });
                return;
            }
            catch (PostgresException e) when (round < 5 && e is { SqlState: "23505", ConstraintName: "attachment_content_hash" } or { SqlState: "CA001" })
            {
                // The same bytes became an attachment in the same moment, or their last one was cleaned up: looked for again.
            }
            catch (ProblemException refused) when (refused.Status is not (412 or 503))
            {
                await AttachmentContent.RemoveAsync(store, content.Id, CancellationToken.None);
                throw;
            }
        }
    }

    private static async Task AddAsync(HttpContext http, Guid id, DocumentStore store)
    {
        var (customer, limits) = (await ChangeableAsync(http, store, id), http.RequestServices.GetRequiredService<AttachmentLimits>());
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || type.MediaType != "multipart/form-data" || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
            throw new ProblemException(415, "unsupported_media_type", "请以 multipart/form-data 上传文件（字段 file），或先以 POST attachments/uploads 登记。", "Upload the file as multipart/form-data (field 'file'), or announce it with POST attachments/uploads.");
        if (http.Request.ContentLength > limits.MaxBytes + Envelope) throw ProblemException.Of(AttachmentErrors.TooLarge(limits.MaxBytes));
        // With the frames of a chunked body, which the server counts too.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } most) most.MaxRequestBodySize = limits.MaxBytes + (limits.MaxBytes / 8) + Envelope;
        var reader = new MultipartReader(boundary, http.Request.Body) { HeadersLengthLimit = 16 * 1024 };
        var fields = new Dictionary<string, string>();
        try
        {
            while (await reader.ReadNextSectionAsync(http.RequestAborted) is { } section)
            {
                var disposition = section.GetContentDispositionHeader();
                var name = HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).Value ?? "";
                if (name == "file")
                {
                    var fileName = HeaderUtilities.RemoveQuotes(disposition!.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
                    await ReceiveAsync(http, store, customer, Announced(fields, fileName, Math.Min(http.Request.ContentLength ?? limits.MaxBytes, limits.MaxBytes), http), reader, section.Body, limits);
                    return;
                }
                if (name is not ("kind" or "contactId" or "followUpId" or "sha256") || !fields.TryAdd(name, await TextAsync(section.Body, name, http.RequestAborted)))
                    throw ProblemException.Invalid("body." + name, "unknown_field", $"没有字段 {name}，或重复。", $"There is no field {name}, or it came twice.");
            }
        }
        // A body that ends early or has broken headers.
        catch (Exception e) when (e is IOException and not BadHttpRequestException or InvalidDataException)
        {
            throw Malformed();
        }
        throw ProblemException.Invalid("body.file", "required", "请上传一个文件（字段 file）。", "Upload a file (field 'file').");
    }

    private static async Task ReceiveAsync(HttpContext http, DocumentStore store, Customer customer, AddAttachment announced, MultipartReader reader, Stream body, AttachmentLimits limits)
    {
        var caller = Caller.Of(http);
        var now = Now.Of(store, caller.Id);
        var id = now.NewId;
        var begin = Decide(announced, customer, null, await FactsAsync(announced, id, new CommandScope(http, store, now, customer.Id)), now);
        if (begin.Rejection is { } rejection) throw ProblemException.Of(rejection);
        var content = await AttachmentContent.BeginAsync(store, id, customer.Id, announced, caller.Id, http.RequestAborted);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var block = new byte[AttachmentContent.Part];
            for (var more = true; more;)
            {
                var read = await body.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, http.RequestAborted);
                more = read == block.Length;
                if (read == 0) break;
                if (content.Received + read > limits.MaxBytes) throw ProblemException.Of(AttachmentErrors.TooLarge(limits.MaxBytes));
                hash.AppendData(block, 0, read);
                var type = content.Type ?? AttachmentType.Of(block.AsSpan(0, Math.Min(read, 4_096)), announced.Name!) ?? throw ProblemException.Of(AttachmentErrors.Active);
                if (!await content.PutAsync(store, block.AsMemory(0, read), type, http.RequestAborted)) throw ProblemException.NotFound();
                content = content with { Received = content.Received + read, Type = type };
            }
            if (await reader.ReadNextSectionAsync(http.RequestAborted) is not null)
                throw ProblemException.Invalid("body.file", "file_not_last", "文件（字段 file）必须是最后一个字段，且只有一个。", "The file (field 'file') must be the last field, and the only one.");
            if (content.Received == 0) throw ProblemException.Of(AttachmentErrors.Empty);
            content = content with { Size = content.Received };
            await CompleteAsync(http, content, announced, Convert.ToHexStringLower(hash.GetHashAndReset()), repeatable: true);
        }
        finally
        {
            // Of an attachment it is complete by now; what was refused, broken off or replayed goes.
            await AttachmentContent.RemoveAsync(store, id, CancellationToken.None);
        }
    }

    /// <summary>The customer of a request that is to change its attachments.</summary>
    /// <exception cref="ProblemException">404 or 403.</exception>
    public static async Task<Customer> ChangeableAsync(HttpContext http, DocumentStore store, Guid id)
    {
        var customer = await PartLists.SeenAsync(http, store, id);
        await Access.Of(http).DemandAsync(Right.Change("customers"), http.RequestServices.GetRequiredService<Resource<Customer>>(), customer, http.RequestAborted);
        return customer;
    }

    private static AddAttachment Announced(Dictionary<string, string> fields, string? name, long size, HttpContext http)
    {
        var given = AttachmentName.Clean(name) is { Length: > 0 } cleaned ? cleaned : "file";
        var command = new AddAttachment(given, Math.Max(size, 1), fields.GetValueOrDefault("sha256"), Kind(), Reference("contactId"), Reference("followUpId"));
        Validation.Check(http.RequestServices.GetRequiredService<IValidator<AddAttachment>>(), command, http);
        return command;

        AttachmentKind? Kind()
        {
            if (!fields.TryGetValue("kind", out var text) || text.Length == 0) return null;
            foreach (var kind in Enum.GetValues<AttachmentKind>())
                if (JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()) == text) return kind;
            throw ProblemException.Invalid("body.kind", "unknown_value", "没有这个取值。", "There is no such value.");
        }

        Guid? Reference(string field) => !fields.TryGetValue(field, out var text) || text.Length == 0 ? null
            : Guid.TryParse(text, out var reference) ? reference : throw ProblemException.Invalid("body." + field, "invalid_value", "应为 UUID。", "It must be a UUID.");
    }

    private static async Task<string> TextAsync(Stream from, string field, CancellationToken ct)
    {
        var block = new byte[200];
        var read = await from.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, ct);
        return read < block.Length ? Encoding.UTF8.GetString(block, 0, read).Trim() : throw ProblemException.Invalid("body." + field, "too_long", "内容太长。", "It is too long.");
    }

    private static ProblemException Malformed() => new(400, "malformed_multipart", "上传的内容格式有误。", "The multipart body is malformed.");
}
