using System.Text;
using EventGateway.Comparison.Load;
using EventGateway.Comparison.Peers;
using EventGateway.Comparison.Results;
using EventGateway.Testing;

namespace EventGateway.Comparison.Scenarios;

/// <summary>One request, sent by many clients to some peers.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Title">What it is, for people.</param>
/// <param name="Peers">Who takes part.</param>
internal sealed record Scenario(string Name, string Title, IReadOnlyList<PeerKind> Peers)
{
    public const string Host = "localhost";

    /// <summary>The peer that the others are compared to.</summary>
    public required string Reference { get; init; }

    public HttpMethod Method { get; init; } = HttpMethod.Get;

    public string Path { get; init; } = "/getUsers";

    public string? Body { get; init; }

    public int Status { get; init; } = 200;

    /// <summary>How the answer's body begins.</summary>
    public string Answer { get; init; } = "";

    public int Connections { get; init; } = 64;

    public Protocol Protocol { get; init; }

    /// <summary>Connections for the warm-up, if the scenario itself has fewer.</summary>
    public int WarmUpConnections { get; init; } = 32;

    /// <summary>Path for the warm-up where the scenario's own would be too slow to warm anything.</summary>
    public string? WarmUpPath { get; init; }

    /// <summary>Requests by which a peer gets into the state that is measured, whatever the answers.</summary>
    public int Prelude { get; init; }

    /// <summary>How long a peer has the machine at a time.</summary>
    public TimeSpan Visit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many of its peers, the first ones, a quick run has time for; with 0 it leaves the scenario out.</summary>
    public int QuickPeers { get; init; }

    /// <summary>Rounds in a full run; each has two visits.</summary>
    public int Rounds { get; init; } = 11;

    /// <summary>
    /// Share of the reference's throughput at which times are taken, as an open system: everybody gets the same requests at the same moments. Null:
    /// times are those of the visits.
    /// </summary>
    public double? Load { get; init; }

    public IReadOnlyList<Target> Targets { get; init; } = [];

    /// <summary>Starts a peer and has it answer, so that nobody is fast because he is wrong.</summary>
    public async Task<Peer> StartAsync(PeerKind kind, Site site, CancellationToken cancellationToken)
    {
        var peer = await Peer.StartAsync(kind, site with { SecurePort = Protocol == Protocol.Http1 ? null : FreePort.Find() }, cancellationToken);
        for (var i = 0; i < Prelude; i++)
        {
            await peer.AskAsync(Method, Path, Body, cancellationToken);
        }

        var (status, body) = await peer.AskAsync(Method, Path, Body, cancellationToken);
        if (status == Status && body.StartsWith(Answer, StringComparison.Ordinal))
        {
            return peer;
        }

        await peer.DisposeAsync();
        throw new InvalidOperationException($"it answers {status} {body}");
    }

    /// <summary>Clients for a peer.</summary>
    public ILoad NewLoad(Peer peer, string path, int connections) => Protocol == Protocol.Http1
        ? new LoadGenerator(peer.Port, RequestFor(path), Status, connections)
        : new SecureLoad(peer.SecurePort!.Value, path, Status, connections, isHttp2: Protocol == Protocol.Http2OverTls);

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] RequestFor(string path) => Encoding.ASCII.GetBytes(Body is null
        ? $"{Method} {path} HTTP/1.1\r\nHost: {Host}\r\n\r\n"
        : $"{Method} {path} HTTP/1.1\r\nHost: {Host}\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
}
