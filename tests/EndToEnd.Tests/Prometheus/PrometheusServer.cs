using System.Globalization;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Deploy;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>A real Prometheus that scrapes one gateway and judges it by the alerts that ship, and its query API.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    public const string Missing = "Prometheus isn't there: `apt-get install prometheus` brings it and promtool.";

    /// <summary>Seconds between scrapes.</summary>
    public const int ScrapeInterval = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly ProcessUnderTest _process;
    private readonly HttpClient _api;

    private PrometheusServer(ProcessUnderTest process, string address)
    {
        _process = process;
        _api = new HttpClient { BaseAddress = new Uri($"http://{address}/api/v1/") };
    }

    public static bool IsInstalled => Launch.OnPath("prometheus") && Launch.OnPath("promtool");

    /// <param name="gatewayPort">Where the gateway's metrics are.</param>
    /// <param name="rules">The alerts, where they shall not be just as they ship.</param>
    public static async Task<PrometheusServer> StartAsync(int gatewayPort, string? rules = null)
    {
        const string Before = "msg=\"Listening on\" address=";
        var process = ProcessUnderTest.Start(new Launch(
            "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0")
        {
            Files =
            {
                ["prometheus.yml"] = $$"""
                    global: { scrape_interval: {{ScrapeInterval}}s, scrape_timeout: {{ScrapeInterval}}s, evaluation_interval: {{ScrapeInterval}}s }
                    rule_files: [ "rules.yml" ]
                    scrape_configs:
                      - job_name: eventgateway
                        static_configs: [ { targets: [ "127.0.0.1:{{gatewayPort}}" ] } ]
                    """,
                ["rules.yml"] = rules ?? Repository.Read(AlertTests.Rules),
            },
        });
        try
        {
            var line = await process.Errors.FirstAsync(l => l.Contains(Before, StringComparison.Ordinal));
            await process.Errors.FirstAsync(l => l.Contains("Server is ready", StringComparison.Ordinal));
            return new PrometheusServer(process, line[(line.IndexOf(Before, StringComparison.Ordinal) + Before.Length)..].Trim());
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>The value of each series at <paramref name="time"/>, or now; each of its scrapes, if the expression has a range.</summary>
    public async Task<IReadOnlyList<Sample>> QueryAsync(string expression, DateTimeOffset? time = null)
    {
        var at = time is { } t ? $"&time={Seconds(t)}" : "";
        var result = await GetAsync($"query?query={Uri.EscapeDataString(expression)}{at}");
        return SamplesOf(result);
    }

    /// <summary>The values of each series between two times, so many seconds apart.</summary>
    public async Task<IReadOnlyList<Sample>> QueryRangeAsync(string expression, DateTimeOffset start, DateTimeOffset end, string step = "1")
    {
        var result = await GetAsync($"query_range?query={Uri.EscapeDataString(expression)}&start={Seconds(start)}&end={Seconds(end)}&step={step}");
        return SamplesOf(result);
    }

    /// <summary>The values that a label has in the series of a selector, as Grafana's <c>label_values</c> asks for them.</summary>
    public async Task<IReadOnlyList<string>> LabelValuesAsync(string selector, string label)
    {
        var result = await GetAsync($"label/{label}/values?match[]={Uri.EscapeDataString(selector)}");
        return [.. result.AsArray().Select(value => value!.GetValue<string>())];
    }

    /// <summary>The rules, and how their last evaluation went.</summary>
    public async Task<IReadOnlyList<JsonNode>> RulesAsync() =>
        [.. (await GetAsync("rules"))["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray())!];

    /// <summary>Waits until a scrape that began after this call has been stored.</summary>
    public Task ScrapeAsync()
    {
        var now = Seconds(TimeProvider.System.GetUtcNow());
        return UntilAsync($"timestamp(up == 1) > {now}");
    }

    /// <summary>Waits until the expression has a result.</summary>
    /// <exception cref="TimeoutException">A minute has passed without one.</exception>
    public async Task UntilAsync(string expression)
    {
        var asked = TimeProvider.System.GetTimestamp();
        while ((await QueryAsync(expression)).Count == 0)
        {
            if (TimeProvider.System.GetElapsedTime(asked) > Patience)
            {
                throw new TimeoutException($"No result for {expression}; targets: {await GetAsync("targets")}");
            }

            await Task.Delay(PollInterval);
        }
    }

    public ValueTask DisposeAsync()
    {
        _api.Dispose();
        return _process.DisposeAsync();
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await _api.GetAsync(path);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return (string?)body["status"] == "success" ? body["data"]! : throw new InvalidOperationException($"{path}: {body["error"]}");
    }

    // A vector has one [time, "value"] for each series, a matrix a list of them.
    private static IReadOnlyList<Sample> SamplesOf(JsonNode result) => [.. result["result"]!.AsArray().Select(series => new Sample(
        new Labels(series!["metric"]!.AsObject().Select(label => (label.Key, label.Value!.GetValue<string>()))),
        [.. PairsOf(series).Select(pair => ValueOf(pair!))],
        [.. PairsOf(series).Select(pair => DateTimeOffset.UnixEpoch.AddSeconds(pair![0]!.GetValue<double>()))]))];

    private static JsonArray PairsOf(JsonNode series) => series["values"]?.AsArray() ?? [series["value"]!.DeepClone()];

    private static double ValueOf(JsonNode pair) =>
        double.Parse(pair[1]!.GetValue<string>().Replace("Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000.0).ToString("F3", CultureInfo.InvariantCulture);
}

/// <summary>One series of a result.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="Values">Its values, oldest first.</param>
/// <param name="Times">When each was taken.</param>
internal sealed record Sample(Labels Labels, IReadOnlyList<double> Values, IReadOnlyList<DateTimeOffset> Times)
{
    /// <summary>The only value of an instant query.</summary>
    public double Value => Values.Single();
}
