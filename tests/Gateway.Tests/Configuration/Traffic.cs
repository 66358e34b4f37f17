using System.Collections.Concurrent;
using System.Net;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>Clients that call a gateway without a pause, each over a connection of its own, and keep every answer that isn't the right one.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _wrong = [];
    private readonly HttpClient _client;
    private readonly Task[] _clients;
    private readonly int[] _answered;   // one for each client, by Interlocked
    private volatile bool _stopping;

    private Traffic(TestGateway gateway, IReadOnlyList<Call> calls)
    {
        _client = new HttpClient { BaseAddress = gateway.Client.BaseAddress };
        _answered = new int[calls.Count];
        _clients = [.. calls.Select((call, i) => Task.Run(() => CallAgainAndAgainAsync(call, i)))];
    }

    /// <summary>Starts a client for each of the calls.</summary>
    public static Traffic Start(TestGateway gateway, params IReadOnlyList<Call> calls) => new(gateway, calls);

    /// <summary>A read, a guarded write and an aggregation, of an upstream that is <see cref="Upstream"/>.</summary>
    public static Traffic StartOfAllKinds(TestGateway gateway) => Start(
        gateway,
        new Call("GET", "/getUsers", answer => answer is "[]"),
        new Call("POST", "/addEvent", answer => answer is "[]"),
        new Call("GET", "/getEventsByUserId/1", answer => answer is "[[],[]]"));

    /// <summary>Answers every call; a user has two events.</summary>
    public static RawUpstream Upstream() => RawUpstream.Start((request, connection) => connection.RespondAsync(
        request.Target.StartsWith("/getUserById/", StringComparison.Ordinal) ? """{"events":["a","b"]}""" : "[]"));

    /// <summary>Waits until each client has had some more answers.</summary>
    public async Task PassAsync(int answers = 3)
    {
        var wanted = _answered.Select(n => Volatile.Read(ref n) + answers).ToList();
        await Edits.UntilAsync(() => Task.FromResult(!_wrong.IsEmpty || wanted.Index().All(w => Volatile.Read(ref _answered[w.Index]) >= w.Item)));
    }

    /// <summary>Ends all calls, and asserts that none of them ever failed.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        await Task.WhenAll(_clients);
        Assert.Empty(_wrong);
        Assert.All(_answered, n => Assert.NotEqual(0, n));
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await Task.WhenAll(_clients);
        _client.Dispose();
    }

    private async Task CallAgainAndAgainAsync(Call call, int client)
    {
        while (!_stopping)
        {
            try
            {
                using var request = new HttpRequestMessage(new HttpMethod(call.Method), call.Target);
                request.Content = call.Method == "POST" ? new StringContent(Wire.WiredGateway.NewEvent, null, "application/json") : null;
                using var response = await _client.SendAsync(request, CancellationToken.None);
                var answer = await response.Content.ReadAsStringAsync(CancellationToken.None);
                if (response.StatusCode != HttpStatusCode.OK || !call.IsRight(answer))
                {
                    _wrong.Enqueue($"{call.Method} {call.Target}: {(int)response.StatusCode} {answer}");
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                _wrong.Enqueue($"{call.Method} {call.Target}: {e}");
            }

            Interlocked.Increment(ref _answered[client]);
        }
    }

    /// <summary>What one client asks for, and which answers are right. All of them have status 200.</summary>
    public sealed record Call(string Method, string Target, Func<string, bool> IsRight);
}
