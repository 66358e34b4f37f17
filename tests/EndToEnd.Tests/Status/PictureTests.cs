using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Status;
using EventGateway.Testing;
using Microsoft.Playwright;

namespace EventGateway.EndToEnd.Tests.Status;

/// <summary>The pictures of docs/status.md: an hour with an incident. Taken where <c>STATUS_PICTURES</c> names the folder to write them to.</summary>
public sealed class PictureTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("STATUS_PICTURES");

    private readonly Random _random = new(7);

    [Fact]
    public async Task Pictures_OfAnIncident_AreTaken()
    {
        Assert.SkipWhen(Folder is null, "Pictures weren't asked for: STATUS_PICTURES names no folder.");
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("{}"));
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address, edit: root =>
        {
            root["CircuitBreakers"]!["reads"] = new System.Text.Json.Nodes.JsonObject();
            root["ReverseProxy"]!["Routes"]!["getEvents"]!["Transforms"] = System.Text.Json.Nodes.JsonNode.Parse("""[ { "CircuitBreaker": "reads" } ]""");
        });
        gateway.Advance(2 * 3600);
        Live(gateway, minutes: 44);
        Fail(gateway, times: 3, recovers: true);
        Live(gateway, minutes: 14.5);
        Fail(gateway, times: 3, recovers: false);
        gateway.Advance(4);

        await TakeAsync(gateway, "status", width: 1280, ColorScheme.Light);
        await TakeAsync(gateway, "status-dark", width: 1280, ColorScheme.Dark);
        await TakeAsync(gateway, "status-phone", width: 390, ColorScheme.Light);
    }

    private async Task TakeAsync(WatchedGateway gateway, string name, int width, ColorScheme scheme)
    {
        var page = await browser.OpenAsync(gateway.Page, width, scheme: scheme);
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(2);
        gateway.Advance(0.5);   // the first report only begins to look for the upstreams
        gateway.Advance(0.5);
        await Assertions.Expect(page.Locator(".badge[data-state=reachable]")).ToBeVisibleAsync();
        await page.EvaluateAsync(
            """
            () => {
              document.querySelector('[data-field=file]').textContent = '/etc/eventgateway/appsettings.json';
              document.querySelector('[data-field=address]').textContent = 'http://events.internal:4000';
            }
            """);   // not what this machine calls them
        await page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(Folder!, $"{name}.png") });
    }

    // What happens while all is well, ten seconds at a time.
    private void Live(WatchedGateway gateway, double minutes)
    {
        for (var i = 0; i < minutes * 6; i++)
        {
            Requests(gateway, "addEvent", 20, 0.02);
            Step(gateway);
        }
    }

    // Opens the breaker, and fails all probes but the last: that one succeeds, or hasn't been yet.
    private void Fail(WatchedGateway gateway, int times, bool recovers)
    {
        var breaker = Get<BreakerRegistry>(gateway)["addEvent"].Breaker;
        while (breaker.TryAcquire(out var permit, out _))
        {
            breaker.Record(permit, Failure());
            Requests(gateway, "addEvent", 5, 0.8);
            Step(gateway, seconds: 2);
        }

        for (var i = 1; i < times || recovers; i++)
        {
            while (breaker.State == CircuitState.Open)
            {
                breaker.TryAcquire(out _, out _);
                Requests(gateway, "addEvent", 20, 1);
                Step(gateway);
            }

            breaker.TryAcquire(out var probe, out _);
            breaker.Record(probe, i == times ? CallResult.Success : Failure());
            if (i == times)
            {
                return;
            }
        }
    }

    private CallResult Failure() => CallResult.Failure(
        CallCause.Status5xx, TimeSpan.FromMilliseconds(180 + _random.Next(900)), 503, traceId: Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()));

    private void Step(WatchedGateway gateway, int seconds = 10)
    {
        Requests(gateway, "getUsers", 12 * seconds, 0);
        Requests(gateway, "getEvents", 30 * seconds, 0.004);
        Requests(gateway, "eventsByUser", 4 * seconds, 0.003);
        gateway.Advance(seconds);
        Get<RouteTraffic>(gateway).TryAdvance();
    }

    private void Requests(WatchedGateway gateway, string route, int count, double failing)
    {
        var traffic = Get<RouteTraffic>(gateway);
        for (var i = _random.Next(count / 2); i < count; i++)
        {
            var took = TimeSpan.FromMilliseconds(failing == 1 ? 0.2 : 12 - Math.Log(_random.NextDouble()) * 25);
            traffic.Finished(route, took, failed: _random.NextDouble() < failing);
        }
    }

    private static T Get<T>(WatchedGateway gateway)
        where T : notnull =>
        gateway.Services.GetRequiredService<T>();
}
