using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Telemetry.Tracing;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Telemetry.Otlp;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Telemetry.Tracing;

[Collection(AloneCollection.Name)]
public sealed class TraceTests : IAsyncDisposable
{
    private const int Internal = 1;
    private const string Server = "Microsoft.AspNetCore";
    private const string Client = "System.Net.Http";

    // Requests whose first call fails, by correlation id. The tests of this class run one after the other.
    private static readonly HashSet<string> Failures = [];

    private readonly OtlpReceiver _receiver = new();
    private readonly string _traceId = Guid.NewGuid().ToString("N");
    private readonly string _callerId = Guid.NewGuid().ToString("N")[..16];
    private readonly RawUpstream _upstream = RawUpstream.Start((request, connection) => request.Target switch
    {
        "/flaky" or "/getUserById/flaky" => Failures.Remove(request.Headers["X-Correlation-Id"]!)
            ? connection.RespondAsync("{}", "503 Service Unavailable")
            : connection.RespondAsync("""{"events":[]}"""),
        "/addEvent" => connection.RespondAsync("{}", "500 Internal Server Error"),
        "/getUserById/1" => connection.RespondAsync("""{"events":["a","b","gone"]}"""),
        "/getEventById/gone" => connection.RespondAsync("{}", "404 Not Found"),
        _ => connection.RespondAsync("[]"),
    });

