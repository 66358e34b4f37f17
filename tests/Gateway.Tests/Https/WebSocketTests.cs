using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>WebSockets through a configured route.</summary>
public sealed class WebSocketTests
{
    private const string InFlight = """gateway_cluster_calls_in_flight{cluster="event-api"}""";
    private const string Success = """gateway_breaker_calls_total{breaker="addEvent",cause="none",outcome="success"}""";

    // With HTTP/2 a socket is a stream of the client's connection, which therefore lasts as long as the tests.
    private static readonly HttpMessageInvoker AnyCertificate =
        new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true } });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ws", "1.1")]
    [InlineData("wss", "1.1")]
    [InlineData("wss", "2.0")]   // RFC 8441
    [InlineData("wss", "2.0", "GET")]
    public async Task Socket_ThroughARoute_EchoesBothWaysAndCloses(string scheme, string version, string? method = null)
    {
        await using var upstream = await EchoAsync();
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, root =>
        {
            Guarded(root);
            root["ReverseProxy"]!["Routes"]!["socket"]!["Match"]!["Methods"] = method is null ? null : new JsonArray(method);
        });
        using var socket = new ClientWebSocket();
        await ConnectAsync(socket, gateway, scheme, Version.Parse(version));
        Assert.Equal("chat", socket.SubProtocol);

        foreach (var text in new[] { "one", "two", new string('x', 200_000) })
        {
            Assert.Equal($"echo {text}", await AskAsync(socket, text));
        }

        Assert.Equal(1, await gateway.Gateway.MetricAsync(InFlight));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Token).InTime();
        Assert.Equal((WebSocketState.Closed, (WebSocketCloseStatus)4000, "as you wish"), (socket.State, socket.CloseStatus, socket.CloseStatusDescription));

        var line = await LineAsync(gateway);
        Assert.Equal((version == "2.0" ? 200 : 101, null), ((int)line["status"]!, (string?)line["cause"]));
        Assert.Equal(1, await gateway.Gateway.MetricAsync(Success));
        Assert.Equal(0, await gateway.Gateway.MetricAsync(InFlight));
        Assert.Equal("HTTP/1.1", Assert.Single(upstream.Requests).Protocol);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Socket_OfARouteThatAsksWhoComes_IsNotOpenedToStrangers(string version)
    {
        await using var upstream = await EchoAsync();
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, root =>
        {
            Guarded(root);
            var routes = root["ReverseProxy"]!["Routes"]!;
            routes["socket"]!["Match"]!["Methods"] = new JsonArray("GET");
            routes["socket"]!["AuthorizationPolicy"] = "members";
            routes["open"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/{**any}" } }""");
            root["Authentication"] = JsonNode.Parse($$"""{ "ApiKeys": { "Keys": { "cron": { "Hashes": [ "sha256:{{new string('0', 64)}}" ] } } } }""");
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "members": { "Schemes": [ "ApiKey" ] } }""");
        });
        using var socket = new ClientWebSocket();

        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(socket, gateway, "wss", Version.Parse(version)));

        Assert.Empty(upstream.Requests);
        Assert.Equal(401, (int)(await LineAsync(gateway))["status"]!);
    }

    [Fact]
    public async Task Socket_LongerThanTheRoutesTimeouts_GoesOn()
    {
        await using var upstream = await EchoAsync();
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, root =>
        {
            Guarded(root);
            root["ReverseProxy"]!["Routes"]!["socket"]!["Timeout"] = "00:00:05";
            root["ReverseProxy"]!["Routes"]!["socket"]!["Metadata"] = new JsonObject { ["AttemptTimeout"] = "00:00:02" };
        });
        using var socket = new ClientWebSocket();
        await ConnectAsync(socket, gateway, "ws", HttpVersion.Version11);
        gateway.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("echo still there", await AskAsync(socket, "still there"));
    }

    [Fact]
    public async Task Socket_OfAClientThatVanishes_EndsAtTheUpstream()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await EchoAsync(ended);
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, Guarded);
        using (var socket = new ClientWebSocket())
        {
            await ConnectAsync(socket, gateway, "ws", HttpVersion.Version11);
            Assert.Equal("echo hello", await AskAsync(socket, "hello"));
            socket.Abort();
        }

        await ended.Task.InTime();
        await LineAsync(gateway);
        Assert.Equal(0, await gateway.Gateway.MetricAsync(InFlight));
    }

    [Fact]
    public async Task Socket_RefusedByTheUpstream_IsItsAnswer()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("no", "403 Forbidden"));
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, Guarded);
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(socket, gateway, "ws", HttpVersion.Version11));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task Draining_WithASocketOpen_EndsIt()
    {
        await using var upstream = await EchoAsync();
        await using var gateway = await SecureGateway.StartAsync(
            upstream.Address, Guarded, services: all => all.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1)));
        using var socket = new ClientWebSocket();
        await ConnectAsync(socket, gateway, "ws", HttpVersion.Version11);
        Assert.Equal("echo hello", await AskAsync(socket, "hello"));

        await gateway.Gateway.StopAsync().InTime();
        await Assert.ThrowsAsync<WebSocketException>(() => AskAsync(socket, "anybody?"));
    }

    private static Task<StreamUpstream> EchoAsync(TaskCompletionSource? ended = null) => StreamUpstream.StartAsync(async context =>
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync("chat");
        var buffer = new byte[1000];
        try
        {
            while (true)
            {
                var text = new StringBuilder("echo ");
                WebSocketReceiveResult read;
                do
                {
                    read = await socket.ReceiveAsync(buffer, CancellationToken.None);
                    text.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
                }
                while (!read.EndOfMessage);
                if (read.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseOutputAsync((WebSocketCloseStatus)4000, "as you wish", CancellationToken.None);
                    return;
                }

                await socket.SendAsync(Encoding.UTF8.GetBytes(text.ToString()), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The other end left without a word.
        }
        finally
        {
            ended?.TrySetResult();
        }
    }, HttpProtocols.Http1);

    private static async Task ConnectAsync(ClientWebSocket socket, SecureGateway gateway, string scheme, Version version)
    {
        socket.Options.AddSubProtocol("chat");
        socket.Options.HttpVersion = version;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var port = scheme == "wss" ? gateway.Gateway.HttpsPort : gateway.Gateway.Port;
        await socket.ConnectAsync(new Uri($"{scheme}://localhost:{port}/socket"), AnyCertificate, Token).InTime();
    }

    private static async Task<string> AskAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Token).InTime();
        var buffer = new byte[300_000];
        var count = 0;
        WebSocketReceiveResult read;
        do
        {
            read = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, count, buffer.Length - count), Token).InTime();
            count += read.Count;
        }
        while (!read.EndOfMessage);
        return Encoding.UTF8.GetString(buffer, 0, count);
    }

    private static async Task<JsonNode> LineAsync(SecureGateway gateway)
    {
        JsonNode line;
        do
        {
            line = await gateway.Gateway.Log.NextAsync().AsTask().InTime();
        }
        while ((string?)line["path"] != "/socket");
        return line;
    }

    private static void Guarded(JsonNode root)
    {
        root["ReverseProxy"]!["Routes"]!["socket"] = JsonNode.Parse("""
            { "ClusterId": "event-api", "Match": { "Path": "/socket" }, "Transforms": [ { "CircuitBreaker": "addEvent" } ] }
            """);
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["Metadata"] = new JsonObject { ["MaxConcurrentCalls"] = "1" };
    }
}
