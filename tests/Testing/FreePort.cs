using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace EventGateway.Testing;

/// <summary>For listeners of another process that have to be told their port, as port 0 means something else to them.</summary>
public static class FreePort
{
    // None of those that Linux gives to clients and to port 0, from 32768 on: somebody would have it before its listener comes, or who waits
    // for that would be connected with himself.
    private const int First = 10_000;
    private const int Count = 22_768;

    private static int _given = RandomNumberGenerator.GetInt32(Count);

    /// <summary>A port that nobody has at present, and that this process never gives again.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _given) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it: the next, then.
            }
        }
    }
}