    [Fact]
    public async Task Trace_ProxiedRequest_LeadsFromTheCallerToTheUpstream()
    {
        await using (var gateway = await StartAsync())
        {
            await GetAsync(gateway, "/getUsers?secret=1", ("User-Agent", "tests"), ("X-Correlation-Id", "corr-1"));
        }

        var spans = _receiver.SpansOf(_traceId);
        var server = Assert.Single(spans, span => span.Scope == Server);
        var forwarder = Assert.Single(spans, span => span.Scope == "Yarp.ReverseProxy");
        var client = Assert.Single(spans, span => span.Scope == Client);
        Assert.Equal(3, spans.Count);
        Assert.Equal((_callerId, server.Id, forwarder.Id), (server.ParentId, forwarder.ParentId, client.ParentId));
        Assert.Equal($"00-{_traceId}-{client.Id}-01", _upstream.Requests.Single().Headers["traceparent"]);

        Assert.Equal("GET /getUsers", server.Name);
        Assert.False(server.IsError);
        AssertAttributes(server, new()
        {
            ["http.request.method"] = "GET",
            ["http.route"] = "/getUsers",
            ["http.response.status_code"] = "200",
            ["url.scheme"] = "http",
            ["url.path"] = "/getUsers",
            ["server.address"] = "127.0.0.1",
            ["user_agent.original"] = "tests",
            ["network.protocol.version"] = "1.1",
            ["gateway.route"] = "getUsers",
            ["gateway.cluster"] = "event-api",
            ["gateway.destination"] = "primary",
            ["gateway.correlation_id"] = "corr-1",
        });
        Assert.DoesNotContain(spans.SelectMany(span => span.Attributes.Values), value => value.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trace_AggregatedRequest_HasASpanForEachCallAroundTheClients()
    {
        await using (var gateway = await StartAsync())
        {
            await GetAsync(gateway, "/getEventsByUserId/1");
        }

        var spans = _receiver.SpansOf(_traceId);
        var server = Assert.Single(spans, span => span.Scope == Server);
        Assert.Equal("GET /getEventsByUserId/{id}", server.Name);
        Assert.Equal("bad_status", server.Attributes["gateway.cause"]);
        Assert.True(server.IsError);

        var steps = spans.Where(span => span.Scope == "EventGateway").ToList();
        Assert.All(steps, step => Assert.Equal((Internal, server.Id), (step.Kind, step.ParentId)));
        var user = Assert.Single(steps, step => step.Name == "eventsByUser user");
        AssertAttributes(user, new()
        {
            ["gateway.aggregation"] = "eventsByUser",
            ["gateway.aggregation.step"] = "user",
            ["gateway.aggregation.outcome"] = "success",
            ["gateway.cluster"] = "event-api",
            ["url.path"] = "/getUserById/1",
        });
        var gone = Assert.Single(steps, step => step.Attributes["url.path"] == "/getEventById/gone");
        Assert.Equal(("eventsByUser event", true, "bad_status"), (gone.Name, gone.IsError, gone.Attributes["error.type"]));
        Assert.Equal(4, steps.Count);

        foreach (var request in _upstream.Requests)
        {
            var call = Assert.Single(spans, span => span.Scope == Client && request.Headers["traceparent"] == $"00-{_traceId}-{span.Id}-01");
            Assert.Contains(steps, step => step.Id == call.ParentId);
        }
    }

    [Fact]
    public async Task Trace_BreakerThatOpensAndRejects_IsToldAsEvents()
    {
        await using (var gateway = await StartAsync())
        {
            for (var i = 0; i < 4; i++)
            {
                await AddEventAsync(gateway);
            }
        }

        var spans = _receiver.SpansOf(_traceId);
        var servers = spans.Where(span => span.Scope == Server).ToList();
        Assert.Equal(
            ["500 status_5xx closed", "500 status_5xx closed", "500 status_5xx open", "503 circuit_open open"],
            servers.Select(s => $"{s.Attributes["error.type"]} {s.Attributes["gateway.cause"]} {s.Attributes["gateway.breaker.state"]}"));

        var opened = Assert.Single(spans, span => span.Events.Any(e => e.Name == "circuit_breaker.transition"));
        Assert.Equal(servers[2].Id, opened.ParentId);
        var transition = Assert.Single(opened.Events).Attributes;
        Assert.Equal(
            ("addEvent", "closed", "open", "failure_threshold", "10"),
            (transition["gateway.breaker"], transition["gateway.breaker.from"], transition["gateway.breaker.to"], transition["gateway.breaker.reason"],
                transition["gateway.breaker.wait"]));
        var rejected = Assert.Single(spans, span => span.Events.Any(e => e.Name == "circuit_breaker.rejected"));
        Assert.Equal(servers[3].Id, rejected.ParentId);
        Assert.Equal(
            ("addEvent", "open"),
            (rejected.Events[0].Attributes["gateway.breaker"], rejected.Events[0].Attributes["gateway.breaker.state"]));
    }

    [Theory]
    [InlineData("/flaky", "Yarp.ReverseProxy")]
    [InlineData("/getEventsByUserId/flaky", "EventGateway")]
    public async Task Trace_ReadThatIsTriedAgain_HasBothCallsAndSaysWhy(string path, string scope)
    {
        await using (var gateway = await StartAsync())
        {
            Failures.Add("flaky");
            await GetAsync(gateway, path, ("X-Correlation-Id", "flaky"));
        }

        var spans = _receiver.SpansOf(_traceId);
        var calls = spans.Where(span => span.Scope == Client).ToList();
        var around = Assert.Single(spans, span => span.Scope == scope);
        Assert.Equal(2, calls.Count);
        Assert.All(calls, call => Assert.Equal(around.Id, call.ParentId));
        Assert.False(around.IsError);
        var retry = Assert.Single(around.Events);
        Assert.Equal(
            ("retry", "2", "status", "0"),
            (retry.Name, retry.Attributes["gateway.retry.attempt"], retry.Attributes["gateway.retry.reason"], retry.Attributes["gateway.retry.wait"]));
    }

    [Fact]
    public async Task Trace_PartThatTookAnothersCall_IsASpanWithALinkToIt()
    {
        const string Shared = """gateway_aggregation_shared_calls_total{aggregation="eventsByUser",step="user"}""";
        var (gate, other) = (new Gate(), Guid.NewGuid().ToString("N"));
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await gate.PassAsync(connection.Stopping);
            await connection.RespondAsync("""{"events":[]}""");
        });
        await using (var gateway = await TestGateway.StartAsync(
            upstream.Address, root => root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["ShareCalls"] = true, environment: _receiver.Variables()))
        {
            var first = GetAsync(gateway, "/getEventsByUserId/1");
            await gate.Arrived;
            var second = GetAsync(gateway, "/getEventsByUserId/1", ("traceparent", $"00-{other}-{_callerId}-01"));
            while (await gateway.MetricAsync(Shared) != 1)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            gate.Open();
            await Task.WhenAll(first, second);
        }

        var call = Assert.Single(_receiver.SpansOf(_traceId), span => span.Name == "eventsByUser user");
        var spans = _receiver.SpansOf(other);
        var server = Assert.Single(spans, span => span.Scope == Server);
        var joined = Assert.Single(spans, span => span.Name == "eventsByUser user");
        Assert.Equal(2, spans.Count);   // no call of its own
        Assert.Equal(server.Id, joined.ParentId);
        Assert.Equal([(_traceId, call.Id)], joined.Links);
        AssertAttributes(joined, new()
        {
            ["gateway.aggregation"] = "eventsByUser",
            ["gateway.aggregation.step"] = "user",
            ["gateway.aggregation.outcome"] = "success",
            ["gateway.aggregation.shared"] = "true",
            ["gateway.cluster"] = "event-api",
            ["url.path"] = "/getUserById/1",
        });
        Assert.Equal("1", server.Attributes["gateway.shared_calls"]);
        Assert.Empty(call.Links);
    }

