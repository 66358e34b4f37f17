using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.Gateway;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Management;
using EventGateway.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.EndToEnd.Tests.Status;

/// <summary>A gateway whose clock stands still until the test moves it, and whose status page is open to the test's browser.</summary>
internal sealed class WatchedGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private WatchedGateway(WebApplication app, ManualClock clock, string file)
    {
        _app = app;
        Clock = clock;
        File = file;
        Port = new Uri(app.Urls.Last()).Port;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{new Uri(app.Urls.First()).Port}") };
    }

    public ManualClock Clock { get; }

    /// <summary>The configuration file, which may be edited.</summary>
    public string File { get; }

    /// <summary>The operator's.</summary>
    public int Port { get; }

    public string Page => $"http://127.0.0.1:{Port}/status";

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts with the shipped configuration after an edit, its breaker without jitter.</summary>
    public static async Task<WatchedGateway> StartAsync(string upstream, ManualClock? clock = null, int port = 0, Action<JsonNode>? edit = null)
    {
        var directory = Directory.CreateTempSubdirectory("watched-gateway-");
        var file = Path.Combine(directory.FullName, "appsettings.json");
        await System.IO.File.WriteAllTextAsync(file, ShippedFile.Edited(root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = upstream;
            root["CircuitBreakers"]!["addEvent"]!["Jitter"] = 0;
            edit?.Invoke(root);
        }));
        var none = new Dictionary<string, string>();
        var source = new ConfigurationSource(
            file, Path.Combine(directory.FullName, ".env"), none, none, new Dictionary<string, string> { ["PORT"] = "0", ["MANAGEMENT_PORT"] = "0" });
        var loaded = source.Load();
        Assert.NotNull(loaded.Plan);
        clock ??= new ManualClock();
        var app = GatewayHost.Build(source, loaded.Plan, Stream.Null, clock, terminal: null, services =>
            services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, port, ManagementListener.Mark)));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new WatchedGateway(app, clock, file);
    }

    /// <summary>Lets time pass, and with it the next report be made.</summary>
    public void Advance(double seconds = 1) => Clock.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>A <c>POST /addEvent</c>; returns its status.</summary>
    public async Task<int> PostAsync()
    {
        using var body = new StringContent("""{"id":1,"name":"Party","userId":"1"}""", Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync("/addEvent", body, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    /// <summary>A GET; returns its status.</summary>
    public async Task<int> GetAsync(string target)
    {
        using var response = await _client.GetAsync(target, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(File)!, recursive: true);
    }
}
