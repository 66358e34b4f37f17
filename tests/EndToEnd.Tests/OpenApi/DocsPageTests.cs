using EventGateway.EndToEnd.Tests.Status;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventGateway.EndToEnd.Tests.OpenApi;

/// <summary>The readable description, in a real browser.</summary>
public sealed class DocsPageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("STATUS_PICTURES");

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Page_OfARichConfiguration_ShowsEveryOperation(int width, ColorScheme scheme)
    {
        await using var gateway = await WatchedGateway.StartAsync("http://127.0.0.1:1", edit: RichConfiguration.Edit);
        var page = await browser.OpenAsync("about:blank", width, scheme: scheme);
        var problems = new List<string>();
        page.Console += (_, message) => problems.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => problems.Add(error);
        await page.GotoAsync($"http://127.0.0.1:{gateway.Port}/docs");

        var operation = page.Locator("#op-v1-addEvent");
        await Expect(operation.Locator("h3")).ToHaveTextAsync("/v1/addEvent");
        await Expect(operation).ToContainTextAsync("Add an event. Stores an event");
        await Expect(operation).ToContainTextAsync("\"userId\": \"1\"");
        await Expect(page.Locator("#op-v1-both")).ToContainTextAsync("An API key in");
        await Expect(page.Locator("#op-addEvent .badge")).ToHaveTextAsync("deprecated");
        await Expect(page.Locator("nav a")).ToHaveCountAsync(await page.Locator("article").CountAsync());

        var refused = operation.Locator("details").Filter(new() { HasText = "circuit_open" });
        await Expect(refused.Locator("pre").First).ToBeHiddenAsync();
        await refused.Locator("summary").ClickAsync();
        await Expect(refused).ToContainTextAsync("\"circuitBreakerState\": \"OPEN\"");
        await page.Locator("#op-v1-getUsers details").First.Locator("summary").ClickAsync();
        await page.Locator("#op-v1-getUsers a[href='#schema-User']").ClickAsync();
        await Expect(page.Locator("#schema-User")).ToContainTextAsync("Keys of the user's events.");

        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "The page is wider than its window.");
        Assert.Empty(problems);
        if (Folder is not null)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"docs-{width}.png") });
            await page.EvaluateAsync("document.querySelector('#op-v1-addEvent').scrollIntoView()");
            await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"docs-{width}-addEvent.png") });
        }
    }
}
