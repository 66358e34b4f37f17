using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests;

/// <summary>A real gateway on a free port, with a configuration file of its own that a test may edit while it runs.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _directory;

    private TestGateway(WebApplication app, DirectoryInfo directory, string file, LogOutput log)
    {
        _app = app;
        _directory = directory;
        File = file;
        Log = log;
        Port = new Uri(app.Urls.First()).Port;
        ManagementPort = new Uri(app.Urls.Last()).Port;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
    }

    public int Port { get; }

    /// <summary>The public one, unless the test opened another.</summary>
    public int ManagementPort { get; }

    /// <summary>Of a gateway with HTTPS.</summary>
    public int HttpsPort => new Uri(_app.Urls.First(url => url.StartsWith("https:", StringComparison.Ordinal))).Port;

    public HttpClient Client { get; }

    /// <summary>The configuration file that the gateway watches.</summary>
    public string File { get; }

    /// <summary>What the gateway wrote to its access log.</summary>
    public LogOutput Log { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts with the shipped configuration, its cluster pointed at <paramref name="upstream"/>, after <paramref name="edit"/>.</summary>
    public static Task<TestGateway> StartAsync(
        string upstream, Action<JsonNode>? edit = null, TimeProvider? time = null, Dictionary<string, string>? environment = null, Stream? output = null) =>
        StartWithAsync(Configuration(upstream, edit), time, environment: environment, output: output);

    /// <summary>Starts with this text for a file, and with further services.</summary>
    public static async Task<TestGateway> StartWithAsync(
        string configuration,
        TimeProvider? time = null,
        Action<IServiceCollection>? services = null,
        Dictionary<string, string>? environment = null,
        Stream? output = null)
    {
        var directory = Directory.CreateTempSubdirectory("gateway-");
        var file = Path.Combine(directory.FullName, "appsettings.json");
        await System.IO.File.WriteAllTextAsync(file, configuration);

        var source = new ConfigurationSource(
            file, Path.Combine(directory.FullName, ".env"), new Dictionary<string, string>(), environment ?? [],
            new Dictionary<string, string> { ["PORT"] = "0", ["MANAGEMENT_PORT"] = "0" });
        var loaded = source.Load();
        Assert.DoesNotContain(loaded.Problems, p => !p.IsWarning);
        var log = new LogOutput();
        var app = GatewayHost.Build(source, loaded.Plan!, output ?? log, time, terminal: null, services ?? (static _ => { }));
        await app.StartAsync();
        return new TestGateway(app, directory, file, log);
    }

    /// <summary>The shipped configuration as text, its cluster pointed at <paramref name="upstream"/>, after <paramref name="edit"/>.</summary>
    public static string Configuration(string upstream, Action<JsonNode>? edit = null)
    {
        var shipped = System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "appsettings.json"));
        var root = JsonNode.Parse(shipped, documentOptions: new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip })!;
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = upstream;
        edit?.Invoke(root);
        return root.ToJsonString();
    }

    /// <summary>Value of one series of <c>/metrics</c>, e.g. <c>gateway_breaker_backoff_step{breaker="addEvent"}</c>; null if it isn't there.</summary>
    public async Task<double?> MetricAsync(string series)
    {
        var page = await Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        var line = page.Split('\n').FirstOrDefault(l => l.StartsWith($"{series} ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>What SIGTERM does.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
