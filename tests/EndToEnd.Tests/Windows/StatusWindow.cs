using System.Text.Json.Nodes;

namespace EventGateway.EndToEnd.Tests.Windows;

/// <summary>Reads along what the status page is sent, from the first report to the last.</summary>
internal sealed class StatusWindow : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();
    private readonly List<JsonNode> _reports = [];   // guarded by _gate
    private readonly Task _reading;
    private TaskCompletionSource _news = NewSignal();   // guarded by _gate; completes with the next report

    public StatusWindow(HttpClient management) => _reading = ReadAsync(management);

    /// <summary>Every report so far.</summary>
    public IReadOnlyList<JsonNode> Reports
    {
        get
        {
            lock (_gate)
            {
                return [.. _reports];
            }
        }
    }

    public static DateTimeOffset Moment(JsonNode? milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds!);

    /// <summary>Waits for the next report that is as wanted.</summary>
    public async Task<JsonNode> UntilAsync(Predicate<JsonNode> wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (true)
        {
            Task news;
            lock (_gate)
            {
                news = _news.Task;
            }

            await news.WaitAsync(limit.Token);
            var last = Reports[^1];
            if (wanted(last))
            {
                return last;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    private async Task ReadAsync(HttpClient management)
    {
        await using var stream = await management.GetStreamAsync("/status/events", _closed.Token);
        using var reader = new StreamReader(stream);
        var name = "";
        while (await reader.ReadLineAsync(_closed.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line["event: ".Length..];
            }
            else if (name == "report" && line.StartsWith("data: ", StringComparison.Ordinal))
            {
                Take(JsonNode.Parse(line["data: ".Length..])!);
            }
        }
    }

    private void Take(JsonNode report)
    {
        lock (_gate)
        {
            _reports.Add(report);
            _news.SetResult();
            _news = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
