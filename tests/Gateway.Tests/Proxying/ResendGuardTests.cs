using System.IO.Pipelines;
using System.Text;
using EventGateway.Gateway.Proxying;

namespace EventGateway.Gateway.Tests.Proxying;

/// <summary>What the end of an upstream's connection is taken for, by what was going over it.</summary>
public sealed class ResendGuardTests : IDisposable
{
    private const string Post = "POST /addEvent HTTP/1.1\r\nHost: upstream\r\n\r\n";
    private const string Get = "GET /getUsers HTTP/1.1\r\nHost: upstream\r\n\r\n";
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly Connection _connection = new();
    private readonly ResendGuard _guard;
    private readonly byte[] _buffer = new byte[1_000];

    public ResendGuardTests() => _guard = new ResendGuard(_connection);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _guard.Dispose();
        _connection.Dispose();
    }

    [Theory]
    [InlineData(Get)]
    [InlineData(Post)]
    public async Task End_BehindARequest_IsAFailure(string request)
    {
        await SendAsync(request);
        var reading = ReadAsync();
        _connection.End();
        await Assert.ThrowsAsync<IOException>(() => reading);
    }

    [Theory]
    [InlineData(Get, false)]
    [InlineData("HEAD /getUsers HTTP/1.1\r\n\r\n", false)]
    [InlineData("OPTIONS * HTTP/1.1\r\n\r\n", false)]
    [InlineData(Post, true)]
    [InlineData("GETALL / HTTP/1.1\r\n\r\n", true)]
    public async Task End_OnAConnectionThatWaited_IsAFailureForAllButReads(string request, bool fails)
    {
        await ExchangeAsync(Post);
        var reading = ReadAsync();
        await SendAsync(request);

        _connection.End();

        if (fails)
        {
            await Assert.ThrowsAsync<IOException>(() => reading);
        }
        else
        {
            Assert.Equal(0, await reading);
        }
    }

    [Fact]
    public async Task End_OfAConnectionThatWaits_IsAnEnd()
    {
        await ExchangeAsync(Post);
        var reading = ReadAsync();
        _connection.End();
        Assert.Equal(0, await reading);
    }

    [Theory]
    [InlineData(Get, false)]
    [InlineData(Post, true)]
    public async Task Request_AfterTheEnd_IsSentOnlyIfItMayBeSentAgain(string request, bool fails)
    {
        await ExchangeAsync(Get);
        _connection.End();
        Assert.Equal(0, await ReadAsync());
        var before = _connection.Written.Length;

        if (fails)
        {
            await Assert.ThrowsAsync<IOException>(() => SendAsync(request));
        }
        else
        {
            await SendAsync(request);
        }

        Assert.Equal(fails ? before : before + request.Length, _connection.Written.Length);
    }

    [Fact]
    public async Task End_WithinAnAnswer_IsAnEnd()
    {
        await SendAsync(Post);
        await _connection.AnswerAsync("HTTP/1.1 2");
        await ReadAsync();
        _connection.End();
        Assert.Equal(0, await ReadAsync());
    }

    // What looks like text isn't a request, even if it has a line.
    [Theory]
    [InlineData("\u0081\u0085masked")]
    [InlineData("PING\r\n")]
    public async Task End_OfAnUpgradedConnection_IsAnEnd(string frame)
    {
        await SendAsync("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
        await _connection.AnswerAsync("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        await ReadAsync();
        await SendAsync(frame);
        _connection.End();
        Assert.Equal(0, await ReadAsync());
    }

    [Fact]
    public async Task Read_OfNothing_IsNoEnd()
    {
        await SendAsync(Post);
        await _connection.AnswerAsync(Answer);
        Assert.Equal(0, await _guard.ReadAsync(Memory<byte>.Empty, Token));
        Assert.Equal(Answer.Length, await ReadAsync());
    }

    private async Task ExchangeAsync(string request)
    {
        await SendAsync(request);
        await _connection.AnswerAsync(Answer);
        await ReadAsync();
    }

    private Task SendAsync(string text) => _guard.WriteAsync(Encoding.Latin1.GetBytes(text), Token).AsTask();

    private Task<int> ReadAsync() => _guard.ReadAsync(_buffer, Token).AsTask();

    private sealed class Connection : MemoryStream
    {
        private readonly Pipe _answers = new();
        private readonly Stream _incoming;

        public Connection() => _incoming = _answers.Reader.AsStream();

        public string Written => Encoding.Latin1.GetString(ToArray());

        public async Task AnswerAsync(string text) => await _answers.Writer.WriteAsync(Encoding.Latin1.GetBytes(text), Token);

        public void End() => _answers.Writer.Complete();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _incoming.ReadAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _incoming.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
