namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>One output of a process, line by line, as it comes.</summary>
internal sealed class ProcessLines
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];   // guarded by _gate
    private TaskCompletionSource _news = NewSignal();   // guarded by _gate; completes with the next line, or at the end
    private bool _ended;   // guarded by _gate

    public ProcessLines(StreamReader reader) => Ended = ReadAsync(reader);

    /// <summary>Completes when the process has closed this output.</summary>
    public Task Ended { get; }

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The first line that matches, which may have come already; waits for it a minute at most.</summary>
    /// <exception cref="EndOfStreamException">The output ended without it.</exception>
    /// <exception cref="TimeoutException">The minute did.</exception>
    public async Task<string> FirstAsync(Predicate<string> match)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (true)
        {
            var (found, ended, news) = Look(match);
            if (found is not null)
            {
                return found;
            }

            if (ended)
            {
                throw new EndOfStreamException($"No such line until the end in:\n{string.Join('\n', All)}");
            }

            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"No such line yet in:\n{string.Join('\n', All)}");
            }

            await news.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private (string? Found, bool Ended, Task News) Look(Predicate<string> match)
    {
        lock (_gate)
        {
            return (_lines.Find(match), _ended, _news.Task);
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Take(line);
        }

        Take(null);
    }

    private void Take(string? line)
    {
        lock (_gate)
        {
            if (line is null)
            {
                _ended = true;
            }
            else
            {
                _lines.Add(line);
            }

            _news.SetResult();
            _news = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
