using System.Globalization;
using EventGateway.Gateway.Telemetry.Tracing;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Takes up edits of the file, and of <c>.env</c>, while the gateway runs. It compares their bytes a few times a second: whatever an
/// editor, a <c>mv</c> or a swapped symlink does, the bytes tell, where file system events differ between all of these.
/// </summary>
/// <remarks>No <see cref="BackgroundService"/>: the host takes one for failed that is stopped before its thread has begun.</remarks>
internal sealed partial class ConfigurationWatcher(
    ConfigurationSource source, GatewayPlan initial, LiveConfiguration live, ConfigurationMetrics metrics, TimeProvider time,
    ILogger<ConfigurationWatcher> logger)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly WatchedFile _file = new(source.File, File.ReadAllBytes, time);
    private readonly WatchedFile _dotEnv = new(source.DotEnvFile, EnvironmentFile.ReadText, time);
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = Task.Run(() => WatchAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _stopping.Cancel();   // of a start that failed, nobody stops anything
        _stopping.Dispose();
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        var seen = live.Current.Fingerprint;
        string? wrongBefore = null;
        using var timer = new PeriodicTimer(Interval, time);
        await using var stop = stopping.Register(timer.Dispose);   // ends the loop without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            if (await LookAsync(stopping) is not { } look)
            {
                continue;
            }

            if (look.Fingerprint == seen)
            {
                wrongBefore = null;   // what was wrong for one look was a writer at work, each time anew
                continue;
            }

            var (plan, problems) = Load(look);
            if (plan is null && look.Fingerprint != wrongBefore)
            {
                // Perhaps half-written: only what stays wrong is a mistake.
                wrongBefore = look.Fingerprint;
                continue;
            }

            seen = look.Fingerprint;
            wrongBefore = null;
            await TakeUpAsync(look.Edited, plan, problems);
        }
    }

    // Null while one of the files doesn't say what it has.
    private async Task<Look?> LookAsync(CancellationToken stopping)
    {
        if (await _file.LookAsync(stopping) is not { } file || await _dotEnv.LookAsync(stopping) is not { } dotEnv)
        {
            return null;
        }

        if (file.Bytes is null || dotEnv.Fault is not null)
        {
            return new Look(file.Bytes is null ? _file.Path : _dotEnv.Path, null, file.Fault ?? dotEnv.Fault!);
        }

        var text = new ConfigurationText(file.Bytes, dotEnv.Bytes);
        return new Look(text.Hash == live.Current.Hash ? _dotEnv.Path : _file.Path, text, text.Fingerprint);
    }

    private async Task TakeUpAsync(string edited, GatewayPlan? plan, IReadOnlyList<string> problems)
    {
        using var _ = ReloadSpan.Start();
        if (plan is null)
        {
            Reject(edited, problems);
            return;
        }

        if (plan.Fingerprint == live.Current.Fingerprint)
        {
            live.Confirm();
            Reloaded(ReloadResult.Unchanged);
            Log.Unchanged(logger, source.File);
            return;
        }

        try
        {
            await live.ApplyAsync(plan);
            Reloaded(ReloadResult.Applied);
            Log.Applied(logger, edited, plan.Hash);
            Warn(edited, plan, problems);
        }
        catch (Exception e)
        {
            Reject(edited, [.. (e is AggregateException many ? many.Flatten().InnerExceptions : [e]).Select(cause => cause.Message)]);
        }
    }

    private void Warn(string edited, GatewayPlan plan, IReadOnlyList<string> warnings)
    {
        if (warnings.Count > 0)
        {
            Log.Warnings(logger, edited, string.Join(Environment.NewLine, warnings));
        }

        if (plan.Options.Port != initial.Options.Port)
        {
            Log.PortNeedsRestart(logger, plan.Options.Port, initial.Options.Port);
        }

        if (plan.Https.Port != initial.Https.Port)
        {
            Log.HttpsPortNeedsRestart(logger, TextOf(plan.Https.Port), TextOf(initial.Https.Port));
        }

        var (wanted, listening) = (plan.Options, initial.Options);
        if ((wanted.ManagementPort, wanted.ManagementAddress) != (listening.ManagementPort, listening.ManagementAddress))
        {
            Log.ManagementNeedsRestart(logger, wanted.ManagementAddress, wanted.ManagementPort, listening.ManagementAddress, listening.ManagementPort);
        }

        if (wanted.Limits.OfServer != listening.Limits.OfServer)
        {
            Log.LimitsNeedRestart(logger);
        }
    }

    private static string TextOf(int? port) => port?.ToString(CultureInfo.InvariantCulture) ?? "off";

    private void Reject(string edited, IReadOnlyList<string> problems)
    {
        live.Reject(new RejectedConfiguration(time.GetUtcNow(), problems));
        Reloaded(ReloadResult.Rejected);
        Log.Rejected(logger, edited, string.Join(Environment.NewLine, problems));
    }

    private void Reloaded(ReloadResult result)
    {
        metrics.Reloaded(result);
        ReloadSpan.Finish(result);
    }

    private (GatewayPlan? Plan, IReadOnlyList<string> Problems) Load(Look look)
    {
        if (look.Text is null)
        {
            return (null, [look.Fingerprint]);
        }

        try
        {
            var loaded = source.Load(look.Text);
            return (loaded.Plan, [.. loaded.Problems.Select(p => p.ToString())]);
        }
        catch (Exception e)
        {
            return (null, [e.Message]);
        }
    }

    // Where there is no text, why not stands for its fingerprint.
    private sealed record Look(string Edited, ConfigurationText? Text, string Fingerprint);

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

        [LoggerMessage(EventId = 406, EventName = "ManagementNeedsRestart", Level = LogLevel.Warning,
            Message = "Management at {Address}, port {Port} is configured and goes on at {ListeningAddress}, port {Listening}: a new place needs a restart.")]
        public static partial void ManagementNeedsRestart(ILogger logger, string address, int port, string listeningAddress, int listening);

        [LoggerMessage(EventId = 407, EventName = "LimitsNeedRestart", Level = LogLevel.Warning,
            Message = "Limits of connections, of their times and of requests' heads have changed, and the gateway goes on with the former ones: these need a restart.")]
        public static partial void LimitsNeedRestart(ILogger logger);

        [LoggerMessage(EventId = 408, EventName = "HttpsPortNeedsRestart", Level = LogLevel.Warning,
            Message = "Https.Port {Port} is configured, and the gateway goes on with {Listening}: a new port for HTTPS needs a restart.")]
        public static partial void HttpsPortNeedsRestart(ILogger logger, string port, string listening);
    }
}
