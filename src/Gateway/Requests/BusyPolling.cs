using System.Net.Sockets;
using EventGateway.Gateway.Health;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Has a thread that would sleep until a socket has something look for it by itself for a moment (docs/decisions/0027). While a gateway serves one client alone,
/// its threads and processors fall asleep between any two messages, and to be woken takes longer than all that it does with them.
/// </summary>
internal sealed class BusyPolling(InFlightRequests requests)
{
    // What goes on in this thread's call stack; nobody else has anything to do with it.
    [ThreadStatic]
    private static string? _client;
    [ThreadStatic]
    private static bool _isCalling;
    [ThreadStatic]
    private static bool _hasFound;

    /// <summary>How long it looks: about what it takes to be woken, so that it never costs more than twice what it might have saved.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>
    /// Where the threads that wait for sockets do the work; the thread pool's look around by themselves. With one processor nobody else could do anything meanwhile.
    /// </summary>
    public bool IsOn { get; init; } = SocketThreads.Work && Environment.ProcessorCount > 1;

    /// <summary>
    /// Passes a call on. If it is that of the only request in progress, and of the client that this thread served last, the thread looks for its answer as soon as it
    /// has sent it. A request with a body is left alone: between its headers and its end lies what its client takes its time for.
    /// </summary>
    public Task CallAsync(RequestDelegate next, HttpContext context)
    {
        if (!IsOn || !requests.Are(1) || !IsLastClient(context) || context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false })
        {
            return next(context);
        }

        _isCalling = true;
        try
        {
            return next(context);
        }
        finally
        {
            _isCalling = false;
        }
    }

    /// <summary>Whether this thread is about to send such a call. Says so once.</summary>
    public static bool TryTakeCall()
    {
        var isCalling = _isCalling;
        _isCalling = false;
        return isCalling;
    }

    /// <summary>Looks for the answer to the only request in progress.</summary>
    public void AwaitAnswer(Socket upstream, ref Backoff backoff) => _hasFound = Poll(upstream, inProgress: 1, ref backoff);

    /// <summary>
    /// Looks for the next request of a client whose last one this thread has just answered by <see cref="AwaitAnswer"/>: it is still within what brought that one, and will go on
    /// with what it finds.
    /// </summary>
    public bool AwaitRequest(Socket client, ref Backoff backoff)
    {
        var hasFound = _hasFound;
        _hasFound = false;
        return hasFound && Poll(client, inProgress: 0, ref backoff);
    }

    // With several clients each would wait for another's answer: the thread that looks is the one that would take up their requests.
    private static bool IsLastClient(HttpContext context)
    {
        var client = context.Connection.Id;
        var isLast = ReferenceEquals(client, _client);
        _client = client;
        return isLast;
    }

    private bool Poll(Socket socket, int inProgress, ref Backoff backoff)
    {
        if (!requests.Are(inProgress) || backoff.ShouldSkip())
        {
            return false;
        }

        var found = false;
        try
        {
            // The machine's own clock: one that somebody stops would hold the thread.
            var began = TimeProvider.System.GetTimestamp();
            do
            {
                found = socket.Poll(0, SelectMode.SelectRead);
            }
            while (!found && requests.Are(inProgress) && TimeProvider.System.GetElapsedTime(began) < Patience);
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Cut meanwhile: whoever reads is told.
        }

        backoff.Learn(found);
        return found;
    }

    /// <summary>For how long one connection is left alone that let somebody look in vain: once, and twice as often each time, up to 64 times.</summary>
    public struct Backoff
    {
        private int _left;
        private int _times;

        internal bool ShouldSkip() => _left > 0 && _left-- > 0;

        internal void Learn(bool found)
        {
            _times = found ? 0 : Math.Clamp(_times * 2, 1, 64);
            _left = _times;
        }
    }
}
