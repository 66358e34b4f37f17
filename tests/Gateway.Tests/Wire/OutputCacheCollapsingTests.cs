using System.Text.Json.Nodes;
using EventGateway.Gateway.Caching;
using EventGateway.Testing;
using static EventGateway.Gateway.Tests.Wire.CachedGateway;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The output cache where many ask at once: who asks the upstream, who waits for whom, and what they get.</summary>
public sealed class OutputCacheCollapsingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_ThatWasUnderWayDuringAWrite_IsNotKeptNorJoined()
    {
        var held = new TaskCompletionSource();
        var reads = 0;
        await using var gateway = await StartAsync(
            """{ "Duration": "00:01:00" }""",
            async (request, answer) =>
            {
                var isRead = request.Line.StartsWith("GET", StringComparison.Ordinal);
                if (isRead && Interlocked.Increment(ref reads) == 1)
                {
                    await held.Task;
                    await answer.RespondAsync("old");
                    return;
                }

                await answer.RespondAsync("new");
            },
            LetWrite);
        var before = gateway.SendAsync(Http.Get("/getUsers"));
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        await gateway.SendAsync(Http.Head("PUT", "/getUsers", "Content-Length: 0"));

        var after = await gateway.SendAsync(Http.Get("/getUsers")).InTime();
        held.SetResult();

        Assert.Equal(("old", "new"), ((await before.InTime()).Text, after.Text));
        Assert.Equal("new", (await gateway.SendAsync(Http.Get("/getUsers"))).Text);
    }

    [Fact]
    public async Task Read_ThatWasUnderWayDuringAPurge_IsNotKeptNorJoined()
    {
        var held = new TaskCompletionSource();
        var calls = 0;
        await using var gateway = await StartAsync("""{ "Duration": "00:01:00" }""", async (_, answer) =>
        {
            var call = Interlocked.Increment(ref calls);
            if (call == 1)
            {
                await held.Task;
            }

            await answer.RespondAsync($"{call}");
        });
        var before = gateway.SendAsync(Http.Get("/getUsers"));
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        gateway.Services.GetRequiredService<CacheOperator>().PurgeRoute("getUsers", "test");

        var after = await gateway.SendAsync(Http.Get("/getUsers")).InTime();
        held.SetResult();

        Assert.Equal(("1", "2"), ((await before.InTime()).Text, after.Text));
        Assert.Equal("2", (await gateway.SendAsync(Http.Get("/getUsers"))).Text);
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Misses_AtTheSameTime_AreOneCall(string path)
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await StartAsync(OneSecond, async (request, answer) =>
        {
            await gate.Task;
            await answer.RespondAsync(Body(request));
        });

        var clients = Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(Http.Get(path))).ToList();
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        gate.SetResult();
        var answers = await Task.WhenAll(clients).InTime();

        Assert.All(answers, answer => Assert.Equal((200, "[]"), (answer.Status, answer.Text)));
        Assert.Single(answers, answer => answer.Headers["Cache-Status"] == "eventgateway; fwd=miss; stored");
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Misses_OfHeadAtTheSameTime_AreOneCall()
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await gate.Task;
            await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nX-Total: 3\r\n\r\n");
        });

        var clients = Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(Http.Head("HEAD", "/getUsers"))).ToList();
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        gate.SetResult();
        var answers = await Task.WhenAll(clients).InTime();
        var later = await gateway.SendAsync(Http.Head("HEAD", "/getUsers"));

        Assert.All(answers.Append(later), answer => Assert.Equal((200, "7", "3"), (answer.Status, answer.Headers["Content-Length"], answer.Headers["X-Total"])));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Head_WhileAGetIsUnderWay_WaitsForItsAnswer()
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await gate.Task;
            await answer.RespondAsync("[]");
        });
        var get = gateway.SendAsync(Http.Get("/getUsers"));
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        var head = gateway.SendAsync(Http.Head("HEAD", "/getUsers"));
        await WaitsAsync(gateway, 1);

        gate.SetResult();

        Assert.Equal(("[]", "2"), ((await get.InTime()).Text, (await head.InTime()).Headers["Content-Length"]));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Head_BehindAGetThatIsNotKept_AsksByItselfAndServesNoGet()
    {
        var gate = new TaskCompletionSource();
        var gets = 0;
        await using var gateway = await StartAsync(OneSecond, async (request, answer) =>
        {
            await gate.Task;
            await (request.Line.StartsWith("HEAD", StringComparison.Ordinal)
                ? answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
                : answer.RespondAsync("[]", headers: gets++ == 0 ? "Cache-Control: no-store" : "X-Any: 1"));
        });
        var get = gateway.SendAsync(Http.Get("/getUsers"));
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        var head = gateway.SendAsync(Http.Head("HEAD", "/getUsers"));
        gate.SetResult();

        Assert.Equal("[]", (await get.InTime()).Text);
        Assert.Equal("2", (await head.InTime()).Headers["Content-Length"]);
        Assert.Equal("[]", (await gateway.SendAsync(Http.Get("/getUsers"))).Text);
    }

    [Fact]
    public async Task Answer_ThatMayBeKept_EndsThatNobodyWaits()
    {
        var isPrivate = true;
        await using var gateway = await StartAsync(OneSecond, (_, answer) => answer.RespondAsync("[]", headers: isPrivate ? "Cache-Control: private" : "X-Any: 1"));
        await gateway.GetAsync("/getUsers");
        isPrivate = false;
        Assert.Equal("eventgateway; fwd=miss; stored", (await gateway.GetAsync("/getUsers")).Headers["Cache-Status"]);
        Assert.Equal("eventgateway; hit; ttl=1", (await gateway.GetAsync("/getUsers")).Headers["Cache-Status"]);
    }

    [Fact]
    public async Task Clients_OfWhomSomeAskForWhatThereIsNot_CostNoMoreThanTheirOwnCalls()
    {
        await using var gateway = await StartAsync(OneSecond, (request, answer) => request.Headers["Accept"] == "bad/bad"
            ? answer.RespondAsync("", "406 Not Acceptable")
            : answer.RespondAsync("[]"));
        var all = new List<RawResponse>();
        for (var second = 0; second < 3; second++)
        {
            all.AddRange(await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => gateway.SendAsync(Http.Get("/getUsers", i % 50 == 0 ? "Accept: bad/bad" : "Accept: */*")))).InTime());
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var good = gateway.Upstream.Requests.Count(request => request.Headers["Accept"] != "bad/bad");
        Assert.InRange(good, 3, 6);   // one that comes while another's call ends may make one more
        Assert.InRange(gateway.Upstream.Requests.Count, good, good + 60);
        Assert.All(all, answer => Assert.True(answer.Status is 200 or 406));
        Assert.True(all.Count(answer => answer.Status == 406) <= 60);
    }

    [Fact]
    public async Task Misses_OfWhatIsNotThere_WaitForAFewOfThemselvesAndNoLonger()
    {
        var gate = new SemaphoreSlim(0);
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await gate.WaitAsync(Token);
            await answer.RespondAsync("", "404 Not Found");
        });
        var clients = Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();
        await FailTwiceAsync(gateway, gate);
        await WaitsAsync(gateway, 19 + 18 + 17);
        gate.Release();

        await WaitForAsync(() => gateway.Upstream.Requests.Count == 20);   // and now all at once
        gate.Release(17);
        Assert.All(await Task.WhenAll(clients).InTime(), answer => Assert.Equal(404, answer.Status));
    }

    [Fact]
    public async Task Failure_ThatOthersWaitedFor_IsTheUpstreamsWord()
    {
        var gate = new SemaphoreSlim(0);
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await gate.WaitAsync(Token);
            await answer.RespondAsync("busy", "503 Service Unavailable", "Retry-After: 7");
        });
        var clients = Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();
        await FailTwiceAsync(gateway, gate);

        var answers = await Task.WhenAll(clients).InTime();
        Assert.All(answers, answer => Assert.Equal((503, "7"), (answer.Status, answer.Headers["Retry-After"])));
        var told = answers.Where(answer => answer.Text != "busy").ToList();
        Assert.Equal((18, 2), (told.Count, gateway.Upstream.Requests.Count));
        Assert.All(told, answer =>
        {
            Problem.Of(answer, 503, "upstream_unavailable");
            Assert.Equal("eventgateway; fwd=miss; collapsed; fwd-status=503", answer.Headers["Cache-Status"]);
        });
    }

    [Fact]
    public async Task Leader_ThatLeaves_TakesNobodyWithIt()
    {
        var held = new HeldAnswer();
        var calls = 0;
        await using var gateway = await StartAsync(
            OneSecond, (_, answer) => Interlocked.Increment(ref calls) == 1 ? held.HoldAsync(answer) : answer.RespondAsync("[]"));
        var leader = await gateway.ConnectAsync();
        await leader.SendAsync(Http.Get("/getUsers"), Token);
        await held.Arrived;
        var others = Enumerable.Range(0, 5).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();

        leader.Dispose();

        Assert.All(await Task.WhenAll(others).InTime(), answer => Assert.Equal((200, "[]"), (answer.Status, answer.Text)));
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Waiter_ThatLeaves_TakesNobodyWithIt()
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await gate.Task;
            await answer.RespondAsync("[]");
        });
        var leader = gateway.SendAsync(Http.Get("/getUsers"));
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        var waiter = await gateway.ConnectAsync();
        await waiter.SendAsync(Http.Get("/getUsers"), Token);
        var other = gateway.SendAsync(Http.Get("/getUsers"));
        await WaitsAsync(gateway, 2);
        waiter.Dispose();
        var line = await gateway.FinishedAsync();

        gate.SetResult();

        Assert.Equal((499, "client_abort"), ((int?)line["status"], (string?)line["cause"]));
        Assert.Equal((200, 200), ((await leader.InTime()).Status, (await other.InTime()).Status));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Leader_WhomTheUpstreamFails_LetsOneOtherTryAndNoHerd()
    {
        var gate = new SemaphoreSlim(0);
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await gate.WaitAsync(Token);
            await answer.RespondAsync("no", "500 Internal Server Error");
        });
        var clients = Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();
        await FailTwiceAsync(gateway, gate);

        var answers = await Task.WhenAll(clients).InTime();
        Assert.Equal(2, gateway.Upstream.Requests.Count);
        Assert.Equal((2, 18), (answers.Count(answer => answer.Status == 500), answers.Count(answer => answer.Status == 502)));
    }

    [Fact]
    public async Task EventStream_PassesAsItComesAndNobodyWaitsForItsEnd()
    {
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n");
            await answer.WaitForClientToLeaveAsync();
        });
        using var one = await gateway.ConnectAsync();
        await one.SendAsync(Http.Get("/getUsers"), Token);
        using var other = await gateway.ConnectAsync();
        await other.SendAsync(Http.Get("/getUsers"), Token);

        await WaitForAsync(() => gateway.Upstream.Requests.Count == 2);
    }

    [Fact]
    public async Task StreamedAnswer_WhoseEndTakesSeconds_IsOneCall()
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await answer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n");
            await gate.Task;
            await answer.SendAsync("2\r\n2]\r\n0\r\n\r\n");
        });
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Http.Get("/getUsers"), Token);
        await first.ReadPartialResponseAsync(3, Token);
        var others = Enumerable.Range(0, 5).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();
        await WaitsAsync(gateway, 5);

        gateway.Clock.Advance(TimeSpan.FromSeconds(4));
        gate.SetResult();

        Assert.All(await Task.WhenAll(others).InTime(), answer => Assert.Equal("[1,2]", answer.Text));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task StreamedAnswer_WhoseClientIsSlow_IsAskedForAgainByOneOther()
    {
        var sent = 0;
        var chunk = $"10000\r\n{new string('x', 0x10000)}\r\n";
        await using var gateway = await StartAsync("""{ "Duration": "00:00:01", "MaxBodySize": 67108864 }""", async (_, answer) =>
        {
            await answer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 500; i++)   // more than lies in buffers on the way
            {
                await answer.SendAsync(chunk);
                Interlocked.Increment(ref sent);
            }

            await answer.SendAsync("0\r\n\r\n");
        }, root => root["Limits"] = new JsonObject { ["MaxOutputCacheSize"] = 100_000_000 });
        using var slow = await gateway.ConnectAsync();
        await slow.SendAsync(Http.Get("/getUsers"), Token);
        await slow.ReadPartialResponseAsync(1, Token);
        var others = Enumerable.Range(0, 5).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();
        await WaitsAsync(gateway, 5);

        int before;
        do
        {
            before = Volatile.Read(ref sent);
            await Task.Delay(300, Token);
        }
        while (Volatile.Read(ref sent) != before);   // all buffers are full
        gateway.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.All(await Task.WhenAll(others).InTime(), answer => Assert.Equal(500 * 0x10000, answer.Body.Length));
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task StreamedAnswer_WhoseEndNobodyKnows_IsWaitedForOnceAndNotForLong()
    {
        var calls = 0;
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            if (Interlocked.Increment(ref calls) > 1)
            {
                await answer.RespondAsync("[2]");
                return;
            }

            await answer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n");
            await answer.WaitForClientToLeaveAsync();
        });
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Http.Get("/getUsers"), Token);
        await first.ReadPartialResponseAsync(3, Token);
        var other = gateway.SendAsync(Http.Get("/getUsers"));
        while (!other.IsCompleted)
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20, Token);
        }

        Assert.Equal("[2]", (await other).Text);
        gateway.Clock.Advance(TimeSpan.FromSeconds(1));   // what the second has got is over
        Assert.Equal("[2]", (await gateway.SendAsync(Http.Get("/getUsers")).InTime()).Text);
    }

    [Fact]
    public async Task Clients_AThousandAtOnce_AreOneCallASecond()
    {
        await using var gateway = await StartAsync(OneSecond);
        for (var second = 1; second <= 3; second++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => gateway.SendAsync(Http.Get("/getUsers")))).InTime();
            Assert.All(answers, answer => Assert.Equal(200, answer.Status));
            Assert.Equal(second, gateway.Upstream.Requests.Count);
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private static async Task WaitsAsync(WiredGateway gateway, int waits)
    {
        while (await gateway.MetricAsync("""gateway_cache_waits_total{route="getUsers"}""") != waits)
        {
        }
    }

    // All wait for the first call, and then all but the first for the second.
    private static async Task FailTwiceAsync(WiredGateway gateway, SemaphoreSlim gate)
    {
        await WaitsAsync(gateway, 19);
        gate.Release();
        await WaitsAsync(gateway, 19 + 18);
        gate.Release();
    }
}