    [Fact]
    public async Task Trace_UnmatchedPathAndStrangeMethod_DontGetIntoNames()
    {
        await using (var gateway = await StartAsync())
        {
            await GetAsync(gateway, "/wp-login.php");
            using var request = Request(new HttpMethod("PROPFIND"), "/getUsers");
            (await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken)).Dispose();
        }

        var spans = _receiver.SpansOf(_traceId);
        Assert.Equal(["GET", "HTTP"], spans.Select(span => span.Name));
        Assert.Equal(("/wp-login.php", "no_route"), (spans[0].Attributes["url.path"], spans[0].Attributes["gateway.cause"]));
        Assert.False(spans[0].IsError);   // the client's mistake
        Assert.Equal(("_OTHER", "PROPFIND"), (spans[1].Attributes["http.request.method"], spans[1].Attributes["http.request.method_original"]));
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/health")]
    [InlineData("/ready")]
    public async Task Trace_OwnPage_MakesNone(string path)
    {
        await using (var gateway = await StartAsync())
        {
            await GetAsync(gateway, path);
            await GetAsync(gateway, "/getUsers");
        }

        var spans = _receiver.SpansOf(_traceId);
        Assert.DoesNotContain(spans, span => span.Attributes.GetValueOrDefault("url.path") == path);
        Assert.Equal(3, spans.Count);
    }

