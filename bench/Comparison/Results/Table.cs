using System.Globalization;

namespace EventGateway.Comparison.Results;

/// <summary>Results as text: Markdown that also reads well on a terminal.</summary>
internal static class Table
{
    public static void Write(TextWriter output, ScenarioResult result)
    {
        output.WriteLine();
        output.WriteLine($"### {result.Name}: {result.Title}");
        output.WriteLine();
        if (result.Peers.Any(peer => peer.Visits.Any(visit => visit.Requests > 1)))
        {
            WriteTraffic(output, result);
        }
        else
        {
            WriteStarts(output, result);
        }

        if (result.Verdicts.Count > 0)
        {
            output.WriteLine();
            WriteRows(output,
            [
                ["", "is", "must", "aim", ""],
                .. result.Verdicts.Select(verdict => (string[])[verdict.What, Figure(verdict.Value), Figure(verdict.Must), Figure(verdict.Aim), verdict.Outcome]),
            ]);
        }
    }

    private static void WriteStarts(TextWriter output, ScenarioResult result)
    {
        WriteRows(output,
        [
            ["", "ms", "least", "CPU ms", "RSS MB", "PSS MB"],
            .. result.Peers.Select(peer => (string[])
            [
                peer.Name,
                Number(peer.P50Microseconds / 1_000, "0"),
                Number(peer.Times[0].TotalMilliseconds, "0"),
                Number(peer.ProcessorMicroseconds / 1_000, "0"),
                Number(peer.Rss / 1e6, "0"),
                Number(peer.Pss / 1e6, "0"),
            ]),
        ]);
        output.WriteLine();
        output.WriteLine($"{result.Peers[0].Visits.Count} starts each, the median of them, and the least.");
    }

    private static void WriteTraffic(TextWriter output, ScenarioResult result)
    {
        var reference = result.Find(result.Reference);
        List<string[]> rows = [["", "req/s", "CPU µs", $"of {result.Reference}", "minima", "alloc B", "RSS MB", "p50 µs", "p99 µs", "p99.9 µs"]];
        foreach (var peer in result.Peers)
        {
            var ratio = reference is null ? new Ratio(double.NaN, double.NaN) : ScenarioResult.ProcessorRatio(peer, reference);
            rows.Add(
            [
                peer.Unexpected > 0 ? $"{peer.Name} ({peer.Unexpected} wrong)" : peer.Name,
                Number(peer.RequestsPerSecond, "0"),
                Number(peer.ProcessorMicroseconds, "0.0"),
                Number(ratio.Median, "0.00"),
                Number(ratio.Minima, "0.00"),
                Number(peer.AllocatedPerRequest, "0"),
                Number(peer.Rss / 1e6, "0"),
                Number(peer.P50Microseconds, "0"),
                Number(peer.P99Microseconds, "0"),
                Number(peer.P999Microseconds, "0"),
            ]);
        }

        WriteRows(output, rows);
        output.WriteLine();
        var times = result.Peers.Select(peer => peer.Rate).FirstOrDefault() is { } rate ? $"at {Number(rate, "0")} requests per second, from when each was due" : "of the visits";
        output.WriteLine($"{result.Peers.Select(peer => peer.Visits.Count).FirstOrDefault()} visits each; times {times}; the upstream's own CPU {Number(result.UpstreamProcessorMicroseconds, "0.0")} µs; other programs had {Number(100 * result.Others, "0")} % of the machine.");
    }

    private static void WriteRows(TextWriter output, List<string[]> rows)
    {
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => row[column].Length))];
        for (var i = 0; i < rows.Count; i++)
        {
            output.WriteLine($"| {string.Join(" | ", rows[i].Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])))} |");
            if (i == 0)
            {
                output.WriteLine($"|{string.Join('|', widths.Select((width, column) => column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":"))}|");
            }
        }
    }

    /// <summary>A ratio with its digits, or a count without any.</summary>
    private static string Figure(double? value) => Number(value, value >= 100 ? "0" : "0.00");

    private static string Number(double? value, string format) => value is { } number && double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "–";
}
