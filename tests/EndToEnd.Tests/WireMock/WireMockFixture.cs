using System.Globalization;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.WireMock;

/// <summary>
/// A real WireMock: the jar that <c>WIREMOCK_JAR</c> names, or that of the npm package <c>wiremock</c> in a <c>node_modules</c>
/// folder above these tests. Where there is none, its tests are skipped.
/// </summary>
public sealed class WireMockFixture : IAsyncLifetime
{
    private const string PortLine = "port:";

    private ProcessUnderTest? _process;
    private HttpClient? _admin;
    private string _missing = "";

    public string Address { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (FindJar() is not { } jar)
        {
            _missing = "WireMock isn't there: `npm install wiremock`, or name its jar in WIREMOCK_JAR.";
            return;
        }

        if (!Launch.OnPath("java"))
        {
            _missing = "WireMock needs java, which isn't there.";
            return;
        }

        _process = ProcessUnderTest.Start(new Launch("java", "-jar", jar, "--port", "0", "--bind-address", "127.0.0.1"));
        var line = await _process.StartedAsync(l => l.StartsWith(PortLine, StringComparison.Ordinal));
        Address = $"http://127.0.0.1:{int.Parse(line[PortLine.Length..].Trim(), CultureInfo.InvariantCulture)}";
        _admin = new HttpClient { BaseAddress = new Uri($"{Address}/__admin/") };
    }

    /// <summary>Forgets the stubs and requests of the test before, and starts a gateway in front.</summary>
    internal async Task<GatewayProcess> StartGatewayAsync(params IEnumerable<(string Name, string Value)> variables)
    {
        Assert.SkipWhen(_missing.Length > 0, _missing);
        using var reset = await _admin!.PostAsync("reset", content: null, TestContext.Current.CancellationToken);
        reset.EnsureSuccessStatusCode();
        var launch = new GatewayLaunch { Variables = { ["EVENT_API_BASE_URL"] = Address } };
        foreach (var (name, value) in variables)
        {
            launch.Variables[name] = value;
        }

        return await GatewayProcess.StartAsync(launch);
    }

    /// <summary>Answers as told.</summary>
    /// <param name="method">Of the request.</param>
    /// <param name="path">Of the request.</param>
    /// <param name="response">WireMock's <c>response</c>.</param>
    /// <param name="from">The state in which the scenario must be; null: this stub is no part of a scenario.</param>
    /// <param name="to">The state to which this request moves it.</param>
    public async Task StubAsync(string method, string path, JsonObject response, string? from = null, string? to = null)
    {
        var mapping = new JsonObject
        {
            ["request"] = new JsonObject { ["method"] = method, ["urlPath"] = path },
            ["response"] = response,
        };
        if (from is not null)
        {
            mapping["scenarioName"] = path;
            mapping["requiredScenarioState"] = from;
            mapping["newScenarioState"] = to;
        }

        using var answer = await _admin!.PostAsJsonAsync("mappings", mapping, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>How many requests have come to this path.</summary>
    public async Task<int> CountAsync(string path)
    {
        using var answer = await _admin!.PostAsJsonAsync(
            "requests/count", new JsonObject { ["urlPath"] = path }, TestContext.Current.CancellationToken);
        return (int)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["count"]!;
    }

    public async ValueTask DisposeAsync()
    {
        _admin?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private static string? FindJar()
    {
        if (Environment.GetEnvironmentVariable("WIREMOCK_JAR") is { Length: > 0 } named)
        {
            return named;
        }

        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var package = Path.Combine(directory.FullName, "node_modules", "wiremock", "build");
            if (Directory.Exists(package))
            {
                return Directory.GetFiles(package, "wiremock-standalone-*.jar").SingleOrDefault();
            }
        }

        return null;
    }
}
