using System.Net;
using System.Net.Sockets;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Proxying;

/// <summary>A connection to an upstream, counted from when it is there until it is closed.</summary>
internal sealed class UpstreamConnection : PolledStream
{
    private SeriesTable.Series? _open;   // taken once, by Interlocked

    private UpstreamConnection(Socket socket, BusyPolling polling, SeriesTable.Series? open)
        : base(socket, polling)
    {
        _open = open;
        open?.Add(1);
    }

    public static async ValueTask<Stream> OpenAsync(
        DnsEndPoint target, BusyPolling polling, SeriesTable.Series? open, CancellationToken cancellationToken) =>
        new UpstreamConnection(await UpstreamSocket.ConnectAsync(target, cancellationToken), polling, open);

    protected override void Dispose(bool disposing)
    {
        Interlocked.Exchange(ref _open, null)?.Add(-1);
        base.Dispose(disposing);
    }
}
