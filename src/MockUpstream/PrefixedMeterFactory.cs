using System.Diagnostics.Metrics;

namespace EventGateway.MockUpstream;

/// <summary>Makes meters that nobody mistakes for those of another server in the same process.</summary>
internal sealed class PrefixedMeterFactory(string prefix) : IMeterFactory
{
    private readonly Lock _gate = new();
    private readonly List<Meter> _meters = [];   // guarded by _gate

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(new MeterOptions(prefix + options.Name)
        {
            Version = options.Version,
            Tags = options.Tags,
            TelemetrySchemaUrl = options.TelemetrySchemaUrl,
            Scope = this,
        });
        lock (_gate)
        {
            _meters.Add(meter);
        }

        return meter;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _meters.ForEach(meter => meter.Dispose());
            _meters.Clear();
        }
    }
}
