using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.MockUpstream.Tests;

/// <summary>The mock on a free port, faultless and without latency unless a test says otherwise.</summary>
internal sealed class MockServer : IAsyncDisposable
{
    private readonly HttpClient _http;

    private MockServer(WebApplication app)
    {
        App = app;
        Port = new Uri(app.Urls.Single()).Port;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
    }

    public static MockUpstreamOptions Faultless => new()
    {
        Port = 0,
        ReadFailureShare = 0,
        EventLatency = TimeSpan.Zero,
        AddEventFailLatency = TimeSpan.Zero,
    };

    public WebApplication App { get; }

    public int Port { get; }

    public static async Task<MockServer> StartAsync(MockUpstreamOptions? options = null, TimeProvider? time = null)
    {
        var app = MockUpstreamHost.Build(options ?? Faultless, time);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new MockServer(app);
    }

    public Task<(HttpStatusCode Status, string Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<(HttpStatusCode Status, string Body)> AddEventAsync(string body) => SendAsync(HttpMethod.Post, "/addEvent", body);

    public Task<(HttpStatusCode Status, string Body)> SetFaultsAsync(string json) => SendAsync(HttpMethod.Put, "/__mock/faults", json);

    public Task ResetFaultsAsync() => SetFaultsAsync("""{"*":{"latencyMs":0,"failureShare":0}}""");

    public Task ResetAsync() => SendAsync(HttpMethod.Post, "/__mock/reset");

    public async Task<JsonNode> ReportAsync() => JsonNode.Parse((await GetAsync("/__mock/requests")).Body)!;

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Port, TestContext.Current.CancellationToken);

    public async Task<RawClient> RequestAsync(string target, string method = "GET")
    {
        var client = await ConnectAsync();
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: mock\r\n\r\n", TestContext.Current.CancellationToken);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await App.DisposeAsync();
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
