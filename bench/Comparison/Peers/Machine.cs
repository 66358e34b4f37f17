using System.Globalization;

namespace EventGateway.Comparison.Peers;

/// <summary>What the whole machine has done so far.</summary>
internal static class Machine
{
    private const double TicksPerSecond = 100;

    public static string Description
    {
        get
        {
            var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor";
            return $"{model}, {Environment.ProcessorCount} cores, {Environment.OSVersion.VersionString}, .NET {Environment.Version}";
        }
    }

    /// <summary>Processor time since it started, in seconds: what was used, and all there was.</summary>
    public static (double Busy, double Total) ProcessorSeconds
    {
        get
        {
            // cpu user nice system idle iowait irq softirq steal; guests are among user's
            var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            return ((ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond, ticks.Sum() / TicksPerSecond);
        }
    }
}
