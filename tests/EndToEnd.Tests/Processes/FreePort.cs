using System.Net;
using System.Net.Sockets;

namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>For listeners that take no port 0. The system gives out free ports in turn, so that this one is left alone for a while.</summary>
internal static class FreePort
{
    public static int Find()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
