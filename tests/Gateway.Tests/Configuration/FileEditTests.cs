using System.Text.Json.Nodes;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>Everything that editors, shells and Kubernetes do to a file, while clients call without a pause.</summary>
public sealed class FileEditTests : IAsyncLifetime
{
    private RawUpstream _upstream = null!;
    private EditedGateway _edited = null!;
    private Traffic _traffic = null!;
    private string _good = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _upstream = Traffic.Upstream();
        _good = Configuration(_ => { });
        _edited = await EditedGateway.StartAsync(_good);
        _traffic = Traffic.StartOfAllKinds(_edited.Gateway);
        await _traffic.PassAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _traffic.DisposeAsync();
        await _edited.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    /// <summary>Ways in which a new text gets into the file.</summary>
    public static TheoryData<string> Ways => [.. Writers.Keys];

    /// <summary>Ways in which there is no good text in the file any more.</summary>
    public static TheoryData<string> Mishaps => [.. Spoilers.Keys];

    private static Dictionary<string, Action<string, string>> Writers { get; } = new()
    {
        ["in place"] = File.WriteAllText,
        ["truncated first"] = (file, text) =>
        {
            File.WriteAllText(file, "");
            File.WriteAllText(file, text);
        },
        ["in pieces"] = (file, text) =>
        {
            using var writer = new StreamWriter(file);
            foreach (var piece in text.Chunk(100))
            {
                writer.Write(piece);
                writer.Flush();
            }
        },
        ["deleted first"] = (file, text) =>
        {
            File.Delete(file);
            File.WriteAllText(file, text);
        },
        ["mv"] = (file, text) =>
        {
            File.WriteAllText(file + ".new", text);
            File.Move(file + ".new", file, overwrite: true);
        },
        ["saved with a backup"] = (file, text) =>
        {
            File.Move(file, file + "~", overwrite: true);
            File.WriteAllText(file, text);
        },
        ["ConfigMap"] = (file, text) => SwapConfigMap(file, text),
    };

