namespace EventGateway.Gateway.Authentication;

/// <summary>
/// The keys of an issuer that has them somewhere else, as they are at present. They are fetched before anybody asks, again from time to time, and
/// when a token names a key that isn't among them. While they can't be fetched, the last ones stay good.
/// </summary>
internal sealed partial class IssuerKeys : IDisposable
{
    /// <summary>
    /// Between two fetches lies so much time at least: strangers who make key ids up neither keep the issuer busy nor us.
    /// </summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(5);

    private readonly KeySource _source;
    private readonly IKeyDocument _document;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private ITimer? _timer;           // guarded by _gate
    private Task? _fetching;          // guarded by _gate
    private long? _fetchedAt;         // guarded by _gate; when the last fetch began, or ended: one that hangs is followed by a pause, too
    private long? _toldAt;            // by the fetch, of which there is one at a time
    private volatile TokenKeys? _current;
    private volatile Failure? _failure;

    public IssuerKeys(KeySource source, TokenKeys? known, IKeyDocument document, TimeProvider time, ILogger logger)
    {
        _source = source;
        _current = known;
        _document = document;
        _time = time;
        _logger = logger;
    }

    /// <summary>Since when they can't be fetched; null while they can.</summary>
    public DateTimeOffset? FailingSince => _failure?.Since;

    /// <summary>Whether there are any, however old.</summary>
    public bool Any => _current is not null;

    /// <summary>Begins to fetch them by itself.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_timer is null)
            {
                _timer = _time.CreateTimer(_ => BeginFetch(TimeSpan.Zero), null, _document.Interval, Timeout.InfiniteTimeSpan);
                _ = _current is null ? BeginFetch(TimeSpan.Zero) : null;
            }
        }
    }

    /// <summary>The keys: at once if there are any, else as soon as they are here. Null if none can be had for the time being.</summary>
    public async ValueTask<TokenKeys?> GetAsync(CancellationToken cancellationToken)
    {
        if (_current is { } keys)
        {
            return keys;
        }

        await BeginFetch(Pause).WaitAsync(cancellationToken);
        return _current;
    }

    /// <summary>Asks for keys that are newer than <paramref name="seen"/>, by which a token couldn't be judged; gives the same where there are none.</summary>
    public async ValueTask<TokenKeys?> RefreshAsync(TokenKeys seen, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(_current, seen))
        {
            await BeginFetch(Pause).WaitAsync(cancellationToken);
        }

        return _current;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _stopping.Cancel();
            _stopping.Dispose();   // a fetch that is under way fails, and nobody hears of it
        }
    }

    // One at a time: whoever comes meanwhile waits for the same.
    private Task BeginFetch(TimeSpan pause)
    {
        lock (_gate)
        {
            if (_fetching is { IsCompleted: false })
            {
                return _fetching;
            }

            if (_stopping.IsCancellationRequested || (_fetchedAt is { } last && _time.GetElapsedTime(last) < pause))
            {
                return Task.CompletedTask;
            }

            _fetchedAt = _time.GetTimestamp();
            return _fetching = Task.Run(FetchAsync);
        }
    }

    private async Task FetchAsync()
    {
        try
        {
            if (await _document.ReadAsync(_stopping.Token) is { } text)
            {
                Take(text);
            }

            Schedule(_document.Interval);
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested)
            {
                Fail(e);
                Schedule(Pause);
            }
        }
    }

    private void Take(string text)
    {
        if (text != _current?.Text)
        {
            _current = TokenKeyReader.ReadSet(text);
            Log.Fetched(_logger, _source.Issuer, _current.Count, _source.Address);
        }
        else if (_failure is not null)
        {
            Log.Fetched(_logger, _source.Issuer, _current.Count, _source.Address);
        }

        _failure = null;
        _toldAt = null;
    }

    private void Fail(Exception why)
    {
        _failure ??= new Failure(_time.GetUtcNow());
        if (_toldAt is { } told && _time.GetElapsedTime(told) < Reminder)
        {
            return;
        }

        _toldAt = _time.GetTimestamp();
        if (_current is null)
        {
            Log.Missing(_logger, _source.Issuer, _source.Address, why.Message);
        }
        else
        {
            Log.Stale(_logger, _source.Issuer, _source.Address, why.Message);
        }
    }

    private void Schedule(TimeSpan next)
    {
        lock (_gate)
        {
            _fetchedAt = _time.GetTimestamp();
            if (!_stopping.IsCancellationRequested)
            {
                _timer?.Change(next, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private sealed record Failure(DateTimeOffset Since);

    private static partial class Log
    {
        [LoggerMessage(EventId = 701, EventName = "KeysFetched", Level = LogLevel.Information, Message = "Issuer {Issuer} has {Count} keys at {Address}.")]
        public static partial void Fetched(ILogger logger, string issuer, int count, string address);

        [LoggerMessage(EventId = 702, EventName = "KeysMissing", Level = LogLevel.Error,
            Message = "The keys of issuer {Issuer} can't be had from {Address}, and its tokens not be judged: requests get 503. {Reason}")]
        public static partial void Missing(ILogger logger, string issuer, string address, string reason);

        [LoggerMessage(EventId = 703, EventName = "KeysStale", Level = LogLevel.Warning,
            Message = "The keys of issuer {Issuer} can't be had from {Address}; the last ones stay good. {Reason}")]
        public static partial void Stale(ILogger logger, string issuer, string address, string reason);
    }
}
