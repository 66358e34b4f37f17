using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Comparison.Programs;

/// <summary>YARP as its documentation starts it, with one route for everything, and nothing logged.</summary>
internal static class YarpProgram
{
    public static Task RunAsync(int port, string upstream)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "event-api", Match = new RouteMatch { Path = "{**path}" } }],
            [new ClusterConfig { ClusterId = "event-api", Destinations = new Dictionary<string, DestinationConfig> { ["primary"] = new() { Address = upstream } } }]);
        return PeerProgram.ServeAsync(builder, port, app => app.MapReverseProxy());
    }
}
