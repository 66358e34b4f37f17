using System.Text;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Proxying;

/// <summary>Makes the HTTP client of each cluster: YARP's, with what the gateway wants otherwise.</summary>
internal sealed class UpstreamClientFactory(UpstreamMetrics metrics, BusyPolling polling, ILogger<ForwarderHttpClientFactory> logger) : ForwarderHttpClientFactory(logger)
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);

        // Header bytes that aren't ASCII go through as they are: Latin-1 maps each byte to one character and back.
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1;

        handler.SslOptions.CertificateChainPolicy = CertificateChains.AsSent();

        var cluster = context.ClusterId;
        handler.ConnectCallback = (connecting, cancellationToken) =>
            UpstreamConnection.OpenAsync(connecting.DnsEndPoint, polling, metrics.ConnectionsOf(cluster), cancellationToken);

        // HTTP/2 tells which requests an upstream has not taken up; only those are sent again.
        handler.PlaintextStreamFilter = static (connection, _) =>
            new(connection.NegotiatedHttpVersion.Major == 1 ? new ResendGuard(connection.PlaintextStream) : connection.PlaintextStream);
    }
}
