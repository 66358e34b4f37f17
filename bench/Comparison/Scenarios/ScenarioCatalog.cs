using EventGateway.Comparison.Peers;
using EventGateway.Comparison.Programs;
using EventGateway.Comparison.Results;

namespace EventGateway.Comparison.Scenarios;

/// <summary>What is measured, with the limits that the gateway has set itself.</summary>
internal static class ScenarioCatalog
{
    private const string NewEvent = """{"name":"A new event","userId":1}""";
    private const string FailingEvent = """{"name":"It will fail","userId":1}""";

    private static readonly string Gateway = PeerKinds.Gateway.Name;
    private static readonly string Yarp = PeerKinds.Yarp.Name;
    private static readonly string Nginx = PeerKinds.Nginx.Name;
    private static readonly string Lua = PeerKinds.NginxWithLua.Name;

    /// <summary>Every scenario but the starts, the most telling ones first.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Scenario("get-64", "small GET, 64 connections",
        [
            PeerKinds.Gateway, PeerKinds.GatewayBefore, PeerKinds.Yarp, PeerKinds.YarpAgain, PeerKinds.GatewayWithLog, PeerKinds.Nginx,
            PeerKinds.Invoker, PeerKinds.HaProxy, PeerKinds.Caddy, PeerKinds.Node,
        ])
        {
            Reference = Yarp,
            Answer = "[{",
            QuickPeers = 5,
            Load = 0.3,
            Targets =
            [
                Target.Processor(Gateway, Yarp, 1.05, 0.90),
                Target.Processor(PeerKinds.GatewayWithLog.Name, Yarp, 1.20, 1.05),
                Target.Allocated(Gateway, 3_300, 2_000),
            ],
        },
        new Scenario("get-1", "small GET, one connection",
            [PeerKinds.Gateway, PeerKinds.GatewayBefore, PeerKinds.Direct, PeerKinds.Nginx, PeerKinds.Yarp, PeerKinds.HaProxy, PeerKinds.Invoker, PeerKinds.Caddy, PeerKinds.Node])
        {
            Reference = Yarp,
            Answer = "[{",
            Connections = 1,
            QuickPeers = 4,
            Targets =
            [
                new Target("added median latency of gateway against nginx", result => Added(result, Gateway) / Added(result, Nginx), 1, null),
                new Target("added median latency of gateway, µs more than yarp", result => Added(result, Gateway) - Added(result, Yarp), null, 10),
            ],
        },
        Aggregate(10, 0, quickPeers: 2),
        Aggregate(50, 0, quickPeers: 2),
        new Scenario("reject", "POST while the breaker is open, 64 connections", [PeerKinds.GatewayWithLongWait, PeerKinds.Constant, PeerKinds.HaProxyDown])
        {
            Reference = PeerKinds.Constant.Name,
            Method = HttpMethod.Post,
            Path = "/addEvent",
            Body = FailingEvent,
            Status = 503,
            Prelude = 3,
            QuickPeers = 2,
            Load = 0.3,
            Targets =
            [
                Target.Processor(PeerKinds.GatewayWithLongWait.Name, PeerKinds.Constant.Name, 1.25, 1.10),
                Target.Allocated(PeerKinds.GatewayWithLongWait.Name, 512, 256),
            ],
        },
        new Scenario("cache", "small GET that the cache answers, 64 connections", [PeerKinds.GatewayWithCache, PeerKinds.Nginx, PeerKinds.NginxWithCache, PeerKinds.Yarp])
        {
            Reference = Nginx,
            Answer = "[{",
            Prelude = 2,
            QuickPeers = 2,
            Load = 0.3,
            Targets = [Target.Processor(PeerKinds.GatewayWithCache.Name, Nginx, 1.0, 0.8)],
        },
        new Scenario("post", "POST through a closed breaker, 64 connections",
            [PeerKinds.Gateway, PeerKinds.GatewayBefore, PeerKinds.Yarp, PeerKinds.Nginx, PeerKinds.HaProxy, PeerKinds.Caddy, PeerKinds.Node])
        {
            Reference = Yarp,
            Method = HttpMethod.Post,
            Path = "/addEvent",
            Body = NewEvent,
            Answer = """{"success":true}""",
            Load = 0.3,
        },
        new Scenario("get-256", "small GET, 256 connections",
            [PeerKinds.Gateway, PeerKinds.GatewayBefore, PeerKinds.Yarp, PeerKinds.Nginx, PeerKinds.Invoker, PeerKinds.HaProxy, PeerKinds.Caddy, PeerKinds.Node])
        {
            Reference = Yarp,
            Answer = "[{",
            Connections = 256,
            Rounds = 6,
            Load = 0.3,
        },
        new Scenario("get-64k", "GET of 64 kB, 64 connections",
            [PeerKinds.Gateway, PeerKinds.GatewayBefore, PeerKinds.Yarp, PeerKinds.Nginx, PeerKinds.Invoker, PeerKinds.HaProxy, PeerKinds.Caddy, PeerKinds.Node])
        {
            Reference = Yarp,
            Path = "/getEvents",
            Answer = "[{",
            Rounds = 6,
            Load = 0.3,
        },
        Secure("tls", "small GET over TLS, 64 connections", Protocol.Http1OverTls),
        Secure("http2", "small GET over TLS and HTTP/2, 8 connections with 8 streams each", Protocol.Http2OverTls),
        new Scenario("scrape", "small GET, 64 connections, while somebody reads the metrics each second", [PeerKinds.GatewayScraped, PeerKinds.Gateway])
        {
            Reference = Gateway,
            Answer = "[{",
        },
        new Scenario("routes", "small GET, 64 connections, with 1 000 routes more", [PeerKinds.GatewayWithManyRoutes, PeerKinds.Gateway])
        {
            Reference = Gateway,
            Answer = "[{",
            Targets = [Target.Processor(PeerKinds.GatewayWithManyRoutes.Name, Gateway, 1.05, 1.01)],
        },
        .. from delay in (int[])[0, 50, 500]
           from events in (int[])[1, 5, 10, 50, 200]
           where delay > 0 || events is not (10 or 50)
           select Aggregate(events, delay),
        Aggregate(5, 50) with
        {
            Name = "aggregate-1000-at-once",
            Title = "1 000 aggregations of 5 events at once, 50 ms each",
            Peers = [PeerKinds.Gateway, PeerKinds.GatewayBefore, PeerKinds.NginxWithLua, PeerKinds.MinimalApi],
            Connections = 1_000,
            Visit = TimeSpan.FromSeconds(2),
        },
    ];

    /// <summary>Clients that keep their connections: what a request costs, not a handshake. Behind the peers it is plain HTTP/1.1.</summary>
    private static Scenario Secure(string name, string title, Protocol protocol) =>
        new(name, title, [PeerKinds.Gateway, PeerKinds.GatewayBefore, PeerKinds.Yarp, PeerKinds.Nginx, PeerKinds.HaProxy, PeerKinds.Caddy])
        {
            Reference = Yarp,
            Answer = "[{",
            Protocol = protocol,
            Rounds = 6,
        };

    /// <summary>
    /// The events of a user, each of which the upstream takes <paramref name="delay"/> milliseconds for. Without any, many clients at once show what one costs; with
    /// them, one client shows how much later than that an answer comes.
    /// </summary>
    private static Scenario Aggregate(int events, int delay, int quickPeers = 0) =>
        new($"aggregate-{events}-{delay}", $"aggregation of {events} {(events == 1 ? "event" : "events")}, {delay} ms each, {(delay == 0 ? $"{Crowd(events)} connections" : "one connection")}",
            [PeerKinds.Gateway, PeerKinds.NginxWithLua, PeerKinds.GatewayBefore, PeerKinds.MinimalApi, PeerKinds.NodeAggregation])
        {
            Reference = Lua,
            Path = $"/getEventsByUserId/{events}-{delay}",
            WarmUpPath = $"/getEventsByUserId/{events}-0",
            Answer = $"[{string.Join(',', Enumerable.Range(0, events).Select(UpstreamProgram.EventBody))}]",
            Connections = delay == 0 ? Crowd(events) : 1,
            WarmUpConnections = Crowd(events),
            QuickPeers = quickPeers,
            Visit = TimeSpan.FromSeconds(delay >= 500 ? 2 : 1),
            Rounds = events is 10 or 50 && delay == 0 ? 11 : 6,
            Targets = (events, delay) switch
            {
                (10 or 50, 0) => [Target.Processor(Gateway, Lua, 1.10, 0.90), Target.Allocated(Gateway, 2_300, 1_300, events)],
                (10, 50) => Late(delay, 2.0),
                (50, 50) => Late(delay, 3.5),
                (200, 50) => Late(delay, 7.5),
                _ => [],
            },
        };

    /// <summary>Clients at once: each has as many connections behind it as there are events, and loopback has ports for some ten thousand only.</summary>
    private static int Crowd(int events) => Math.Min(32, 1_600 / events);

    private static Target[] Late(int delay, double must) =>
    [
        new Target("median of gateway above the delay, ms", result => (result.Find(Gateway)?.P50Microseconds / 1_000) - delay, must, null),
        new Target("the same against nginx + lua", result => ((result.Find(Gateway)?.P50Microseconds / 1_000) - delay) / ((result.Find(Lua)?.P50Microseconds / 1_000) - delay), null, 1),
    ];

    /// <summary>What a proxy adds to the median that client and upstream have without it, in microseconds.</summary>
    private static double? Added(ScenarioResult result, string peer) => result.Find(peer)?.P50Microseconds - result.Find(PeerKinds.Direct.Name)?.P50Microseconds;
}
