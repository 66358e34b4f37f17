using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using EventGateway.Comparison.Scenarios;
using EventGateway.Testing;

namespace EventGateway.Comparison.Peers;

/// <summary>A program that runs, and what it has used so far.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    private Peer(PeerKind kind, Process process, int port, int? securePort, long started)
    {
        Kind = kind;
        Port = port;
        SecurePort = securePort;
        Started = started;
        Tree = new ProcessTree(process.Id);
        _process = process;
        _output = DrainAsync(process.StandardOutput.BaseStream);
        _errors = DrainAsync(process.StandardError.BaseStream);
    }

    public PeerKind Kind { get; }

    public int Port { get; }

    /// <summary>Where it listens for TLS; null where it doesn't.</summary>
    public int? SecurePort { get; }

    /// <summary>When it was told to start, as a time stamp of the system's clock.</summary>
    public long Started { get; }

    /// <summary>Itself and what it had started when <see cref="CountChildren"/> was called.</summary>
    public ProcessTree Tree { get; private set; }

    /// <summary>Starts a program and waits until it listens.</summary>
    public static async Task<Peer> StartAsync(PeerKind kind, Site site, CancellationToken cancellationToken)
    {
        var port = FreePort.Find();
        var start = kind.Start(site, port);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var started = TimeProvider.System.GetTimestamp();
        var peer = new Peer(kind, Process.Start(start)!, port, site.SecurePort, started);
        try
        {
            await peer.WaitForListenerAsync(cancellationToken);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>To be called once it has answered: nginx listens before it has any children.</summary>
    public void CountChildren() => Tree = new ProcessTree(_process.Id);

    /// <summary>Bytes allocated since its start; null where nobody can tell.</summary>
    public async Task<long?> AllocatedAsync(CancellationToken cancellationToken)
    {
        if (Kind.AllocatedPath is not { } path)
        {
            return null;
        }

        const string Counter = "dotnet_gc_heap_total_allocated_bytes_total";
        var page = await _client.GetStringAsync(new Uri($"http://127.0.0.1:{Port}{path}"), cancellationToken);
        var value = page.Split('\n').FirstOrDefault(line => line.StartsWith(Counter, StringComparison.Ordinal))?.Split(' ')[1] ?? page;
        return (long)double.Parse(value, CultureInfo.InvariantCulture);
    }

    /// <summary>What it costs to be asked how much was allocated: where a visit has few requests, that isn't little.</summary>
    public async Task<long?> ReadingCostAsync(CancellationToken cancellationToken)
    {
        var least = await AllocatedAsync(cancellationToken);
        for (var i = 0; i < 5; i++)
        {
            var before = await AllocatedAsync(cancellationToken);
            least = await AllocatedAsync(cancellationToken) - before is { } cost && cost < least ? cost : least;
        }

        return least;
    }

    /// <summary>One answer to a person's request, to see that it is the right one.</summary>
    public async Task<(int Status, string Body)> AskAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri($"http://127.0.0.1:{Port}{path}"));
        request.Headers.Host = Scenario.Host;   // a virtual host of another name may answer something else
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _client.SendAsync(request, cancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        await Task.WhenAll(_output, _errors);
        _process.Dispose();
    }

    private async Task WaitForListenerAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync("127.0.0.1", Port, cancellationToken);
                return;
            }
            catch (SocketException) when (!_process.HasExited && TimeProvider.System.GetElapsedTime(Started) < StartTimeout)
            {
                await Task.Delay(1, cancellationToken);
            }
            catch (SocketException)
            {
                _process.Kill(entireProcessTree: true);
                throw new InvalidOperationException($"{Kind.Name} doesn't listen:\n{await _output}{await _errors}");
            }
        }
    }

    /// <summary>Reads all, so that the program never waits for its output, and keeps the end.</summary>
    private static async Task<string> DrainAsync(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        var last = 0;
        while (await stream.ReadAsync(buffer) is > 0 and var read)
        {
            last = read;
        }

        return Encoding.UTF8.GetString(buffer, 0, last);
    }
}
