using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>
/// A gateway between an upstream that answers byte by byte as a test scripts it, and clients that send exact bytes. Its clock stands
/// still until the test moves it, and its breaker waits without jitter.
/// </summary>
internal sealed class WiredGateway : IAsyncDisposable
{
    /// <summary>A body that <c>POST /addEvent</c> takes, and passes on as it is.</summary>
    public const string NewEvent = """{"id":1,"name":"Party","userId":"1"}""";

    private static readonly string[] OwnPages = ["/metrics", "/ready", "/health"];

    private readonly TestGateway _gateway;

    private WiredGateway(RawUpstream upstream, TestGateway gateway, ManualClock clock)
    {
        Upstream = upstream;
        _gateway = gateway;
        Clock = clock;
    }

    public RawUpstream Upstream { get; }

    public ManualClock Clock { get; }

    public int Port => _gateway.Port;

    public IServiceProvider Services => _gateway.Services;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts with the shipped configuration after an edit.</summary>
    /// <param name="answer">What the upstream does with each request.</param>
    /// <param name="edit">Changes the configuration.</param>
    public static Task<WiredGateway> StartAsync(Func<RawRequest, RawConnection, Task> answer, Action<JsonNode>? edit = null) =>
        StartAsync(RawUpstream.Start(answer), edit);

    /// <summary>The same before an upstream that needn't wait for whole requests.</summary>
    public static async Task<WiredGateway> StartAsync(RawUpstream upstream, Action<JsonNode>? edit = null)
    {
        var clock = new ManualClock();
        return new WiredGateway(upstream, await TestGateway.StartAsync(upstream.Address, Edit, clock), clock);

        void Edit(JsonNode root)
        {
            root["CircuitBreakers"]!["addEvent"]!["Jitter"] = 0;
            edit?.Invoke(root);
        }
    }

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(_gateway.Port, Token);

    /// <summary>Sends one request on a connection of its own, and reads the answer.</summary>
    public async Task<RawResponse> SendAsync(string request)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(request, Token);
        return await client.ReadResponseAsync(Token, toHead: request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>Sends these bytes on a connection of their own, and reads all that comes until the gateway ends the connection.</summary>
    public async Task<string> SendUntilClosedAsync(string bytes)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(bytes, Token);
        var (answer, _) = await client.ReadToEndAsync(Token);
        return System.Text.Encoding.Latin1.GetString(answer);
    }

    /// <summary>A GET, from its first byte until the gateway has done its accounts.</summary>
    public Task<RawResponse> GetAsync(string target, params IEnumerable<string> headers) => CompleteAsync(Http.Get(target, headers));

    /// <summary>A <c>POST /addEvent</c>, from its first byte until the gateway has done its accounts.</summary>
    public Task<RawResponse> PostAsync(string body = NewEvent, params IEnumerable<string> headers) => CompleteAsync(Http.Post(body, headers));

    /// <summary>
    /// Waits until the next request to anything but the gateway's own pages is over, all its accounts included, and returns its line
    /// of the access log: a client has its answer a moment earlier.
    /// </summary>
    public async Task<JsonNode> FinishedAsync()
    {
        JsonNode line;
        do
        {
            line = await _gateway.Log.NextAsync().AsTask().InTime();
        }
        while (OwnPages.Contains((string?)line["path"]));
        return line;
    }

    public async Task<JsonNode> ReadyAsync()
    {
        var response = await SendAsync(Http.Get("/ready"));
        var report = JsonNode.Parse(response.Text)!;
        report["httpStatus"] = response.Status;
        return report;
    }

    public Task<double?> MetricAsync(string series) => _gateway.MetricAsync(series);

    /// <summary>Calls that the breaker <c>addEvent</c> counted with this outcome and cause.</summary>
    public Task<double?> CallsAsync(string outcome, string cause) =>
        MetricAsync($$"""gateway_breaker_calls_total{breaker="addEvent",cause="{{cause}}",outcome="{{outcome}}"}""");

    /// <summary>Failures of the upstream that were counted for a route, by cause.</summary>
    public Task<double?> ErrorsAsync(string route, string cause) =>
        MetricAsync($$"""gateway_upstream_errors_total{cause="{{cause}}",cluster="event-api",route="{{route}}"}""");

    /// <summary>The state that <c>/metrics</c> shows for the breaker <c>addEvent</c>.</summary>
    public async Task<string> BreakerStateAsync()
    {
        var shown = new List<string>();
        foreach (var state in (string[])["closed", "open", "half_open", "forced_open", "disabled", "metrics_only"])
        {
            if (await MetricAsync($$"""gateway_breaker_state{breaker="addEvent",state="{{state}}"}""") == 1)
            {
                shown.Add(state);
            }
        }

        return Assert.Single(shown);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Upstream.DisposeAsync();   // first: it lets go of requests that a failed test left behind
        }
        finally
        {
            await _gateway.DisposeAsync();
        }
    }

    private async Task<RawResponse> CompleteAsync(string request)
    {
        var response = await SendAsync(request);
        await FinishedAsync();
        return response;
    }
}
