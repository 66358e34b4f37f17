using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary><c>/ready</c> and <c>/health</c> while the upstream suffers, and while the gateway itself goes.</summary>
public sealed class ReadinessTests
{
    private const string Ready = """{"ready":true,"status":"ready","reasons":[],"httpStatus":200}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ready_WhileAllIsWell_SaysSoWithoutARequestToTheUpstream()
    {
        await using var gateway = await StartAsync();
        Assert.Equal(Ready, (await gateway.ReadyAsync()).ToJsonString());
        gateway.Clock.Advance(TimeSpan.FromSeconds(3));   // the last evidence is stale: asks by a connect
        Assert.Equal(Ready, (await gateway.ReadyAsync()).ToJsonString());
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData(false, 200, "degraded")]
    [InlineData(true, 503, "unready")]
    public async Task Ready_UpstreamIsNotThere_NamesIt(bool required, int status, string word)
    {
        using var nobody = Nobody();
        await using var gateway = await StartAsync(root =>
        {
            PointAt(root, nobody);
            root["ReadyRequiresUpstream"] = required;
        });

        var report = await gateway.ReadyAsync();

        Assert.Equal((status, !required, word), ((int)report["httpStatus"]!, (bool)report["ready"]!, (string)report["status"]!));
        var reason = Assert.Single(report["reasons"]!.AsArray())!;
        Assert.Contains("event-api", (string?)reason["component"], StringComparison.Ordinal);
        Assert.Equal("unreachable", (string?)reason["reason"]);
        Assert.Equal(gateway.Clock.GetUtcNow(), (DateTimeOffset)reason["since"]!);
    }

    [Fact]
    public async Task Ready_UpstreamComesBack_IsReadyAfterTheNextLook()
    {
        using var server = Nobody();
        await using var gateway = await StartAsync(root => PointAt(root, server));
        Assert.Equal("degraded", (string?)(await gateway.ReadyAsync())["status"]);

        server.Listen();

        Assert.Equal("degraded", (string?)(await gateway.ReadyAsync())["status"]);   // the evidence is still fresh
        gateway.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Ready, (await gateway.ReadyAsync()).ToJsonString());
    }

    [Fact]
    public async Task Ready_BreakerIsOpen_IsDegradedUntilItCloses()
    {
        var status = "503 Service Unavailable";
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("{}", status));
        for (var i = 0; i < 3; i++)
        {
            await gateway.PostAsync();
        }

        Assert.Equal(("degraded", "addEvent", "open"), await BreakerReasonAsync(gateway));
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(("degraded", "addEvent", "half_open"), await BreakerReasonAsync(gateway));
        status = "200 OK";
        await gateway.PostAsync();
        Assert.Equal(Ready, (await gateway.ReadyAsync()).ToJsonString());
    }

    [Fact]
    public async Task Health_WhateverElseIsWrong_IsOk()
    {
        using var nobody = Nobody();
        await using var gateway = await StartAsync(root => PointAt(root, nobody));
        for (var i = 0; i < 3; i++)
        {
            await gateway.PostAsync();
        }

        Assert.Equal("open", await gateway.BreakerStateAsync());
        var response = await gateway.SendAsync(Http.Get("/health"));
        Assert.Equal((200, """{"status":"ok"}""", "application/json"), (response.Status, response.Text, response.Headers["Content-Type"]));
    }

    [Fact]
    public async Task Stop_WhileARequestRuns_SaysDrainingAndFinishesIt()
    {
        var held = new Gate();
        await using var gateway = await WiredGateway.StartAsync(async (request, answer) =>
        {
            if (request.Target == "/getUsers")
            {
                await held.PassAsync(answer.Stopping);
            }

            await answer.RespondAsync("[1]");
        });
        var running = gateway.SendAsync(Http.Get("/getUsers"));
        await held.Arrived.InTime();

        var stopping = gateway.Services.GetRequiredService<IHost>().StopAsync(CancellationToken.None);

        var report = await gateway.ReadyAsync();
        Assert.Equal("""{"ready":false,"status":"draining","reasons":[],"httpStatus":503}""", report.ToJsonString());
        Assert.Equal(200, (await gateway.SendAsync(Http.Get("/health"))).Status);
        var latecomer = await gateway.SendAsync(Http.Get("/getEvents"));   // served, and told to go elsewhere next time
        Assert.Equal((200, "close"), (latecomer.Status, latecomer.Headers["Connection"]));
        Assert.False(stopping.IsCompleted);

        held.Open();
        var response = await running;
        Assert.Equal((200, "[1]", RawEnd.Complete), (response.Status, response.Text, response.End));
        await stopping.InTime();
    }

    [Fact]
    public async Task Stop_WithADelay_TellsClientsToLeaveFromTheStart()
    {
        await using var gateway = await StartAsync(root => root["DrainDelay"] = "00:00:10");
        var stopping = gateway.Services.GetRequiredService<IHost>().StopAsync(CancellationToken.None);

        Assert.Equal("draining", (string?)(await gateway.ReadyAsync())["status"]);
        Assert.Equal("close", (await gateway.SendAsync(Http.Get("/getUsers"))).Headers["Connection"]);
        Assert.Equal("close", (await gateway.SendAsync(Http.Get("/nowhere"))).Headers["Connection"]);

        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        await stopping.InTime();
    }

    private static Task<WiredGateway> StartAsync(Action<JsonNode>? edit = null) =>
        WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), edit);

    private static async Task<(string?, string?, string?)> BreakerReasonAsync(WiredGateway gateway)
    {
        var report = await gateway.ReadyAsync();
        Assert.Equal((200, true), ((int)report["httpStatus"]!, (bool)report["ready"]!));
        var reason = Assert.Single(report["reasons"]!.AsArray())!;
        return ((string?)report["status"], ((string?)reason["component"])?.Split(':')[^1], (string?)reason["reason"]);
    }

    /// <summary>A port that is taken and on which nobody listens, yet.</summary>
    private static Socket Nobody()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static void PointAt(JsonNode root, Socket socket) =>
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = $"http://{socket.LocalEndPoint}";
}
