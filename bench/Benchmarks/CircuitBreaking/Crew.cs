namespace EventGateway.Benchmarks.CircuitBreaking;

/// <summary>
/// Threads that do the same at the same moment. They wait for it between the runs: what starting them takes would be in every figure.
/// </summary>
internal sealed class Crew : IDisposable
{
    private readonly Action _work;
    private readonly Barrier _barrier;
    private readonly Thread[] _others;   // the caller is one of the crew
    private volatile bool _over;

    public Crew(int size, Action work)
    {
        _work = work;
        _barrier = new Barrier(size);
        _others = new Thread[size - 1];
        for (var i = 0; i < _others.Length; i++)
        {
            _others[i] = new Thread(WorkOn) { IsBackground = true };
            _others[i].Start();
        }
    }

    /// <summary>Has every thread work once, and returns when the last is done.</summary>
    public void Work()
    {
        _barrier.SignalAndWait();
        _work();
        _barrier.SignalAndWait();
    }

    public void Dispose()
    {
        _over = true;
        _barrier.SignalAndWait();
        Array.ForEach(_others, t => t.Join());
        _barrier.Dispose();
    }

    private void WorkOn()
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_over)
            {
                return;
            }

            _work();
            _barrier.SignalAndWait();
        }
    }
}
