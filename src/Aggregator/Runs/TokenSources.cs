using System.Collections.Concurrent;

namespace EventGateway.Aggregator;

/// <summary>
/// Sources of tokens that end with time, used again. A new one for each call would be 0.3 kB of it: the source, its timer, and the places of those who
/// register with it.
/// </summary>
internal static class TokenSources
{
    private const int Most = 1024;   // that wait for their next use

    private static readonly ConcurrentQueue<CancellationTokenSource> Free = new();

    /// <summary>One that has this time from now on. It goes back once, when nobody will register with it or cancel it any more.</summary>
    public static CancellationTokenSource Rent(TimeSpan timeout, TimeProvider time)
    {
        if (time != TimeProvider.System || !Free.TryDequeue(out var source))
        {
            return new(timeout, time);
        }

        source.CancelAfter(timeout);
        return source;
    }

    public static void Return(CancellationTokenSource source)
    {
        // One that was cancelled can't be, and neither can one with another timer than the system's.
        if (source.TryReset() && Free.Count < Most)
        {
            Free.Enqueue(source);
        }
        else
        {
            source.Dispose();
        }
    }

    /// <summary>Cancels the source when the token is, until the registration is disposed of.</summary>
    public static CancellationTokenRegistration CancelWith(this CancellationTokenSource source, CancellationToken token) =>
        token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);
}
