using System.Text;
using EventGateway.Gateway.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>
/// A gateway whose file a test edits, and which looks at it when the test says so. Its clock stands still otherwise.
/// </summary>
internal sealed class EditedGateway : IAsyncDisposable
{
    /// <summary>So often the file is looked at.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    // The watcher's events: each is logged when all else is done.
    private const int Applied = 401;
    private const int Unchanged = 402;
    private const int Rejected = 403;

    private readonly Dictionary<int, int> _told = [];   // how many of them earlier waits have seen

    private EditedGateway(TestGateway gateway, ManualClock clock, LogEntries log)
    {
        Gateway = gateway;
        Clock = clock;
        Log = log;
        Live = gateway.Services.GetRequiredService<LiveConfiguration>();
    }

    public TestGateway Gateway { get; }

    public string File => Gateway.File;

    /// <summary>The <c>.env</c> of its working directory; there is none at first.</summary>
    public string DotEnv => Path.Combine(Path.GetDirectoryName(File)!, ".env");

    public ManualClock Clock { get; }

    public LogEntries Log { get; }

    public LiveConfiguration Live { get; }

    public static async Task<EditedGateway> StartAsync(string configuration, Action<IServiceCollection>? services = null)
    {
        var clock = new ManualClock();
        var watched = new WatchedClock(clock);
        var log = new LogEntries();
        var gateway = await TestGateway.StartWithAsync(configuration, watched, all =>
        {
            all.AddSingleton<ILoggerProvider>(log);
            services?.Invoke(all);
        });
        while (await watched.NextTimerAsync(TestContext.Current.CancellationToken) != Look)
        {
            // Other parts of the gateway have timers, too.
        }

        return new EditedGateway(gateway, clock, log);
    }

    /// <summary>Puts a file with this text in the place of the gateway's.</summary>
    public void Replace(string text)
    {
        System.IO.File.WriteAllText(File + ".new", text);
        System.IO.File.Move(File + ".new", File, overwrite: true);
    }

    /// <summary>Puts a file with this text in the place of the gateway's, and waits until it serves.</summary>
    public async Task ApplyAsync(string text)
    {
        Replace(text);
        await TakesUpAsync();
        Assert.Equal(ConfigurationSource.HashOf(Encoding.UTF8.GetBytes(text)), Live.Current.Hash);
    }

    /// <summary>Looks until what is on disk has been taken up, and said to be so.</summary>
    public async Task TakesUpAsync()
    {
        await IsToldAsync(Applied);
        Assert.Null(Live.Rejected);
    }

    /// <summary>Looks until what is on disk has been found to be what serves.</summary>
    public async Task ConfirmsAsync()
    {
        await IsToldAsync(Unchanged);
        Assert.Null(Live.Rejected);
    }

    /// <summary>Looks until what is on disk has been refused, and said to be so; returns why.</summary>
    public async Task<RejectedConfiguration> RefusesAsync()
    {
        await IsToldAsync(Rejected);
        Assert.NotNull(Live.Rejected);
        return Live.Rejected;
    }

    public async Task LookUntilAsync(Func<bool> condition)
    {
        for (var patience = 5000; !condition(); patience--)
        {
            Assert.NotEqual(0, patience);
            Clock.Advance(Look);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
        }
    }

    // A look may be under way while a test edits, and have told of it before the test waits.
    private async Task IsToldAsync(int eventId)
    {
        await LookUntilAsync(() => Log.Of(eventId).Count > _told.GetValueOrDefault(eventId));
        _told[eventId] = Log.Of(eventId).Count;
    }

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}
