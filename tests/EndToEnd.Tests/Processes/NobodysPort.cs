using System.Net;
using System.Net.Sockets;

namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>A port of 127.0.0.1 at which nobody listens, and nobody will: it is bound all the same.</summary>
internal sealed class NobodysPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public NobodysPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}";

    public void Dispose() => _socket.Dispose();
}
