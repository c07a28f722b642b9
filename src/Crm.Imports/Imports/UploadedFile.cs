using System.Security.Cryptography;
using System.Text;
using Crm.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Crm.Imports;

/// <summary>A file received as <c>multipart/form-data</c>, put aside on disk while it is read.</summary>
internal sealed class UploadedFile : IUpload
{
    /// <summary>What a multipart body holds beside the file: boundaries, headers, the target.</summary>
    private const int Envelope = 64 * 1024;
    private const int MostParts = 10;

    private UploadedFile(FileStream content) => Content = content;

    public FileStream Content { get; }

    public string Name { get; private set; } = "";

    public string? Target { get; private set; }

    public byte[] Hash { get; private set; } = [];

    /// <exception cref="ProblemException">400, 413 or 415.</exception>
    public static async Task<UploadedFile> ReceiveAsync(HttpContext http)
    {
        var limits = http.RequestServices.GetRequiredService<SourceLimits>();
        if (http.Request.ContentLength > limits.MaxBytes + Envelope) throw Of(SourceFileErrors.TooLarge(limits.MaxBytes));
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = limits.MaxBytes + Envelope;
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var upload = new UploadedFile(new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 81_920, FileOptions.DeleteOnClose | FileOptions.Asynchronous));
        try
        {
            await upload.ReadAsync(http, limits);
            return upload;
        }
        catch (Exception e)
        {
            await upload.DisposeAsync();
            // A body that ends early or has broken headers.
            if (e is IOException and not BadHttpRequestException or InvalidDataException) throw Malformed();
            throw;
        }
    }

    public static ProblemException Of(SourceFileException e) =>
        new(e.Code switch
        {
            "file_too_large" or "file_expands_too_much" or "file_has_too_many_parts" => 413,
            "file_not_a_table" or "file_not_a_workbook" or "file_old_excel" or "file_encrypted" or "file_has_macros" => 415,
            _ => 400,
        }, e.Code, e.Chinese, e.English)
        { Errors = [("body.file", e.Code, e.Chinese, e.English)] };

    public ValueTask DisposeAsync() => Content.DisposeAsync();

    private async Task ReadAsync(HttpContext http, SourceLimits limits)
    {
        var reader = new MultipartReader(Boundary(http), http.Request.Body) { HeadersLengthLimit = 16 * 1024 };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var found = false;
        for (var part = 0; await reader.ReadNextSectionAsync(http.RequestAborted) is { } section; part++)
        {
            if (part == MostParts) throw Malformed();
            var disposition = section.GetContentDispositionHeader();
            var name = HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).Value;
            if (name == "file" && !found)
            {
                found = true;
                Name = FileName(disposition!);
                await CopyAsync(section.Body, hash, limits, http.RequestAborted);
            }
            else if (name == "target" && Target is null) Target = await TextAsync(section.Body, http.RequestAborted);
            else throw ProblemException.Invalid("body", "unknown_field", $"不认识的字段：{name}。", $"Unknown field: {name}.");
        }
        if (!found) throw ProblemException.Invalid("body.file", "required", "请上传一个文件（字段 file）。", "Upload a file (field 'file').");
        hash.AppendData(Encoding.UTF8.GetBytes(Target ?? ""));
        Hash = hash.GetHashAndReset();
    }

    private static string Boundary(HttpContext http)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || type.MediaType != "multipart/form-data")
            throw new ProblemException(415, "unsupported_media_type", "请以 multipart/form-data 上传文件（字段 file）。", "Upload the file as multipart/form-data (field 'file').");
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        return boundary is { Length: > 0 and <= 200 } ? boundary : throw Malformed();
    }

    private static string FileName(ContentDispositionHeaderValue disposition)
    {
        var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value ?? "";
        name = new string([.. name[(name.LastIndexOfAny(['/', '\\']) + 1)..].Where(c => !char.IsControl(c) && !char.IsSurrogate(c))]).Trim();
        return name.Length switch { 0 => "file", > 200 => name[..200], _ => name };
    }

    private async Task CopyAsync(Stream from, IncrementalHash hash, SourceLimits limits, CancellationToken ct)
    {
        var block = new byte[81_920];
        for (int read; (read = await from.ReadAsync(block, ct)) > 0;)
        {
            if (Content.Length + read > limits.MaxBytes) throw Of(SourceFileErrors.TooLarge(limits.MaxBytes));
            hash.AppendData(block, 0, read);
            await Content.WriteAsync(block.AsMemory(0, read), ct);
        }
        await Content.FlushAsync(ct);
    }

    private static async Task<string?> TextAsync(Stream from, CancellationToken ct)
    {
        var block = new byte[200];
        var read = await from.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, ct);
        if (read == block.Length) throw ProblemException.Invalid("body.target", "too_long", "target 太长。", "target is too long.");
        var text = Encoding.UTF8.GetString(block, 0, read).Trim();
        return text.Length == 0 ? null : text;
    }

    private static ProblemException Malformed() => new(400, "malformed_multipart", "上传的内容格式有误。", "The multipart body is malformed.");
}
