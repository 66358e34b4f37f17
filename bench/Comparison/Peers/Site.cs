using System.Net;
using System.Net.Sockets;

namespace EventGateway.Comparison.Peers;

/// <summary>Where the peers of a run live.</summary>
/// <param name="Gateway">The published gateway.</param>
/// <param name="Before">Another one to compare it with; null without.</param>
/// <param name="NodeModules">Where npm has installed what Node's gateway needs.</param>
/// <param name="Directory">For files of this run alone.</param>
/// <param name="UpstreamPort">Where the upstream listens.</param>
internal sealed record Site(string Gateway, string? Before, string NodeModules, string Directory, int UpstreamPort)
{
    public string Upstream => $"http://127.0.0.1:{UpstreamPort}";

    /// <summary>A port that nobody has at present.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>A directory with the files of <c>Peers/Config</c> that are called <paramref name="name"/>, ports filled in.</summary>
    public string Configure(string name, int port)
    {
        var directory = Path.Combine(Directory, $"{name}-{port}");
        System.IO.Directory.CreateDirectory(directory);
        var template = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Peers", "Config", name));
        File.WriteAllText(Path.Combine(directory, name), template
            .Replace("@PORT@", $"{port}", StringComparison.Ordinal)
            .Replace("@UPSTREAM@", $"127.0.0.1:{UpstreamPort}", StringComparison.Ordinal));
        return directory;
    }
}
