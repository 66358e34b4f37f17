using System.Globalization;

namespace EventGateway.Comparison.Results;

/// <summary>Which pictures a report has.</summary>
internal static class Plots
{
    private const string Ours = "gateway";

    /// <summary>Those for which there is something to show, by their file names.</summary>
    public static IEnumerable<(string File, string Svg)> Of(Report report)
    {
        foreach (var name in (string[])["get-64", "reject", "cache", "post", "get-64k"])
        {
            if (report.Scenarios.FirstOrDefault(result => result.Name == name) is { Peers.Count: > 0 } result)
            {
                yield return ($"performance-{name}.svg", Plot.Bars($"CPU per request: {result.Title}", "µs", Ours, result.Peers.Select(peer => (peer.Name, peer.ProcessorMicroseconds))));
            }
        }

        if (report.Scenarios.FirstOrDefault(result => result.Name == "get-64") is { Peers.Count: > 0 } get)
        {
            var rate = get.Peers[0].Rate is { } perSecond ? perSecond.ToString("0", CultureInfo.InvariantCulture) : "as many as possible";
            yield return ("performance-times.svg", Plot.Lines(
                $"Time to the answer at {rate} requests per second: {get.Title}",
                "ms",
                ["p50", "p90", "p99", "p99.9"],
                [.. get.Peers.Select(peer => (peer.Name, (IReadOnlyList<double?>)
                    [peer.P50Microseconds / 1_000, peer.P90Microseconds / 1_000, peer.P99Microseconds / 1_000, peer.P999Microseconds / 1_000]))]));
        }

        if (report.Scenarios.FirstOrDefault(result => result.Name == "start") is { Peers.Count: > 0 } start)
        {
            yield return ("performance-start.svg", Plot.Bars("From start to the first answer", "ms", Ours, start.Peers.Select(peer => (peer.Name, peer.P50Microseconds!.Value / 1_000))));
            yield return ("performance-memory.svg", Plot.Bars("Resident memory at rest", "MB", Ours, start.Peers.Select(peer => (peer.Name, peer.Rss / 1e6))));
        }

        foreach (var (delay, title, unit, value) in (IEnumerable<(int, string, string, Func<PeerResult, double?>)>)
        [
            (0, "CPU per aggregation, by its events", "µs", peer => peer.ProcessorMicroseconds),
            (50, "Median of aggregations above the upstream's 50 ms, by their events", "ms", peer => (peer.P50Microseconds / 1_000) - 50),
        ])
        {
            int[] counts = [1, 5, 10, 50, 200];
            var results = counts.Select(count => report.Scenarios.FirstOrDefault(result => result.Name == string.Create(CultureInfo.InvariantCulture, $"aggregate-{count}-{delay}"))).ToList();
            string[] peers = [.. results.OfType<ScenarioResult>().SelectMany(result => result.Peers.Select(peer => peer.Name)).Distinct()];
            if (peers.Length > 0)
            {
                yield return ($"performance-aggregate-{delay}.svg", Plot.Lines(
                    title,
                    unit,
                    [.. counts.Select(count => count.ToString(CultureInfo.InvariantCulture))],
                    [.. peers.Select(name => (name, (IReadOnlyList<double?>)[.. results.Select(result => result?.Find(name) is { } peer ? value(peer) : null)]))]));
            }
        }
    }
}
