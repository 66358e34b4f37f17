namespace EventGateway.Gateway.Requests;

/// <summary>
/// Ids for new events. Their leading digits are the milliseconds since 1970 that the original API used, the last three are drawn
/// once per instance, so that replicas don't meet. They grow, never repeat, and stay below 2^53 until the year 2255, so that
/// JavaScript clients read them exactly.
/// </summary>
internal sealed class EventIdGenerator
{
    private const int Instances = 1_000;

    private readonly TimeProvider _time;
    private readonly int _instance;
    private long _lastMillisecond;   // by Interlocked

#pragma warning disable CA5394 // it keeps replicas apart; nobody gains by guessing it
    public EventIdGenerator(TimeProvider time)
        : this(time, new Random().Next(Instances))
    {
    }
#pragma warning restore CA5394

    internal EventIdGenerator(TimeProvider time, int instance)
    {
        _time = time;
        _instance = instance;
    }

    public long Next()
    {
        while (true)
        {
            var last = Interlocked.Read(ref _lastMillisecond);

            // More than one id in a millisecond, or a clock that went back: borrow from the future.
            var next = Math.Max(last + 1, _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (Interlocked.CompareExchange(ref _lastMillisecond, next, last) == last)
            {
                return (next * Instances) + _instance;
            }
        }
    }
}
