using Yarp.ReverseProxy.LoadBalancing;

namespace EventGateway.Gateway.Proxying;

/// <summary>What YARP does where a cluster doesn't say. No constant of YARP's own tells.</summary>
internal static class YarpDefaults
{
    /// <summary>Time without progress after which a call is given up.</summary>
    public static readonly TimeSpan ActivityTimeout = TimeSpan.FromSeconds(100);

    public static readonly string LoadBalancingPolicy = LoadBalancingPolicies.PowerOfTwoChoices;
}
