using EventGateway.Comparison.Peers;
using EventGateway.Comparison.Results;

namespace EventGateway.Comparison.Scenarios;

/// <summary>What is measured, with the limits that the gateway has set itself.</summary>
internal static class ScenarioCatalog
{
    private static readonly string Gateway = PeerKinds.Gateway.Name;
    private static readonly string Yarp = PeerKinds.Yarp.Name;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Scenario("get-64", "small GET, 64 connections",
        [
            PeerKinds.Gateway, PeerKinds.GatewayWithLog, PeerKinds.GatewayBefore, PeerKinds.Yarp, PeerKinds.YarpAgain, PeerKinds.Nginx, PeerKinds.Invoker,
            PeerKinds.HaProxy, PeerKinds.Caddy, PeerKinds.Node,
        ])
        {
            Reference = Yarp,
            Answer = "[{",
            IsQuick = true,
            Load = 0.3,
            Targets =
            [
                Target.Processor(Gateway, Yarp, 1.05, 0.90),
                Target.Processor(PeerKinds.GatewayWithLog.Name, Yarp, 1.20, 1.05),
                Target.Allocated(Gateway, 3_300, 2_000),
            ],
        },
    ];
}
