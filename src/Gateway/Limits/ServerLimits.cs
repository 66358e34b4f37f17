using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Limits;

internal static class ServerLimits
{
    /// <summary>
    /// Hands the server its limits. Each listener counts its connections for itself, so that clients of the public one can't keep an operator out.
    /// </summary>
    public static void Apply(this KestrelServerLimits server, LimitsOptions options)
    {
        server.MaxConcurrentConnections = options.MaxConcurrentConnections;
        server.MaxConcurrentUpgradedConnections = options.MaxConcurrentUpgradedConnections;
        server.MaxRequestHeadersTotalSize = options.MaxRequestHeadersTotalSize;
        server.MaxRequestHeaderCount = options.MaxRequestHeaderCount;
        server.MaxRequestLineSize = options.MaxRequestLineSize;
        server.RequestHeadersTimeout = options.RequestHeadersTimeout;
        server.KeepAliveTimeout = options.KeepAliveTimeout;
        server.MinRequestBodyDataRate = options.MinRequestBodyDataRate.ToMinDataRate();
        server.MinResponseDataRate = options.MinResponseDataRate.ToMinDataRate();
        server.Http2.MaxStreamsPerConnection = options.Http2.MaxStreamsPerConnection;
    }
}
