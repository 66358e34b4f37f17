using System.Collections.Concurrent;

namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>What a client counted by itself, in the words of the metrics that must say the same.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<(string Metric, Labels Labels), int> _counts = new();

    public void Count(string metric, params IEnumerable<(string Name, string Value)> labels) => Add(metric, 1, labels);

    public void Add(string metric, int number, params IEnumerable<(string Name, string Value)> labels) =>
        _counts.AddOrUpdate((metric, new Labels(labels)), number, (_, count) => count + number);

    public IReadOnlyDictionary<Labels, int> Of(string metric) =>
        _counts.Where(entry => entry.Key.Metric == metric).ToDictionary(entry => entry.Key.Labels, entry => entry.Value);
}
