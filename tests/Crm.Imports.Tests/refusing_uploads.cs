using System.Net;
using System.Text;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

/// <summary>Bad input gets a clear problem answer, leaves nothing behind, and the server stays up.</summary>
public sealed class refusing_uploads(PostgresFixture postgres) : IAsyncLifetime
{
    private ImportApp app = null!;

    public async ValueTask InitializeAsync() => app = await ImportApp.StartAsync(postgres, ("Crm:Imports:MaxBytes", "12582912"));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task bad_files()
    {
        var garbage = new byte[10 * 1024 * 1024];
        new Random(7).NextBytes(garbage);
        garbage[0] = (byte)'x';
        await Refuses(garbage, 400, "file_has_nul", "file_encoding_unknown");
        await Refuses("name\nA\0\n"u8.ToArray(), 400, "file_has_nul");
        await Refuses(Files.Workbook("", extra: ("xl/media/a.bin", new byte[40 * 1024 * 1024])), 413, "file_expands_too_much");
        // The name and the stated type say nothing: what is inside decides.
        await Refuses(Files.Zip(("a.txt", [1, 2, 3])), 415, "file_not_a_workbook");
        await Refuses([0x89, 0x50, 0x4E, 0x47, 1, 2, 3], 415, "file_not_a_table");
        await Refuses("%PDF-1.7"u8.ToArray(), 415, "file_not_a_table");
        await Refuses("<html><script>alert(1)</script></html>"u8.ToArray(), 415, "file_not_a_table");
        await Refuses(Files.Workbook("<row/>", extra: ("xl/vbaProject.bin", [1])), 415, "file_has_macros");
        await Refuses(Encoding.UTF8.GetBytes("name\n" + new string('x', 1_000_000)), 400, "file_cell_too_long");
        await Refuses([], 400, "file_empty");
        await Refuses(new byte[13 * 1024 * 1024], 413, "file_too_large");
        await Refuses("a,b\n1,\"\n"u8.ToArray(), 400, "file_unclosed_quote");
        (await app.CountAsync("select count(*) from imports.rows")).ShouldBe(0);
        (await app.CountAsync("select count(*) from imports.uploads")).ShouldBe(0);
        (await app.ImportAsync("name\nAcme\n"))["totals"]!["created"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task bad_bodies()
    {
        await Answers(new StringContent("{}", Encoding.UTF8, "application/json"), 415, "unsupported_media_type");
        await Answers(new MultipartFormDataContent { { new StringContent("customers"), "target" } }, 400, "required");
        await Answers(new MultipartFormDataContent { { new ByteArrayContent([1]), "attachment", "a.csv" } }, 400, "unknown_field");
        await Answers(new MultipartFormDataContent { { new ByteArrayContent("name\nA\n"u8.ToArray()), "file", "a.csv" }, { new StringContent("planets"), "target" } }, 400, "unknown_target");
        var cut = new ByteArrayContent("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nname\nA"u8.ToArray());
        cut.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        await Answers(cut, 400, "malformed_multipart");
    }

    [Fact]
    public async Task bad_changes()
    {
        var import = await app.UntilAsync(await app.UploadAsync("name,size\nA,1\n"), "checked");
        async Task Patch(string json, int status, string code)
        {
            var answer = await app.PatchAsync(import, json);
            ((int)answer.StatusCode, (string?)(await ImportApp.ReadAsync(answer))["code"]).ShouldBe((status, code));
        }
        await Patch("{", 400, "malformed_json");
        await Patch("""{"colour":1}""", 400, "unknown_field");
        await Patch("""{"target":"planets"}""", 400, "unknown_target");
        await Patch("""{"columns":[{"name":"nope","field":"name"}]}""", 400, "unknown_column");
        await Patch("""{"columns":[{"name":"size","field":"nope"}]}""", 400, "unknown_field");
        await Patch("""{"columns":[{"name":"size","field":"name"}]}""", 400, "field_mapped_twice");
        await Patch("""{"columns":[{"name":"size","field":"size","format":"qq"}]}""", 400, "unknown_format");
        (await app.Client.GetAsync(new Uri($"imports/{import["id"]}/rows?verdict=nope", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await app.Client.GetAsync(new Uri($"imports/{Guid.Empty}/errors.csv", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task callers_without_the_right()
    {
        app.Client.DefaultRequestHeaders.Remove("Test-Role");
        (await app.SendAsync("name\nA\n"u8.ToArray(), "a.csv")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        app.Client.DefaultRequestHeaders.Add("Test-Role", "service");
        (await app.SendAsync("name\nA\n"u8.ToArray(), "a.csv")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task Refuses(byte[] file, int status, params string[] codes)
    {
        using var answer = await app.SendAsync(file, "x.csv");
        ((int)answer.StatusCode).ShouldBe(status);
        var problem = await ImportApp.ReadAsync(answer);
        ((string?)problem["code"]).ShouldBeOneOf(codes);
        problem.ToJsonString().ShouldNotContain(" at ");
    }

    private async Task Answers(HttpContent body, int status, string code)
    {
        using var content = body;
        using var answer = await app.Client.PostAsync(new Uri("imports", UriKind.Relative), content);
        ((int)answer.StatusCode, (string?)(await ImportApp.ReadAsync(answer))["code"]).ShouldBe((status, code));
    }
}
