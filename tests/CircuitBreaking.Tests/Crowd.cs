namespace EventGateway.CircuitBreaking.Tests;

/// <summary>Threads that start at the same moment.</summary>
internal static class Crowd
{
    public static void Run(int count, Action<int> body)
    {
        using var barrier = new Barrier(count);
        var errors = new List<Exception>();   // guarded by itself
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            barrier.SignalAndWait();
            try
            {
                body(i);
            }
            catch (Exception e)
            {
                lock (errors)
                {
                    errors.Add(e);
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.Empty(errors);
    }
}
