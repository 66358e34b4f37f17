namespace EventGateway.MockUpstream;

/// <summary>Decides which calls fail. With a seed, the same ones in each run.</summary>
internal sealed class Chance(int? seed)
{
    private readonly Lock _gate = new();
    private Random _random = Start(seed);   // guarded by _gate: Random isn't made for several threads

    public bool Falls(double share)
    {
        lock (_gate)
        {
#pragma warning disable CA5394 // it decides about faults of a mock, not about secrets
            return _random.NextDouble() < share;
#pragma warning restore CA5394
        }
    }

    public void Reset()
    {
        lock (_gate)
        {
            _random = Start(seed);
        }
    }

    private static Random Start(int? seed) => seed is { } known ? new Random(known) : new Random();
}
