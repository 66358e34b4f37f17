using System.Net;
using System.Net.Sockets;
using System.Text;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Tests.Proxying;

/// <summary>Reads and writes in the order in which .NET's client does them: it reads ahead, sends, and waits for what it has begun to read.</summary>
public sealed class PolledStreamTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);
    private static readonly byte[] Request = "GET / HTTP/1.1\r\n\r\n"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly InFlightRequests _requests = new();
    private readonly byte[] _buffer = new byte[100];
    private BusyPolling _polling;
    private NetworkStream _stream = null!;
    private Socket _upstream = null!;

    public PolledStreamTests() => _polling = Polling(Long);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _listener.Start();
        await ConnectAsync(Long);
    }

    public async ValueTask DisposeAsync()
    {
        await DisposeStreamAsync();
        _listener.Dispose();
    }

    [Fact]
    public async Task Call_AnswerComesSoon_IsReadByTheThreadThatSentIt()
    {
        var answering = AnswerAsync();
        ValueTask<int> reading = default;
        await CallAsync(() =>
        {
            reading = _stream.ReadAsync(_buffer, Token);
            Assert.False(reading.IsCompleted);
            Send();
            Assert.True(reading.IsCompletedSuccessfully);
        });

        Assert.Equal("answer", Text(await InTime(reading)));
        await answering;
    }

    [Fact]
    public async Task Call_AnswerComesLate_IsReadAsEver()
    {
        await DisposeStreamAsync();
        await ConnectAsync(TimeSpan.Zero);
        ValueTask<int> reading = default;
        await CallAsync(() =>
        {
            reading = _stream.ReadAsync(_buffer, Token);
            Send();
            Assert.False(reading.IsCompleted);
        });

        await AnswerAsync();
        Assert.Equal("answer", Text(await InTime(reading)));
    }

    [Fact]
    public async Task Call_MoreOfTheAnswer_IsReadAsEver()
    {
        var answering = AnswerAsync();
        ValueTask<int> more = default;
        await CallAsync(() =>
        {
            var reading = _stream.ReadAsync(_buffer, Token);
            Send();
            Assert.Equal("answer", Text(reading.Result));
            more = _stream.ReadAsync(_buffer, Token);
        });

        await answering;
        await _upstream.SendAsync("more"u8.ToArray(), Token);
        Assert.Equal("more", Text(await InTime(more)));
    }

    [Fact]
    public async Task Call_OnConnectionThatHasEnded_IsToldBeforeItIsSent()
    {
        _upstream.Shutdown(SocketShutdown.Send);
        Assert.True(_stream.Socket.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead));

        await CallAsync(() =>
        {
            var reading = _stream.ReadAsync(_buffer, Token);
            Assert.True(reading.IsCompletedSuccessfully);
            Assert.Equal(0, reading.Result);
        });
    }

    [Fact]
    public async Task Call_CutBeforeItIsSent_Fails()
    {
        Task<int> reading = null!;
        await CallAsync(() => reading = _stream.ReadAsync(_buffer, Token).AsTask());
        Assert.False(reading.IsCompleted);

        await _stream.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
    }

    [Fact]
    public async Task Call_AnotherRequestBegins_IsLookedAfterNoLonger()
    {
        ValueTask<int> reading = default;
        var sent = Task.Run(() => CallAsync(() =>
        {
            reading = _stream.ReadAsync(_buffer, Token);
            Send();
        }), Token);
        await _upstream.ReceiveAsync(new byte[100], Token);

        Assert.False(sent.IsCompleted);
        using (_requests.Begin(new DefaultHttpContext()))
        {
            await sent;
        }

        Assert.False(reading.IsCompleted);
        await _upstream.SendAsync("answer"u8.ToArray(), Token);
        Assert.Equal("answer", Text(await InTime(reading)));
    }

    [Theory]
    [InlineData(false, 1, "alone", false)]    // the thread pool does the work
    [InlineData(true, 2, "alone", false)]     // of several requests
    [InlineData(true, 1, "another", false)]   // of one client after the other
    [InlineData(true, 1, "alone", true)]      // with a body
    public async Task Call_OfAnyOtherKind_IsReadAsEver(bool isOn, int requests, string client, bool hasBody)
    {
        _polling = Polling(Long, isOn);
        var others = Enumerable.Range(1, requests - 1).Select(_ => _requests.Begin(new DefaultHttpContext())).ToList();
        ValueTask<int> reading = default;
        await CallAsync(() => reading = _stream.ReadAsync(_buffer, Token), client, hasBody);

        await _upstream.SendAsync("answer"u8.ToArray(), Token);
        Assert.Equal("answer", Text(await InTime(reading)));
        others.ForEach(lease => lease.Dispose());
    }

    [Fact]
    public async Task Call_WhileTheGatewayDrains_IsReadAsEver()
    {
        using var old = _requests.Begin(new DefaultHttpContext());
        using var older = _requests.Begin(new DefaultHttpContext());
        _ = _requests.DrainAsync();
        ValueTask<int> reading = default;
        await CallAsync(() => reading = _stream.ReadAsync(_buffer, Token));

        await _upstream.SendAsync("answer"u8.ToArray(), Token);
        Assert.Equal("answer", Text(await InTime(reading)));
    }

    // The client has begun to read ahead long ago, while the connection was idle, and is preempted after it has sent: another thread has taken the headers.
    [Fact]
    public async Task Call_WithoutReadingAhead_ReadsAsEverAfterItIsSent()
    {
        ValueTask<int> reading = default;
        await CallAsync(() =>
        {
            Send();
            reading = _stream.ReadAsync(_buffer, Token);
        });

        await _upstream.SendAsync("answer"u8.ToArray(), Token);
        Assert.Equal("answer", Text(await InTime(reading)));
    }

    [Fact]
    public async Task Read_AfterACall_IsReadAsEver()
    {
        await CallAsync(static () => { });
        var reading = _stream.ReadAsync(_buffer, Token);
        await _upstream.SendAsync("answer"u8.ToArray(), Token);
        Assert.Equal("answer", Text(await InTime(reading)));
    }

    private BusyPolling Polling(TimeSpan patience, bool isOn = true) => new(_requests) { IsOn = isOn, Patience = patience };

    private async Task ConnectAsync(TimeSpan patience)
    {
        _polling = Polling(patience);
        var target = new DnsEndPoint(IPAddress.Loopback.ToString(), ((IPEndPoint)_listener.LocalEndpoint).Port);
        _stream = (NetworkStream)await UpstreamConnection.OpenAsync(target, _polling, open: null, Token);
        _upstream = await _listener.AcceptSocketAsync(Token);
    }

    private async Task DisposeStreamAsync()
    {
        await _stream.DisposeAsync();
        _upstream.Dispose();
    }

    // The second request of a client, or of another one.
    private async Task CallAsync(Action work, string client = "alone", bool hasBody = false)
    {
        var context = Context(client, hasBody);
        using var _ = _requests.Begin(context);
        await _polling.CallAsync(static _ => Task.CompletedTask, Context("alone"));
        await _polling.CallAsync(
            _ =>
            {
                work();
                return Task.CompletedTask;
            },
            context);
    }

    private static DefaultHttpContext Context(string client, bool hasBody = false)
    {
        var context = new DefaultHttpContext { Connection = { Id = client } };
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new Body(hasBody));
        return context;
    }

    private static Task<int> InTime(ValueTask<int> reading) => reading.AsTask().WaitAsync(Long, Token);

    private Task AnswerAsync() => Task.Run(
        async () =>
        {
            await _upstream.ReceiveAsync(new byte[100], Token);
            await _upstream.SendAsync("answer"u8.ToArray(), Token);
        },
        Token);

    private void Send()
    {
        var writing = _stream.WriteAsync(Request, Token);
        Assert.True(writing.IsCompletedSuccessfully);
    }

    private string Text(int read) => Encoding.ASCII.GetString(_buffer, 0, read);

    private sealed record Body(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;
}
