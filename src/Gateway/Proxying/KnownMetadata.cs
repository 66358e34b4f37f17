using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Limits;
using Yarp.ReverseProxy.Health;

namespace EventGateway.Gateway.Proxying;

/// <summary>The Metadata keys that mean something. YARP takes any; one that nobody reads is a typing error.</summary>
internal static class KnownMetadata
{
    public static IReadOnlyList<string> OfRoutes { get; } = [.. MetadataReader.KeysOf<RouteMetadata>()];

    public static IReadOnlyList<string> OfClusters { get; } =
    [
        .. MetadataReader.KeysOf<ClusterMetadata>(),
        ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName,
        TransportFailureRateHealthPolicyOptions.FailureRateLimitMetadataName,
    ];
}