    private static Dictionary<string, Action<string>> Spoilers { get; } = new()
    {
        ["malformed"] = file => File.WriteAllText(file, File.ReadAllText(file).Replace(':', ';')),
        ["half-written"] = file => File.WriteAllText(file, File.ReadAllText(file)[..500]),
        ["truncated to nothing"] = file => File.WriteAllText(file, ""),
        ["not UTF-8"] = file => File.WriteAllBytes(file, [0xff, 0xfe, 0x00]),
        ["invalid content"] = file => File.WriteAllText(file, Edited(file, root => root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 0)),
        ["without routes"] = file => File.WriteAllText(file, Edited(file, root =>
        {
            root["ReverseProxy"]!["Routes"]!.AsObject().Clear();
            root["Aggregations"]!.AsObject().Clear();
        })),
        ["deleted"] = File.Delete,
        ["renamed"] = file => File.Move(file, file + ".away", overwrite: true),
        ["replaced by a directory"] = file =>
        {
            File.Delete(file);
            Directory.CreateDirectory(file);
        },
        ["unreadable"] = file =>
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.None);
            }
        },
        ["a link to nothing"] = file =>
        {
            File.Delete(file);
            File.CreateSymbolicLink(file, file + ".nothing");
        },
        ["a link to itself"] = file =>
        {
            File.Delete(file);
            File.CreateSymbolicLink(file, file);
        },
        ["a pipe that nobody writes to"] = MakePipe,
        ["ConfigMap with a mistake"] = file => SwapConfigMap(file, "{ \"Routes\": {} }"),
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Edit_HoweverItIsWritten_IsTakenUpAndNoRequestFails(string way)
    {
        Skip(way);
        foreach (var path in (string[])["/first", "/second"])
        {
            Writers[way](_edited.File, Configuration(root => AddRoute(root, path)));
            await _edited.TakesUpAsync();
            Assert.Equal("[]", await _edited.Gateway.Client.GetStringAsync(path, Token));
        }

        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await _edited.Gateway.Client.GetAsync("/first", Token)).StatusCode);
        Assert.Empty(_edited.Log.Of(403));
        await _traffic.PassAsync();
        await _traffic.StopAsync();
    }

    [Theory]
    [MemberData(nameof(Mishaps))]
    public async Task Edit_ThatCantBeServed_ChangesNothingAndIsToldOnceUntilItIsMended(string mishap)
    {
        Skip(mishap);
        Spoilers[mishap](_edited.File);
        await _edited.RefusesAsync();
        for (var i = 0; i < 5; i++)
        {
            _edited.Clock.Advance(EditedGateway.Look);
            await _traffic.PassAsync(1);
        }

        var told = Assert.Single(_edited.Log.Of(403));
        Assert.Contains(Path.GetFileName(_edited.File), told, StringComparison.Ordinal);
        await IsAsync(successful: 0, "degraded");

        // Mended by a directory's or a dead link's removal, or by another text; it is the one that serves.
        if (Directory.Exists(_edited.File))
        {
            Directory.Delete(_edited.File);
        }

        Writers["mv"](_edited.File, _good);
        await _edited.ConfirmsAsync();
        await IsAsync(successful: 1, "ready");
        Assert.Single(_edited.Log.Of(403));

        // The same mishap again is another one.
        Spoilers[mishap](_edited.File);
        await _edited.RefusesAsync();
        Assert.Equal(2, _edited.Log.Of(403).Count);
        await _traffic.StopAsync();
    }

    [Fact]
    public async Task Edit_WhileTheFileBeforeStillHangs_IsTakenUp()
    {
        Skip("a pipe");
        MakePipe(_edited.File);
        for (var i = 0; i < 5; i++)
        {
            _edited.Clock.Advance(EditedGateway.Look);
            await _traffic.PassAsync(1);
        }

        Writers["mv"](_edited.File, Configuration(root => AddRoute(root, "/first")));
        await _edited.TakesUpAsync();

        Assert.Equal("[]", await _edited.Gateway.Client.GetStringAsync("/first", Token));
        Assert.Empty(_edited.Log.Of(403));
        await _traffic.StopAsync();
    }

    [Fact]
    public async Task Edit_WithoutAnotherText_IsNone()
    {
        File.SetLastWriteTimeUtc(_edited.File, File.GetLastWriteTimeUtc(_edited.File).AddHours(1));
        await LookAsync();
        Writers["mv"](_edited.File, _good);
        await LookAsync();

        Assert.Empty(_edited.Log.Of(401));
        Assert.Empty(_edited.Log.Of(402));
        Assert.Equal((0, 0), (await _edited.Gateway.ReloadsAsync("applied"), await _edited.Gateway.ReloadsAsync("unchanged")));

        async Task LookAsync()
        {
            for (var i = 0; i < 5; i++)
            {
                _edited.Clock.Advance(EditedGateway.Look);
                await _traffic.PassAsync(1);
            }
        }
    }

    [Fact]
    public async Task Edit_TwoHundredInARow_NoRequestFails()
    {
        for (var i = 1; i <= 200; i++)
        {
            await _edited.ApplyAsync(Configuration(root =>
            {
                AddRoute(root, $"/edit/{i}");
                root["CircuitBreakers"]![$"breaker{i}"] = new JsonObject();
                root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 3 + i;
                root["ReverseProxy"]!["Routes"]!["getUsers"]!["Transforms"] = new JsonArray(new JsonObject { ["CircuitBreaker"] = $"breaker{i}" });
                root["Aggregations"]!["eventsByUser"]!["Steps"]![1]!["MaxConcurrency"] = i;
            }));
        }

        Assert.Equal("[]", await _edited.Gateway.Client.GetStringAsync("/edit/200", Token));
        Assert.Equal(200, await _edited.Gateway.ReloadsAsync("applied"));
        await _traffic.PassAsync();
        await _traffic.StopAsync();
    }

    [Fact]
    public async Task Edit_OfEverythingElse_LeavesTheOpenBreakerAsItIs()
    {
        await using var failing = RawUpstream.Start((_, connection) => connection.RespondAsync("{}", "503 Service Unavailable"));
        await _edited.ApplyAsync(Configuration(root => AddGuardedRoute(root, failing.Address)));
        var breaker = _edited.Gateway.Services.GetRequiredService<BreakerRegistry>()["flaky"].Breaker;
        for (var i = 0; i < 2; i++)
        {
            (await _edited.Gateway.Client.GetAsync("/flaky", Token)).Dispose();
        }

        Assert.Equal(2, breaker.GetStatus().WindowFailures);
        await EditAsync("/b");
        Assert.Equal(2, breaker.GetStatus().WindowFailures);
        (await _edited.Gateway.Client.GetAsync("/flaky", Token)).Dispose();
        var opened = breaker.GetStatus();
        Assert.Equal((EventGateway.CircuitBreaking.CircuitState.Open, 1), (opened.State, opened.BackoffStep));

        var before = _edited.Clock.GetUtcNow();
        await EditAsync("/c", "00:00:01");   // a shorter wait is for the next time

        var later = breaker.GetStatus();
        Assert.Equal((opened.State, opened.BackoffStep, opened.Since), (later.State, later.BackoffStep, later.Since));
        Assert.Equal(opened.RetryAfter - (_edited.Clock.GetUtcNow() - before), later.RetryAfter);
        Assert.Same(breaker, _edited.Gateway.Services.GetRequiredService<BreakerRegistry>()["flaky"].Breaker);

        Task EditAsync(string path, string resetTimeout = "00:00:10") => _edited.ApplyAsync(Configuration(root =>
        {
            AddGuardedRoute(root, failing.Address);
            AddRoute(root, path);
            root["Aggregations"]!["eventsByUser"]!["Steps"]![1]!["MaxConcurrency"] = 7;
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"]!["ActivityTimeout"] = "00:00:20";
            root["CircuitBreakers"]!["flaky"]!["ResetTimeout"] = resetTimeout;
        }));
    }

    [Fact]
    public async Task Edit_OfOtherClusters_KeepsTheConnections()
    {
        await using var steady = RawUpstream.Start((_, connection) => connection.RespondAsync("\"steady\""));
        for (var i = 0; i < 20; i++)
        {
            await _edited.ApplyAsync(Configuration(root =>
            {
                root["ReverseProxy"]!["Clusters"]!["steady"] = Cluster(steady.Address);
                root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"]!["ActivityTimeout"] = $"00:00:{10 + i}";
                root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpClient"] = new JsonObject { ["MaxConnectionsPerServer"] = 100 + i };
                AddRoute(root, "/steady", "steady");
                AddRoute(root, $"/other{i}");
            }));
            Assert.Equal("\"steady\"", await _edited.Gateway.Client.GetStringAsync("/steady", Token));
        }

        Assert.Equal(1, steady.Connections);
        await _traffic.StopAsync();
    }

    [Fact]
    public async Task Edit_OfTheLogLevels_HoldsAtOnce()
    {
        var logger = _edited.Gateway.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Some.Category");
        Assert.False(logger.IsEnabled(LogLevel.Debug));

        await _edited.ApplyAsync(Configuration(root => root["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Some"] = "Debug" } }));

        Assert.True(logger.IsEnabled(LogLevel.Debug));
    }

    // At the watcher's next look: a quarter of a second after the edit, were the clock a real one.
    [Fact]
    public async Task Edit_OneLookLater_IsInForce()
    {
        _edited.Replace(Configuration(root =>
            root["ReverseProxy"]!["Routes"]!["getEvents"]!["Transforms"] = new JsonArray(new JsonObject { ["PathSet"] = "/edited" })));
        _edited.Clock.Advance(EditedGateway.Look);
        await Edits.UntilAsync(() => Task.FromResult(_edited.Log.Of(401).Count == 1));

        await _edited.Gateway.Client.GetStringAsync("/getEvents", Token);
        Assert.Contains(_upstream.Requests, r => r.Target == "/edited");
    }

    private static void Skip(string what)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || !what.Split(' ').Any(word => word is "link" or "ConfigMap" or "pipe"), "It takes GNU's mv, and mkfifo.");
        Assert.SkipWhen(what is "unreadable" && (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess), "Root reads every file.");
    }

    private static void MakePipe(string file)
    {
        File.Delete(file);
        using var mkfifo = System.Diagnostics.Process.Start("mkfifo", [file]);
        mkfifo.WaitForExit();
    }

    private async Task IsAsync(double successful, string status)
    {
        Assert.Equal(successful, await _edited.Gateway.MetricAsync("gateway_config_last_reload_successful"));
        var report = JsonNode.Parse(await _edited.Gateway.Client.GetStringAsync("/ready", Token))!;
        Assert.Equal(status, (string?)report["status"]);
        Assert.Equal(successful == 0 ? ["configuration"] : [], report["reasons"]!.AsArray().Select(r => (string?)r!["component"]));
    }

    // appsettings.json -> ..data/appsettings.json, ..data -> ..1; a change is another directory and one rename of the link ..data.
    private static void SwapConfigMap(string file, string text)
    {
        var root = Path.GetDirectoryName(file)!;
        var version = $"..{Guid.NewGuid():N}";
        Directory.CreateDirectory(Path.Combine(root, version));
        File.WriteAllText(Path.Combine(root, version, "appsettings.json"), text);
        File.CreateSymbolicLink(Path.Combine(root, "..data_tmp"), version);

        // File.Move would follow the link.
        using var mv = System.Diagnostics.Process.Start("mv", ["-T", Path.Combine(root, "..data_tmp"), Path.Combine(root, "..data")]);
        mv.WaitForExit();
        if (new FileInfo(file).LinkTarget is null)
        {
            File.CreateSymbolicLink(file + ".link", Path.Combine("..data", "appsettings.json"));
            File.Move(file + ".link", file, overwrite: true);
        }
    }

    private static string Edited(string file, Action<JsonNode> edit)
    {
        var root = JsonNode.Parse(File.ReadAllText(file))!;
        edit(root);
        return root.ToJsonString();
    }

    // The clock of these tests runs in leaps, in which no aggregation should time out.
    private string Configuration(Action<JsonNode> edit) => TestGateway.Configuration(_upstream.Address, root =>
    {
        var aggregation = root["Aggregations"]!["eventsByUser"]!;
        aggregation["TotalTimeout"] = "1.00:00:00";
        aggregation["Steps"]![0]!["Timeout"] = "1.00:00:00";
        aggregation["Steps"]![1]!["Timeout"] = "1.00:00:00";
        edit(root);
    });

    private static JsonObject Cluster(string address) =>
        new() { ["Destinations"] = new JsonObject { ["primary"] = new JsonObject { ["Address"] = address } } };

    private static void AddRoute(JsonNode root, string path, string cluster = "event-api") => root["ReverseProxy"]!["Routes"]![path] = new JsonObject
    {
        ["ClusterId"] = cluster,
        ["Match"] = new JsonObject { ["Path"] = path },
    };

    private static void AddGuardedRoute(JsonNode root, string address)
    {
        root["CircuitBreakers"]!["flaky"] = new JsonObject { ["Jitter"] = 0 };
        root["ReverseProxy"]!["Clusters"]!["flaky"] = Cluster(address);
        AddRoute(root, "/flaky", "flaky");
        root["ReverseProxy"]!["Routes"]!["/flaky"]!["Transforms"] = new JsonArray(new JsonObject { ["CircuitBreaker"] = "flaky" });
    }
}
