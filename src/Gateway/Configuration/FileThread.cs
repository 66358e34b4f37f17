namespace EventGateway.Gateway.Configuration;

/// <summary>
/// A thread for what may hang for good, as reads of files do: the pool of a small machine has no more than one or two to lose. One waits for what
/// comes next; another is started only while that one is busy or hangs. A new thread for each look, eight times a second, was a good part of
/// what an idle gateway used.
/// </summary>
internal sealed class FileThread
{
    private static FileThread? _waiting;   // at most one

    [ThreadStatic]
    private static FileThread? _own;

    private readonly object _gate = new();
    private Task? _next;   // of its own thread alone while it works, guarded by _gate while it waits

    /// <summary>
    /// Runs <paramref name="action"/> at once. What awaits it goes on on the same thread; what that has to run in turn is run there when it awaits:
    /// file after file is looked at without waking anybody in between.
    /// </summary>
    public static Task<T> Run<T>(Func<T> action)
    {
        var task = new Task<T>(action);
        if (_own is { _next: null } own)
        {
            own._next = task;
        }
        else if (Interlocked.Exchange(ref _waiting, null) is { } waiting)
        {
            lock (waiting._gate)
            {
                waiting._next = task;
                Monitor.Pulse(waiting._gate);
            }
        }
        else
        {
            var thread = new FileThread { _next = task };
            new Thread(thread.Serve) { IsBackground = true, Name = "files" }.Start();
        }

        return task;
    }

    private void Serve()
    {
        _own = this;
        do
        {
            while (_next is { } task)
            {
                _next = null;
                task.RunSynchronously(TaskScheduler.Default);
            }
        }
        while (Interlocked.CompareExchange(ref _waiting, this, null) is null && WaitForNext());
    }

    private bool WaitForNext()
    {
        lock (_gate)
        {
            while (_next is null)
            {
                Monitor.Wait(_gate);
            }
        }

        return true;
    }
}
