using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>Prometheus' own judge of its files.</summary>
internal static class Promtool
{
    /// <summary>Runs it to its end; the test is skipped where it isn't installed.</summary>
    public static Task<Ended> RunAsync(params IEnumerable<string> arguments)
    {
        Assert.SkipUnless(PrometheusServer.IsInstalled, PrometheusServer.Missing);
        return new Launch("promtool", arguments).RunAsync();
    }

    /// <summary>Judges a page of metrics.</summary>
    public static Task<Ended> CheckMetricsAsync(string page)
    {
        Assert.SkipUnless(PrometheusServer.IsInstalled, PrometheusServer.Missing);
        return new Launch("sh", "-c", "promtool check metrics < page.txt") { Files = { ["page.txt"] = page } }.RunAsync();
    }
}
