using System.Diagnostics.Metrics;
using System.Text;
using EventGateway.Aggregator;
using EventGateway.Gateway.Http1;
using EventGateway.Gateway.Proxying;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Http1;

/// <summary>Calls over HTTP/1.1 on real sockets, byte by byte.</summary>
public sealed class Http1OriginTests : IDisposable
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200\r\ncontent-length:2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length :\t2 \r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length:\r\n 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;a=b\r\n{\r\n001 \r\n}\r\n0;x\r\nTrailer: y\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\n{}\n0\n\n")]
    public async Task GetAsync_AnswerWithAnEnd_IsReadAndItsConnectionUsedAgain(string answer)
    {
        // All at once, and byte by byte.
        foreach (var step in new[] { answer.Length, 1 })
        {
            await using var upstream = RawUpstream.Start(async (_, connection) =>
            {
                for (var sent = 0; sent < answer.Length; sent += step)
                {
                    await connection.SendAsync(answer.Substring(sent, Math.Min(step, answer.Length - sent)));
                }
            });
            var origin = OriginOf(upstream);
            Assert.Equal((200, "{}"), await ReadAsync(origin));
            Assert.Equal((200, "{}"), await ReadAsync(origin));
            Assert.Equal(1, upstream.Connections);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{}", "{}", true)]                                                     // until the end
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", "{}", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\n{}", "{}", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n", "{}", false)]        // one that nobody asked for
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx", "", false)]
    public async Task GetAsync_AnswerThatIsTheLast_ClosesItsConnection(string answer, string body, bool isClosed)
    {
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(answer);
            if (isClosed)
            {
                connection.Close();
            }
        });
        var origin = OriginOf(upstream);
        Assert.Equal((200, body), await ReadAsync(origin));
        Assert.Equal((200, body), await ReadAsync(origin));
        Assert.Equal(2, upstream.Connections);
    }

    [Theory]
    [InlineData("204 No Content", "")]
    [InlineData("304 Not Modified", "Content-Length: 5\r\n")]
    [InlineData("404 Not Found", "Content-Length: 0\r\n")]
    public async Task GetAsync_AnswerWithoutABody_HasNone(string status, string fields)
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync($"HTTP/1.1 {status}\r\n{fields}\r\n"));
        var origin = OriginOf(upstream);
        Assert.Equal("", (await ReadAsync(origin)).Body);
        Assert.Equal("", (await ReadAsync(origin)).Body);
        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task GetAsync_BodyThatNobodyReads_CostsTheConnectionOnlyWhereItIsLong()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync("HTTP/1.1 500 No\r\nContent-Length: 300\r\n\r\n" + new string('x', 300)));
        var origin = OriginOf(upstream);
        (await GetAsync(origin)).Dispose();
        (await GetAsync(origin)).Dispose();
        Assert.Equal(1, upstream.Connections);

        await using var slow = RawUpstream.Start((_, connection) => connection.SendAsync("HTTP/1.1 500 No\r\nContent-Length: 300\r\n\r\nx"));
        origin = OriginOf(slow);
        (await GetAsync(origin)).Dispose();
        (await GetAsync(origin)).Dispose();
        Assert.Equal(2, slow.Connections);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/2 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 -20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nNoColon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA B: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: x\ry\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length\t: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nA: x\0y\r\n\r\n")]
    public async Task GetAsync_BytesThatAreNoAnswer_AreAnInvalidResponse(string answer)
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync(answer + "\r\n\r\n"));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(OriginOf(upstream)));
        Assert.Equal(HttpRequestError.InvalidResponse, error.HttpRequestError);
    }

    [Fact]
    public async Task GetAsync_HeadWithoutAnEnd_IsGivenUpAt64KB()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: 0123456789\r\n", 5_000))));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(OriginOf(upstream)));
        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, error.HttpRequestError);
    }

    [Theory]
    [InlineData("-ERR unknown command\r\n")]
    [InlineData("SSH-2.0-x")]
    public async Task GetAsync_UpstreamThatSpeaksSomethingElse_IsInvalidBeforeAnyEnd(string bytes)
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync(bytes));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(OriginOf(upstream)));
        Assert.Equal(HttpRequestError.InvalidResponse, error.HttpRequestError);
    }

    [Theory]
    [InlineData("2\r\n[]X\r\n\r\n0\r\n\r\n")]
    [InlineData("ZZ\r\n0\r\n\r\n")]
    [InlineData("2\r\n[]\r\nZZ\r\n0\r\n\r\n")]
    [InlineData("2\0\r\n[]\r\n0\r\n\r\n")]
    [InlineData("2\r\n[]\r\n0\r\ngarbage\r\n\r\n")]
    [InlineData("2\r\n[]\r\n0\r\n folded\r\n\r\n")]
    public async Task Body_WithBrokenChunks_NeverLeavesItsConnectionToAnother(string chunks)
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks));
        var origin = OriginOf(upstream);
        await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(origin));
        await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(origin));
        Assert.Equal(2, upstream.Connections);
    }

    [Fact]
    public async Task GetAsync_NoContentThatSaysItHasSome_IsTheLastOfItsConnection()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"));
        var origin = OriginOf(upstream);
        (await GetAsync(origin)).Dispose();
        (await GetAsync(origin)).Dispose();
        Assert.Equal(2, upstream.Connections);
    }

    [Fact]
    public async Task GetAsync_FloodOfInterimAnswers_IsGivenUpAt64KB()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync(string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 5_000)) + Good));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(OriginOf(upstream)));
        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, error.HttpRequestError);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\n{}")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\n{}")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nx\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n-1\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n")]
    public async Task Body_ThatEndsEarlyOrHasBrokenChunks_Fails(string rest)
    {
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\n" + rest);
            connection.Close();
        });
        await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(OriginOf(upstream)));
    }

    [Theory]
    [InlineData("1;")]           // an extension
    [InlineData("0\r\nX: ")]     // a trailer
    public async Task Body_WithALineThatNeverEnds_IsGivenUp(string beginning)
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{beginning}{new string('x', 20_000)}"));
        await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(OriginOf(upstream)));
    }

    [Fact]
    public async Task Body_WithTrailersThatNeverEnd_IsGivenUp()
    {
        var trailers = string.Concat(Enumerable.Repeat("X: 0123456789\r\n", 10_000));
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{trailers}"));
        await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(OriginOf(upstream)));
    }

    [Fact]
    public async Task Body_OfAnySizeAndFraming_ArrivesWhole()
    {
        var random = new Random(1);
        for (var round = 0; round < 100; round++)
        {
            var body = string.Create(random.Next(20_000), random, static (text, random) =>
            {
                foreach (ref var c in text)
                {
                    c = (char)random.Next(' ', '~');
                }
            });
            var framed = new StringBuilder("HTTP/1.1 200 OK\r\n");
            if (round % 2 == 0)
            {
                framed.Append("Content-Length: ").Append(body.Length).Append("\r\n\r\n").Append(body);
            }
            else
            {
                framed.Append("Transfer-Encoding: chunked\r\n\r\n");
                for (var at = 0; at < body.Length;)
                {
                    var size = Math.Min(random.Next(1, 6_000), body.Length - at);
                    framed.Append($"{size:x}\r\n").Append(body.AsSpan(at, size)).Append("\r\n");
                    at += size;
                }

                framed.Append("0\r\n\r\n");
            }

            var answer = framed.ToString();
            await using var upstream = RawUpstream.Start(async (_, connection) =>
            {
                for (var at = 0; at < answer.Length;)
                {
                    var size = Math.Min(random.Next(1, 9_000), answer.Length - at);
                    await connection.SendAsync(answer.Substring(at, size));
                    at += size;
                }
            });
            var origin = OriginOf(upstream);
            Assert.Equal(body, (await ReadAsync(origin)).Body);
            Assert.Equal(body, (await ReadAsync(origin)).Body);
            Assert.Equal(1, upstream.Connections);
        }
    }

    [Fact]
    public async Task GetAsync_KeptConnectionEndsWithoutAByte_AsksOnceMoreOverANewOne()
    {
        var requests = 0;
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            if (Interlocked.Increment(ref requests) is 1 or 3)
            {
                await connection.SendAsync(Good);
            }
            else
            {
                connection.Close();
            }
        });
        var origin = OriginOf(upstream);
        await ReadAsync(origin);
        Assert.Equal((200, "{}"), await ReadAsync(origin));
        Assert.Equal((3, 2), (requests, upstream.Connections));

        // Twice it is no coincidence any more.
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(origin));
        Assert.Equal((HttpRequestError.ResponseEnded, 5), (error.HttpRequestError, requests));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GetAsync_ConnectionEndsAfterAByteOrIsReset_IsNotAskedAgain(bool isReset)
    {
        var requests = 0;
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            if (Interlocked.Increment(ref requests) == 1)
            {
                await connection.SendAsync(Good);
            }
            else if (isReset)
            {
                connection.Reset();
            }
            else
            {
                await connection.SendAsync("H");
                connection.Close();
            }
        });
        var origin = OriginOf(upstream);
        await ReadAsync(origin);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(origin));
        Assert.Equal(2, requests);
    }

    [Fact]
    public async Task GetAsync_IdleConnectionThatTheUpstreamClosed_IsNotUsed()
    {
        var closed = new TaskCompletionSource();
        await using var upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Good);
            connection.Close();
            await connection.WaitForClientToLeaveAsync();
            closed.SetResult();
        });
        var origin = OriginOf(upstream);
        await ReadAsync(origin);
        while (!closed.Task.IsCompleted)
        {
            origin.CloseIdle();   // the end may be on its way
            await Task.Yield();
        }
    }

    [Fact]
    public async Task CloseIdle_ConnectionThatNobodyNeeds_IsClosedAfterAMinuteAtMost()
    {
        var left = new TaskCompletionSource();
        await using var upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Good);
            await connection.WaitForClientToLeaveAsync();
            left.SetResult();
        });
        var origin = OriginOf(upstream);
        await ReadAsync(origin);
        for (var round = 0; round < 3; round++)
        {
            origin.CloseIdle();
        }

        Assert.False(left.Task.IsCompleted);
        origin.CloseIdle();
        await left.Task.WaitAsync(Token);
    }

    [Theory]
    [InlineData("timeout=5", 3.9, 1)]
    [InlineData("timeout=5, max=100", 4.1, 2)]
    [InlineData("max=100, Timeout=1", 0.1, 2)]
    [InlineData("max=100", 30, 1)]
    public async Task GetAsync_UpstreamSaysHowLongItKeepsConnections_IsBelieved(string keepAlive, double seconds, int connections)
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync($"HTTP/1.1 200 OK\r\nKeep-Alive: {keepAlive}\r\nContent-Length: 2\r\n\r\n{{}}"));
        var origin = OriginOf(upstream);
        await ReadAsync(origin);
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        await ReadAsync(origin);
        Assert.Equal(connections, upstream.Connections);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{")]
    public async Task GetAsync_IsCancelled_EndsAndLetsGoOfTheConnection(string beginning)
    {
        var stuck = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        await using var upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(beginning);
            stuck.SetResult();
            await connection.WaitForClientToLeaveAsync();
            left.SetResult();
        });
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reading = ReadAsync(OriginOf(upstream), cancelling.Token);
        await stuck.Task.WaitAsync(Token);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await left.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task GetAsync_ManyAtOnceOneOfThemCancelled_EachHasItsOwnAnswer()
    {
        await using var upstream = RawUpstream.Start((request, connection) => connection.RespondAsync($"\"{request.Target}\""));
        var origin = OriginOf(upstream);
        for (var round = 0; round < 20; round++)
        {
            using var cancelling = new CancellationTokenSource();
            var calls = Enumerable.Range(0, 50).Select(i => ReadAsync(origin, i % 5 == 0 ? cancelling.Token : Token, $"/{round}-{i}")).ToList();
            await cancelling.CancelAsync();
            for (var i = 0; i < calls.Count; i++)
            {
                try
                {
                    Assert.Equal((200, $"\"/{round}-{i}\""), await calls[i]);
                }
                catch (OperationCanceledException) when (i % 5 == 0)
                {
                    // it was in time
                }
            }
        }
    }

    [Fact]
    public async Task GetAsync_NobodyListens_IsAConnectionError()
    {
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(OriginOf($"http://127.0.0.1:{FreePort.Find()}")));
        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
    }

    [Fact]
    public async Task GetAsync_HostThatIsUnknown_IsANameResolutionError()
    {
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(OriginOf("http://nobody.invalid")));
        Assert.Equal(HttpRequestError.NameResolutionError, error.HttpRequestError);
    }

    [Fact]
    public async Task GetAsync_Request_IsALineAndItsFields()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync(Good));
        var fields = Http1Request.FieldsOf("h", new HeaderDictionary
        {
            ["A"] = new(["1", "\u00fc"]),
            ["B"] = "x\r\nGET /evil HTTP/1.1",
            ["Cookie"] = new(["a=1", "b=2"]),
            ["C"] = "",
        });
        using var answer = await OriginOf(upstream).GetAsync("/p?q=1", fields, Token);
        var request = Assert.Single(upstream.Requests);
        Assert.Equal("GET /p?q=1 HTTP/1.1", request.Line);
        Assert.Equal(["Host: h", "A: 1, \u00fc", "Cookie: a=1; b=2", "C: "], request.Headers.Lines.Select(field => $"{field.Name}: {field.Value}"));
    }

    [Theory]
    [InlineData("Content-Length: 2\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\nServer: x\r\nContent-Type: application/json; charset=UTF-8", true)]
    [InlineData("Content-Length: 2\r\nContent-Type: application/json", true)]
    [InlineData("Content-Length: 2\r\nContent-Type: application/json; charset=latin1", false)]
    [InlineData("Content-Length: 2\r\nContent-Type: application/json; charset=latin1; x-charset=utf-8", false)]
    [InlineData("Content-Length: 2\r\nCache-Control: max-age=5", false)]
    [InlineData("Content-Length: 2\r\nVary: Accept", false)]
    [InlineData("Content-Length: 2\r\nSet-Cookie: a=b", false)]
    [InlineData("Content-Length: 2\r\nExpires: 0", false)]
    [InlineData("Content-Length: 2\r\nContent-Encoding: gzip", false)]
    [InlineData("Content-Length: 2\r\nContent-Length: 3", false)]
    [InlineData("Content-Length: x", false)]
    [InlineData("Content-Length: 2\r\nTransfer-Encoding: chunked", false)]
    [InlineData("Transfer-Encoding: gzip, chunked", false)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", false)]
    public async Task Headers_OfAnAnswer_AreAllKeptWhereOneIsAskedFor(string fields, bool isPlain)
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync($"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{{}}"));
        using var answer = await GetAsync(OriginOf(upstream));
        var names = answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated).SelectMany(field => field.Value.Select(_ => field.Key));
        Assert.Equal(isPlain, ((UpstreamContent)answer.Content).IsPlain);
        Assert.Equal(isPlain ? [] : fields.Split("\r\n").Select(field => field.Split(':')[0]).Order(), names.Order());
    }

    [Fact]
    public async Task GetAsync_RequestThatDoesNotGoAtOnce_ArrivesWhole()
    {
        await using var upstream = RawUpstream.Start((request, connection) => connection.RespondAsync($"{request.Target.Length} {request.Target[^1]}"));
        var origin = OriginOf(upstream);
        var length = 8 << 20;   // more than sockets hold
        Assert.Equal((200, $"{length} x"), await ReadAsync(origin, path: $"/{new string('a', length - 2)}x"));
        Assert.Equal((200, "1 /"), await ReadAsync(origin));
        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task TryRead_BodyThatIsThere_IsReadOnceAndItsConnectionUsedAgain()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync(Good));
        var origin = OriginOf(upstream);
        for (var call = 0; call < 3; call++)
        {
            using var answer = await GetAsync(origin);
            var body = new byte[2];
            Assert.True(((UpstreamContent)answer.Content).TryRead(body));
            Assert.Equal("{}"u8, body);
            Assert.False(((UpstreamContent)answer.Content).TryRead(body));
        }

        Assert.Equal(1, upstream.Connections);
    }

    [Theory]
    [InlineData("Content-Length: 2\r\n\r\n{", "}")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "")]
    [InlineData("Connection: close\r\n\r\n{}", "")]
    public async Task TryRead_BodyThatIsNotThereOrHasNoLength_IsLeftToTheStream(string answer, string rest)
    {
        var tried = new TaskCompletionSource();
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\n{answer}");
            await tried.Task;
            await connection.SendAsync(rest);
            connection.Close();
        });
        using var got = await GetAsync(OriginOf(upstream));
        Assert.False(((UpstreamContent)got.Content).TryRead(new byte[2]));
        tried.SetResult();
        Assert.Equal("{}", await got.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("http://h", "h", "")]
    [InlineData("http://h:80/", "h", "")]
    [InlineData("http://h:8080/a/b/", "h:8080", "/a/b")]
    [InlineData("HTTP://user@h/a%2Fb", "h", "/a%2Fb")]
    [InlineData("http://[::1]:81", "[::1]:81", "")]
    public void Of_AddressOfADestination_TellsHostAndPath(string address, string host, string path)
    {
        var origin = OriginOf(address);
        Assert.Equal((host, path), (origin.Host, origin.Path));
    }

    [Theory]
    [InlineData("https://h")]
    [InlineData("http://h/?a=b")]
    [InlineData("http://h/#a")]
    [InlineData("http://h/a\\b")]
    [InlineData("http://h/\u00fc")]
    [InlineData("h")]
    public void Of_AddressWithMoreToIt_IsNone(string address) => Assert.Null(Http1Origin.Of(address, "c", Metrics(), _clock));

    public void Dispose() => _services.Dispose();

    private static async Task<(int Status, string Body)> ReadAsync(Http1Origin origin, CancellationToken? cancellationToken = null, string path = "/")
    {
        using var answer = await origin.GetAsync(path, Http1Request.FieldsOf(origin.Host, new HeaderDictionary()), cancellationToken ?? Token);
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        using var text = new MemoryStream();
        await body.CopyToAsync(text, cancellationToken ?? Token);
        return ((int)answer.StatusCode, Encoding.Latin1.GetString(text.ToArray()));
    }

    private static Task<HttpResponseMessage> GetAsync(Http1Origin origin) => origin.GetAsync("/", Http1Request.FieldsOf(origin.Host, new HeaderDictionary()), Token);

    private Http1Origin OriginOf(RawUpstream upstream) => OriginOf(upstream.Address);

    private Http1Origin OriginOf(string address) => Http1Origin.Of(address, "c", Metrics(), _clock)!;

    private UpstreamMetrics Metrics() => new(_services.GetRequiredService<IMeterFactory>());
}
