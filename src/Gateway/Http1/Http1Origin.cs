using System.Net;
using System.Net.Sockets;
using EventGateway.Gateway.Proxying;

namespace EventGateway.Gateway.Http1;

/// <summary>One address of a cluster, and the connections to it that wait for their next call.</summary>
internal sealed class Http1Origin
{
    private const int MostRounds = 4;   // of a quarter of a minute: as long as .NET's client

    private readonly DnsEndPoint _endPoint;
    private readonly string _cluster;
    private readonly UpstreamMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly IdleConnections _idle = new();
    private int _round;   // of closing idle connections: tells the age of one without a look at the clock for each call

    private Http1Origin(Uri uri, string path, string cluster, UpstreamMetrics metrics, TimeProvider time)
    {
        (_endPoint, Path, _cluster, _metrics, _time) = (new(uri.IdnHost, uri.Port), path, cluster, metrics, time);
        Host = uri.Authority;
    }

    /// <summary>What stands in <c>Host</c> where the configuration says nothing else.</summary>
    public string Host { get; }

    /// <summary>The path of the address, without a slash at its end.</summary>
    public string Path { get; }

    /// <summary>That of a destination's address; <see langword="null"/> where there is more in it than <c>http</c>, a host and a path.</summary>
    public static Http1Origin? Of(string address, string cluster, UpstreamMetrics metrics, TimeProvider time)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp
            || address.AsSpan().ContainsAnyExceptInRange('!', '~') || address.AsSpan().ContainsAny('?', '#', '\\'))
        {
            return null;
        }

        var host = address.IndexOf("//", StringComparison.Ordinal) + 2;
        var path = address.IndexOf('/', host) is var start and >= 0 ? address[start..].TrimEnd('/') : "";
        return new(uri, path, cluster, metrics, time);
    }

    /// <summary>Sends a GET and returns when the headers have been read.</summary>
    /// <param name="path">Path and query, in ASCII.</param>
    /// <param name="fields">What <see cref="Http1Request.FieldsOf"/> gave.</param>
    /// <param name="cancellationToken">Ends the call as long as there are no headers.</param>
    /// <exception cref="HttpRequestException">No answer could be had.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public async Task<HttpResponseMessage> GetAsync(string path, ReadOnlyMemory<byte> fields, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var connection = Take();
        var wasIdle = connection is not null;
        while (true)
        {
            connection ??= await Http1Connection.OpenAsync(_endPoint, _metrics.ConnectionsOf(_cluster), cancellationToken);
            try
            {
                using (connection.AbortWith(cancellationToken))
                {
                    connection.Begin(path, fields);
                    while (!connection.HasSent)
                    {
                        connection.Sent(await connection.SendAsync());
                    }

                    HttpResponseMessage? answer;
                    while ((answer = connection.ReadHead()) is null)
                    {
                        connection.Received(await connection.ReceiveAsync());
                    }

                    ((AnswerContent)answer.Content).ReadFrom(this, connection);
                    return answer;
                }
            }
            catch (Exception error)
            {
                connection.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
                if (error is not (SocketException or IOException))
                {
                    throw;
                }

                // One that was idle, and ends in order without a byte, may have been closed just before the call: once more, over a new one (RFC 9112 §9.3.1).
                var hasEnded = (error as HttpIOException)?.HttpRequestError == HttpRequestError.ResponseEnded;
                if (!wasIdle || !hasEnded || connection.HasReceived)
                {
                    throw new HttpRequestException(hasEnded ? HttpRequestError.ResponseEnded : HttpRequestError.Unknown, error.Message, error);
                }

                (connection, wasIdle) = (null, false);
            }
        }
    }

    /// <summary>Takes back a connection whose answer has been read to its end.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="announced">For how long the upstream says that it waits; <see langword="null"/> where it says nothing.</param>
    public void Keep(Http1Connection connection, TimeSpan? announced)
    {
        if (!connection.TryReadAhead())
        {
            connection.Dispose();
            return;
        }

        connection.IdleSince = _round;
        connection.UsableUntil = announced is { } wait ? _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency) : null;
        _idle.Add(connection);
    }

    /// <summary>Closes those that have waited for some rounds, or that the upstream has closed.</summary>
    public void CloseIdle()
    {
        _round++;
        Close(connection => _round - connection.IdleSince >= MostRounds || !IsUsable(connection));
    }

    public void CloseAll() => Close(_ => true);

    private void Close(Predicate<Http1Connection> condition)
    {
        foreach (var connection in _idle.TakeAll(condition))
        {
            connection.Dispose();
        }
    }

    private Http1Connection? Take()
    {
        while (_idle.Take() is { } connection)
        {
            if (IsUsable(connection))
            {
                return connection;
            }

            connection.Dispose();
        }

        return null;
    }

    private bool IsUsable(Http1Connection connection) => connection.IsWaiting && (connection.UsableUntil is not { } until || _time.GetTimestamp() < until);
}
