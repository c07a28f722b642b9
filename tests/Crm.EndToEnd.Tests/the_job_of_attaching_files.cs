using System.Net;
using System.Security.Cryptography;
using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>A contract and a picture are attached and looked at; a large file whose line breaks and whose page is reloaded goes on; a follow-up takes one along on the phone.</summary>
[Trait("Category", "Long")]
public sealed class the_job_of_attaching_files(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    // One red dot.
    private static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==");
    private static readonly byte[] Pdf = [.. "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"u8];

    [Fact]
    public async Task files_are_attached_looked_at_and_go_on_after_a_reload()
    {
        var api = await app.As("admin");
        var id = (await api.Post("customers", new { kind = "company", name = "附件贸易有限公司", ownerId = await app.UserId("sales") })).Is(HttpStatusCode.Created).Id;
        var page = await browser.SignInAsync(app, "sales");
        var refused = new List<string>();
        page.Console += (_, message) => { if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal)) refused.Add(message.Text); };
        var large = Path.Combine(Path.GetTempPath(), $"验收资料-{Guid.NewGuid():N}.bin");
        await File.WriteAllBytesAsync(large, [0, .. RandomNumberGenerator.GetBytes(6 << 20)], TestContext.Current.CancellationToken);
        try
        {
            await browser.Journey(page, nameof(the_job_of_attaching_files), async () =>
            {
                await page.GotoAsync($"/customers/{id}");
                var box = page.GetByRole(AriaRole.Region, new() { Name = "附件" });
                await box.GetByTestId("files").SetInputFilesAsync(new[] { new FilePayload { Name = "合同.pdf", MimeType = "application/pdf", Buffer = Pdf }, new FilePayload { Name = "现场.png", MimeType = "image/png", Buffer = Png } });
                await box.GetByRole(AriaRole.Button, new() { Name = "预览 现场.png" }).ClickAsync();
                var picture = page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Img, new() { Name = "现场.png" });
                await Expect(picture).ToBeVisibleAsync();
                (await picture.EvaluateAsync<int>("async image => { await image.decode(); return image.naturalWidth; }")).ShouldBe(1);
                await page.Keyboard.PressAsync("Escape");
                await Expect(page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
                var shown = await page.RunAndWaitForResponseAsync(() => box.GetByRole(AriaRole.Button, new() { Name = "预览 合同.pdf" }).ClickAsync(), r => r.Url.EndsWith("/preview", StringComparison.Ordinal));
                shown.Status.ShouldBe(200);
                await page.Keyboard.PressAsync("Escape");
                await box.GetByRole(AriaRole.Button, new() { Name = "修改 合同.pdf" }).ClickAsync();
                await page.GetByRole(AriaRole.Dialog).GetByLabel("类型").ClickAsync();
                await page.GetByTitle("合同扫描件").Last.ClickAsync();
                await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = new("^保 ?存$") }).ClickAsync();
                await Expect(box.GetByText("合同扫描件", new() { Exact = true }).First).ToBeVisibleAsync();

                // The line breaks after the first part; then the page is reloaded.
                var parts = 0;
                await page.RouteAsync("**/attachments/uploads/*", route => route.Request.Method == "PATCH" && ++parts > 1 ? route.AbortAsync("connectionreset") : route.ContinueAsync());
                await box.GetByTestId("files").SetInputFilesAsync(large);
                await Expect(box.GetByText("连接中断，稍后自动继续")).ToBeVisibleAsync();
                await page.UnrouteAllAsync();
                await page.ReloadAsync();
                await Expect(box.GetByText("重新选择同一个文件即可继续")).ToBeVisibleAsync();
                await box.GetByTestId("files").SetInputFilesAsync(large);
                await Expect(box.GetByRole(AriaRole.Link, new() { Name = "下载 " + Path.GetFileName(large) }).First).ToBeVisibleAsync();
                await Expect(page.GetByRole(AriaRole.List, new() { Name = "动态" })).ToContainTextAsync("添加附件");
                await page.ScreenshotAsync(new() { Path = Path.Combine(Path.GetTempPath(), "attachments-1440.png") });
            });
            refused.ShouldBeEmpty();

            var phone = await browser.SignInAsync(app, "sales", phone: true);
            await browser.Journey(phone, nameof(the_job_of_attaching_files), async () =>
            {
                await phone.GotoAsync($"/customers/{id}");
                await phone.GetByText("记录一次跟进…").ClickAsync();
                await phone.GetByLabel("沟通内容").FillAsync("现场验收");
                await phone.GetByTestId("files").SetInputFilesAsync(new FilePayload { Name = "签字.png", MimeType = "image/png", Buffer = [.. Png, 1] });
                await Expect(phone.GetByRole(AriaRole.Button, new() { Name = "移除 签字.png" })).ToBeVisibleAsync();
                await phone.GetByRole(AriaRole.Button, new() { Name = "保存跟进" }).ClickAsync();
                await Expect(phone.GetByRole(AriaRole.Button, new() { Name = "预览 签字.png" }).First).ToBeVisibleAsync();
                await phone.GetByRole(AriaRole.Tab, new() { Name = "相关" }).ClickAsync();
                await Expect(phone.GetByRole(AriaRole.Region, new() { Name = "附件" })).ToContainTextAsync("签字.png");
                (await phone.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("nothing is wider than the phone");
                await phone.ScreenshotAsync(new() { Path = Path.Combine(Path.GetTempPath(), "attachments-390.png"), FullPage = true });
            });
        }
        finally
        {
            File.Delete(large);
        }
        var files = (await api.Get($"customers/{id}/attachments"))["data"]!.AsArray();
        files.Select(f => (f!["name"]!.ToString(), f["kind"]!.ToString(), f["followUpId"] is not null)).ShouldBe(
            [("签字.png", "other", true), (Path.GetFileName(large), "other", false), ("现场.png", "other", false), ("合同.pdf", "contractScan", false)], ignoreOrder: true);
        files.Single(f => f!["name"]!.ToString() == Path.GetFileName(large))!["size"]!.GetValue<int>().ShouldBe((6 << 20) + 1);
    }
}
