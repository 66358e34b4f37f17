using System.Net;
using System.Net.Sockets;

namespace EventGateway.Gateway.Proxying;

/// <summary>Connects to upstreams as .NET's client would by itself.</summary>
internal static class UpstreamSocket
{
    /// <exception cref="SocketException">There is no way to it, or no descriptor left for a socket.</exception>
    public static async ValueTask<Socket> ConnectAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
