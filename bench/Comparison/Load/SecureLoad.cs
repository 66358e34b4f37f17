using System.Net;
using System.Net.Security;
using EventGateway.Comparison.Scenarios;

namespace EventGateway.Comparison.Load;

/// <summary>
/// Clients that speak TLS, by .NET's own: dearer than <see cref="LoadGenerator"/>, so that requests per second are those of the client, but what a peer
/// uses for a request shows all the same. Each answer calls for the next request. Connections outlast a run.
/// </summary>
internal sealed class SecureLoad : ILoad
{
    private const int StreamsPerConnection = 8;   // over HTTP/2

    private readonly List<HttpMessageInvoker> _connections = [];
    private readonly Uri _address;
    private readonly int _expectedStatus;
    private readonly int _requestsAtOnce;
    private readonly bool _isHttp2;

    public SecureLoad(int port, string path, int expectedStatus, int requestsAtOnce, bool isHttp2)
    {
        (_expectedStatus, _requestsAtOnce, _isHttp2) = (expectedStatus, requestsAtOnce, isHttp2);
        _address = new Uri($"https://127.0.0.1:{port}{path}");
        for (var i = 0; i < (isHttp2 ? Math.Max(1, requestsAtOnce / StreamsPerConnection) : 1); i++)
        {
            _connections.Add(new HttpMessageInvoker(new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,   // others have the machine meanwhile
                SslOptions = new SslClientAuthenticationOptions
                {
                    TargetHost = Scenario.Host,
                    RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == $"CN={Scenario.Host}",   // the run's own
                },
            }));
        }
    }

    public LoadResult Run(TimeSpan duration, double? rate = null)
    {
        if (rate is not null)
        {
            throw new NotSupportedException("These clients know no rate.");
        }

        var result = new LoadResult(65_536);
        var begun = Now;
        Task.WaitAll([.. Enumerable.Range(0, _requestsAtOnce).Select(client => Task.Run(() => SendAsync(_connections[client % _connections.Count], begun + duration, result)))]);
        result.Duration = Now - begun;
        return result;
    }

    public void Dispose() => _connections.ForEach(connection => connection.Dispose());

    private static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    private async Task SendAsync(HttpMessageInvoker connection, TimeSpan end, LoadResult result)
    {
        for (var sent = Now; sent < end; sent = Now)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _address)
            {
                Version = _isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.Host = Scenario.Host;
            using var response = await connection.SendAsync(request, CancellationToken.None);
            await response.Content.CopyToAsync(Stream.Null);
            lock (result)
            {
                result.Add(Now - sent, (int)response.StatusCode == _expectedStatus);
            }
        }
    }
}
