namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Takes up edits of the file while the gateway runs. It compares the file's bytes a few times a second: whatever an editor, a
/// <c>mv</c> or a swapped symlink does, the bytes tell, where file system events differ between all of these.
/// </summary>
internal sealed partial class ConfigurationWatcher(
    ConfigurationSource source, GatewayPlan initial, LiveConfiguration live, ConfigurationMetrics metrics, TimeProvider time,
    ILogger<ConfigurationWatcher> logger)
    : BackgroundService
{
    private const string Missing = "";   // in the place of a hash

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seen = live.Current.Hash;
        string? wrongBefore = null;
        using var timer = new PeriodicTimer(Interval, time);
        await using var stop = stoppingToken.Register(timer.Dispose);   // ends the loop without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            var text = await ReadAsync();
            var hash = text is null ? Missing : ConfigurationSource.HashOf(text);
            if (hash == seen)
            {
                continue;
            }

            var (plan, problems) = Load(text);
            if (plan is null && hash != wrongBefore)
            {
                // Perhaps half-written: only what stays wrong is a mistake.
                wrongBefore = hash;
                continue;
            }

            seen = hash;
            wrongBefore = null;
            await TakeUpAsync(plan, problems);
        }
    }

    private async Task TakeUpAsync(GatewayPlan? plan, IReadOnlyList<string> problems)
    {
        if (plan is null)
        {
            Reject(problems);
            return;
        }

        if (plan.Hash == live.Current.Hash)
        {
            live.Confirm();
            metrics.Reloaded(ReloadResult.Unchanged);
            Log.Unchanged(logger, source.File);
            return;
        }

        try
        {
            await live.ApplyAsync(plan);
            metrics.Reloaded(ReloadResult.Applied);
            Log.Applied(logger, source.File, plan.Hash);
            Warn(plan, problems);
        }
        catch (Exception e)
        {
            Reject([.. (e is AggregateException many ? many.Flatten().InnerExceptions : [e]).Select(cause => cause.Message)]);
        }
    }

    private void Warn(GatewayPlan plan, IReadOnlyList<string> warnings)
    {
        if (warnings.Count > 0)
        {
            Log.Warnings(logger, source.File, string.Join(Environment.NewLine, warnings));
        }

        if (plan.Options.Port != initial.Options.Port)
        {
            Log.PortNeedsRestart(logger, plan.Options.Port, initial.Options.Port);
        }
    }

    private void Reject(IReadOnlyList<string> problems)
    {
        live.Reject(new RejectedConfiguration(time.GetUtcNow(), problems));
        metrics.Reloaded(ReloadResult.Rejected);
        Log.Rejected(logger, source.File, string.Join(Environment.NewLine, problems));
    }

    private (GatewayPlan? Plan, IReadOnlyList<string> Problems) Load(byte[]? text)
    {
        if (text is null)
        {
            return (null, [$"{source.File}: the file is gone or can't be read."]);
        }

        try
        {
            var loaded = source.Load(text);
            return (loaded.Plan, [.. loaded.Problems.Select(p => p.ToString())]);
        }
        catch (Exception e)
        {
            return (null, [e.Message]);
        }
    }

    // Null stands for a file that isn't there, or can't be read.
    private async Task<byte[]?> ReadAsync()
    {
        try
        {
            return await File.ReadAllBytesAsync(source.File, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 401, EventName = "ConfigurationApplied", Level = LogLevel.Information, Message = "{File} was taken up; hash {Hash}.")]
        public static partial void Applied(ILogger logger, string file, string hash);

        [LoggerMessage(EventId = 402, EventName = "ConfigurationUnchanged", Level = LogLevel.Information, Message = "{File} is again what serves.")]
        public static partial void Unchanged(ILogger logger, string file);

        [LoggerMessage(EventId = 403, EventName = "ConfigurationRejected", Level = LogLevel.Error,
            Message = "{File} was refused; the last good configuration serves on.\n{Problems}")]
        public static partial void Rejected(ILogger logger, string file, string problems);

        [LoggerMessage(EventId = 404, EventName = "ConfigurationWarnings", Level = LogLevel.Warning,
            Message = "{File} is in force, but not all in it is right.\n{Problems}")]
        public static partial void Warnings(ILogger logger, string file, string problems);

        [LoggerMessage(EventId = 405, EventName = "PortNeedsRestart", Level = LogLevel.Warning,
            Message = "Port {Port} is configured, and the gateway goes on listening on {Listening}: a new port needs a restart.")]
        public static partial void PortNeedsRestart(ILogger logger, int port, int listening);
    }
}