    [Fact]
    public async Task Trace_CallerThatDoesntSample_MakesNoneAndSaysSoToTheUpstream()
    {
        await using (var gateway = await StartAsync())
        {
            await GetAsync(gateway, "/getEventsByUserId/1", ("traceparent", $"00-{_traceId}-{_callerId}-00"));
        }

        Assert.Empty(_receiver.SpansOf(_traceId));
        Assert.All(_upstream.Requests, request => Assert.StartsWith($"00-{_traceId}-", request.Headers["traceparent"], StringComparison.Ordinal));
        Assert.All(_upstream.Requests, request => Assert.EndsWith("-00", request.Headers["traceparent"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trace_SamplerVariable_IsHeeded()
    {
        await using (var gateway = await StartAsync(("OTEL_TRACES_SAMPLER", "always_off")))
        {
            await GetAsync(gateway, "/getUsers");
        }

        Assert.Empty(_receiver.SpansOf(_traceId));
    }

    [Fact]
    public async Task Trace_Reload_IsASpanOfItsOwn()
    {
        await using (var gateway = await StartAsync())
        {
            await gateway.ReplaceAsync("{", "rejected");
        }

        var reload = Assert.Single(_receiver.Spans, span => span.Name == "configuration reload");
        Assert.Equal(("", "rejected", true), (reload.ParentId, reload.Attributes["gateway.config.result"], reload.IsError));
    }

    // Sources are known by name across the process: the mock's requests, beside it in the demo, must not pass for the gateway's.
    [Fact]
    public async Task Trace_MockInTheSameProcess_IsLeftOut()
    {
        await using var mock = MockUpstream.MockUpstreamHost.Build(new MockUpstream.MockUpstreamOptions { Port = 0 });
        await mock.StartAsync(TestContext.Current.CancellationToken);
        var upstream = mock.Urls.Single().Replace("[::]", "127.0.0.1", StringComparison.Ordinal);
        await using (var gateway = await TestGateway.StartAsync(upstream, environment: _receiver.Variables()))
        {
            await GetAsync(gateway, "/getUsers");
        }

        Assert.Single(_receiver.SpansOf(_traceId), span => span.Scope == Server);
    }

    [Fact]
    public async Task Trace_NoReceiver_CostsNothingAndStillReachesTheUpstreamAndTheLog()
    {
        await using var gateway = await TestGateway.StartAsync(_upstream.Address);

        await GetAsync(gateway, "/getUsers", ("tracestate", "vendor=1"));
        await GetAsync(gateway, "/getEventsByUserId/2", ("tracestate", "vendor=1"));

        Assert.False(Spans.Source.HasListeners());
        Assert.NotEmpty(_upstream.Requests);
        Assert.All(_upstream.Requests, request =>
        {
            Assert.StartsWith($"00-{_traceId}-", request.Headers["traceparent"], StringComparison.Ordinal);
            Assert.EndsWith("-01", request.Headers["traceparent"], StringComparison.Ordinal);
            Assert.Equal("vendor=1", request.Headers["tracestate"]);
        });
        Assert.Equal(_traceId, (string?)(await gateway.Log.NextAsync())["trace_id"]);
    }

    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    private static void AssertAttributes(ReceivedSpan span, Dictionary<string, string> expected) => Assert.Equal(
        expected.OrderBy(e => e.Key, StringComparer.Ordinal),
        span.Attributes.Where(a => a.Key is not ("server.port" or "client.address")).OrderBy(a => a.Key, StringComparer.Ordinal));

    private Task<TestGateway> StartAsync(params IEnumerable<(string, string)> variables) => TestGateway.StartAsync(
        _upstream.Address, Edit, environment: _receiver.Variables(variables));

    private static void Edit(JsonNode root)
    {
        root["CircuitBreakers"]!["addEvent"]!["Jitter"] = 0;
        root["RetryPolicies"] = JsonNode.Parse("""{ "reads": { "BaseDelay": "00:00:00", "MaxDelay": "00:00:00" } }""");
        root["ReverseProxy"]!["Routes"]!["flaky"] = JsonNode.Parse(
            """{ "ClusterId": "event-api", "Match": { "Path": "/flaky" }, "Metadata": { "RetryPolicy": "reads" } }""");
        root["Aggregations"]!["eventsByUser"]!["RetryPolicy"] = "reads";
    }

    private HttpRequestMessage Request(HttpMethod method, string path, params IEnumerable<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("traceparent", $"00-{_traceId}-{_callerId}-01");
        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.Add(name, value);
        }

        return request;
    }

    private async Task GetAsync(TestGateway gateway, string path, params IEnumerable<(string Name, string Value)> headers)
    {
        using var request = Request(HttpMethod.Get, path, headers);
        (await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken)).Dispose();
    }

    private async Task AddEventAsync(TestGateway gateway)
    {
        using var request = Request(HttpMethod.Post, "/addEvent");
        request.Content = new StringContent("""{"name":"n","userId":1}""", Encoding.UTF8, "application/json");
        (await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken)).Dispose();
    }
}
