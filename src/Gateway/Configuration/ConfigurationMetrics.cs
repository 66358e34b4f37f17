using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Configuration;

/// <summary>Which configuration serves, and how reloads went.</summary>
internal sealed class ConfigurationMetrics
{
    private readonly SeriesTable _reloads = new("result");
    private readonly LiveConfiguration _live;
    private readonly TimeProvider _time;
    private long _lastSuccess;   // Unix milliseconds, by Interlocked

    public ConfigurationMetrics(IMeterFactory meters, LiveConfiguration live, TimeProvider time)
    {
        _live = live;
        _time = time;
        _lastSuccess = time.GetUtcNow().ToUnixTimeMilliseconds();
        _reloads.Declare(Enum.GetValues<ReloadResult>().Select(r => (ToLabel(r), "", "")));

        var meter = meters.Create(TelemetryRegistration.MeterName);
        meter.CreateObservableCounter("gateway.config.reloads", _reloads.Read, null, "Edits of the configuration file, by what became of them.");
        meter.CreateObservableGauge("gateway.config.last_reload_successful", () => _live.Rejected is null ? 1 : 0, null, "0 while the file on disk is refused.");
        meter.CreateObservableGauge(
            "gateway.config.last_reload_success_timestamp", () => Interlocked.Read(ref _lastSuccess) / 1000.0, "s", "When a configuration was last taken up.");
        meter.CreateObservableGauge(
            "gateway.config.info", () => new Measurement<int>(1, new KeyValuePair<string, object?>("hash", _live.Current.Hash)), null, "Which file serves.");
        var build = new Measurement<int>(1, new("version", Version), new("revision", Revision), new("runtime", RuntimeInformation.FrameworkDescription));
        meter.CreateObservableGauge("gateway.build.info", () => build, null, "What was built, and what it runs on.");
    }

    private static string Informational { get; } =
        typeof(ConfigurationMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static string Version => Informational.Split('+')[0];

    public static string Revision => Informational.Split('+') is [_, var revision] ? revision : "unknown";

    /// <summary>When what serves was last taken up, or found to be the file again; the start counts.</summary>
    public DateTimeOffset LastSuccess => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _lastSuccess));

    public void Reloaded(ReloadResult result)
    {
        _reloads.Increment(ToLabel(result));
        if (result != ReloadResult.Rejected)
        {
            Interlocked.Exchange(ref _lastSuccess, _time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    internal static string ToLabel(ReloadResult result) => result switch
    {
        ReloadResult.Applied => "applied",
        ReloadResult.Unchanged => "unchanged",
        ReloadResult.Rejected => "rejected",
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, null),
    };
}

internal enum ReloadResult
{
    Applied,
    Unchanged,
    Rejected,
}
