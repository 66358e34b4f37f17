using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>
/// Two configurations that differ in everything, and two upstreams, each of which takes only what one of the two would send: no request
/// may be served by parts of both.
/// </summary>
public sealed class OneConfigurationTests : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _mixed = [];
    private readonly RawUpstream _a;
    private readonly RawUpstream _b;
    private Func<RawRequest, RawConnection, Task> _held = (_, _) => Task.CompletedTask;

    public OneConfigurationTests()
    {
        _a = StartSide("a");
        _b = StartSide("b");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Request_WhileConfigurationsChangeHundredsOfTimes_IsServedByOneOfThem()
    {
        var texts = new[] { Side("a", _a), Side("b", _b) };
        await using var gateway = await TestGateway.StartWithAsync(texts[0]);
        var live = gateway.Services.GetRequiredService<LiveConfiguration>();
        var plans = texts.Select(text => Reading.Text(text).IsTakenUp()).ToList();
        Traffic.Call[] calls =
        [
            new("GET", "/getUsers", answer => answer is "\"a\"" or "\"b\""),
            new("POST", "/addEvent", answer => answer is "\"a\"" or "\"b\""),
            new("GET", "/getEventsByUserId/1", answer => answer is "[\"a\",\"a\"]" or "{\"more\":\"b\",\"events\":[\"b\",\"b\"]}"),
        ];
        await using var traffic = Traffic.Start(gateway, [.. calls, .. calls]);
        await traffic.PassAsync();

        for (var i = 1; i <= 400; i++)
        {
            await live.ApplyAsync(plans[i % 2]).InTime();
            await traffic.PassAsync(i % 15 == 0 ? 1 : 0);   // both sides have to be called
            Assert.Empty(_mixed);
        }

        await traffic.PassAsync();
        await traffic.StopAsync();
        Assert.Empty(_mixed);
        Assert.NotEmpty(_a.Requests);
        Assert.NotEmpty(_b.Requests);
    }

    [Fact]
    public async Task Write_BodyArrivesAfterTheEdit_GoesWhereItBegan()
    {
        await using var gateway = await TestGateway.StartWithAsync(Side("a", _a));
        using var client = await RawClient.ConnectAsync(gateway.Port, Token);
        await client.SendAsync(
            Http.PostHead($"Content-Length: {WiredGateway.NewEvent.Length}", "Content-Type: application/json", "Expect: 100-continue"), Token);
        Assert.Equal(100, (await client.ReadResponseAsync(Token)).Status);   // it reads the body, and so has found its way

        await gateway.Services.GetRequiredService<LiveConfiguration>().ApplyAsync(Reading.Text(Side("b", _b)).IsTakenUp());
        await client.SendAsync(WiredGateway.NewEvent, Token);

        Assert.Equal("\"a\"", (await client.ReadResponseAsync(Token)).Text);
        Assert.Empty(_mixed);
        Assert.Equal("\"b\"", await gateway.Client.GetStringAsync("/getUsers", Token));
    }

    [Fact]
    public async Task Aggregation_EditBetweenItsSteps_GoesOnWhereItBegan()
    {
        var gate = new Gate();
        _held = (request, connection) =>
            request.Target.StartsWith("/a/getUserById", StringComparison.Ordinal) ? gate.PassAsync(connection.Stopping) : Task.CompletedTask;
        await using var gateway = await TestGateway.StartWithAsync(Side("a", _a));
        var answer = gateway.Client.GetStringAsync("/getEventsByUserId/1", Token);
        await gate.Arrived.InTime();

        await gateway.Services.GetRequiredService<LiveConfiguration>().ApplyAsync(Reading.Text(Side("b", _b)).IsTakenUp());
        gate.Open();

        Assert.Equal("[\"a\",\"a\"]", await answer.InTime());
        Assert.Empty(_mixed);
        Assert.Empty(_b.Requests);
    }

    [Fact]
    public async Task GuardedCall_FailureStatusesEditedWhileItRuns_IsJudgedByThoseItBeganWith()
    {
        var gate = new Gate();
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await gate.PassAsync(connection.Stopping);
            await connection.RespondAsync("{}", "429 Too Many Requests");
        });
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        using var client = await RawClient.ConnectAsync(gateway.Port, Token);
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);
        await gate.Arrived.InTime();

        var plan = Reading.Text(TestGateway.Configuration(upstream.Address, root => root["CircuitBreakers"]!["addEvent"]!["FailureStatuses"] = "429"));
        await gateway.Services.GetRequiredService<LiveConfiguration>().ApplyAsync(plan.IsTakenUp());
        gate.Open();
        Assert.Equal(429, (await client.ReadResponseAsync(Token)).Status);

        var (success, failure) = (Calls("success", "none"), Calls("failure", "status_5xx"));
        await Edits.UntilAsync(async () => await gateway.MetricAsync(success) + await gateway.MetricAsync(failure) == 1);
        Assert.Equal(1, await gateway.MetricAsync(success));

        static string Calls(string outcome, string cause) =>
            $$"""gateway_breaker_calls_total{breaker="addEvent",cause="{{cause}}",outcome="{{outcome}}"}""";
    }

    // Everything that an edit can move carries the side's name: address, path, header, breaker, steps and output.
    private static string Side(string side, RawUpstream upstream) => TestGateway.Configuration(upstream.Address, root =>
    {
        var routes = root["ReverseProxy"]!["Routes"]!.AsObject();
        root["CircuitBreakers"] = new JsonObject { [side] = new JsonObject { ["FailureThreshold"] = side == "a" ? 3 : 5 } };
        foreach (var name in (string[])["getUsers", "addEvent"])
        {
            routes[name]!["Transforms"] = new JsonArray(
                new JsonObject { ["CircuitBreaker"] = side },
                new JsonObject { ["PathPrefix"] = $"/{side}" },
                new JsonObject { ["RequestHeader"] = "X-Side", ["Set"] = side });
        }

        var aggregation = root["Aggregations"]!["eventsByUser"]!;
        var steps = aggregation["Steps"]!.AsArray();
        foreach (var step in steps)
        {
            step!["Path"] = $"/{side}{(string)step["Path"]!}";
            step["CircuitBreaker"] = side;
        }

        if (side == "b")
        {
            steps.Add(new JsonObject { ["Id"] = "more", ["Cluster"] = "event-api", ["Path"] = "/b/more/{id}" });
            aggregation["Output"] = new JsonObject { ["more"] = "more", ["events"] = "event" };
        }
    });

    private RawUpstream StartSide(string side) => RawUpstream.Start(async (request, connection) =>
    {
        if (!request.Target.StartsWith($"/{side}/", StringComparison.Ordinal) || (request.Headers["X-Side"] ?? side) != side)
        {
            _mixed.Enqueue($"{request.Line} with X-Side {request.Headers["X-Side"]} came to {side}.");
        }

        await _held(request, connection);
        await connection.RespondAsync(request.Target.Contains("/getUserById/", StringComparison.Ordinal) ? """{"events":["1","2"]}""" : $"\"{side}\"");
    });
}
