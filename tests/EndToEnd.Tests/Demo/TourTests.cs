using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Demo;

/// <summary>The tour that the Demo prints: every command of it, copied into a shell, shows what its heading promises.</summary>
public sealed partial class TourTests(DemoFixture demo) : IClassFixture<DemoFixture>
{
    private const string AllIsWell = """{"getUsers":{"failureShare":0},"getEvents":{"failureShare":0}}""";

    [Fact]
    public void Tour_Printed_HasFiveCommandsBothAddressesAndTheShorterWait()
    {
        Assert.Equal(5, demo.Commands.Count);
        Assert.All(demo.Commands, command => Assert.Contains(demo.Gateway.Authority, command, StringComparison.Ordinal));
        Assert.NotEqual(demo.Gateway, demo.EventApi);
        Assert.Contains(demo.Tour, line => line.Contains("waits 1 s", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 4)]
    public async Task Command_OfAList_ShowsIt(int number, int entries)
    {
        await CalmEventApiAsync();
        var (head, body) = Split(await RunAsync(number));
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.True(JsonNode.Parse(body)!.AsArray().Count >= entries);   // the loop may have added some
    }

    [Fact]
    public async Task Command_OfTheAggregation_ShowsAllEventsInTheTimeOfOne()
    {
        var shortest = double.MaxValue;
        for (var i = 0; i < 3; i++)   // a cold process compiles
        {
            var (head, body) = Split(await RunAsync(3));
            var lines = body.TrimEnd().Split('\n');
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
            Assert.Equal(["Event 1", "Event 1"], JsonNode.Parse(lines[0])!.AsArray().Take(2).Select(e => (string?)e!["name"]));
            shortest = Math.Min(shortest, double.Parse(lines[^1].Split(' ')[0], CultureInfo.InvariantCulture));
        }

        Assert.InRange(shortest, 0.45, 1.0);   // timers may be a little early; one event after the other takes more
    }

    [Fact]
    public async Task Command_OfTheMetrics_ShowsTheBreakersState()
    {
        var lines = (await RunAsync(4)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Contains("gateway_breaker_", line, StringComparison.Ordinal));
        Assert.Single(lines, line => CurrentState().IsMatch(line));
    }

    [Fact]
    public async Task Command_OfTheBreaker_ShowsClosedOpenHalfOpenClosed()
    {
        await ResetEventApiAsync();
        var lines = (await RunAsync(5)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToList();

        // The loop looks about twice a second. On a busy machine the first wait, one second, may go by between two looks; the longer ones don't.
        var states = lines.Select(line => line[0]).ToList();
        var meanwhile = states.SkipWhile(state => state == "CLOSED").TakeWhile(state => state != "CLOSED").ToList();
        Assert.Equal("CLOSED", states[0]);
        Assert.Equal(["HALF_OPEN", "OPEN"], meanwhile.Distinct().Order());
        Assert.Contains("CLOSED", states.Skip(states.IndexOf(meanwhile[0])));

        // Until it opens, the answers are the event API's.
        Assert.Equal(["200", "200", "200", "200", "200", "503", "503", "503"], lines.Take(8).Select(line => line[1]));
    }

    [Fact]
    public async Task Metrics_OfTheGateway_DontCountTheMocksRequests()
    {
        await CalmEventApiAsync();
        using var client = new HttpClient { BaseAddress = demo.Gateway };
        await client.GetStringAsync("/getEventsByUserId/2", TestContext.Current.CancellationToken);
        var requests = (await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Split('\n')
            .Where(line => line.StartsWith("http_server_", StringComparison.Ordinal)).ToList();
        Assert.Contains(requests, line => line.Contains("getEventsByUserId", StringComparison.Ordinal));
        Assert.DoesNotContain(requests, line => line.Contains("getUserById", StringComparison.Ordinal));
        Assert.DoesNotContain(requests, line => line.Contains("getEventById", StringComparison.Ordinal));
    }

    private async Task<string> RunAsync(int number)
    {
        Assert.SkipUnless(Launch.OnPath("bash") && Launch.OnPath("curl"), "The tour is for a shell: bash or curl isn't there.");
        var ended = await new Launch("bash", "-c", demo.Commands[number - 1]).RunAsync();
        Assert.Equal(0, ended.ExitCode);
        return string.Join('\n', ended.Output);
    }

    private async Task CalmEventApiAsync()
    {
        using var client = new HttpClient();
        using var dials = new StringContent(AllIsWell);
        using var response = await client.PutAsync(new Uri(demo.EventApi, "/__mock/faults"), dials, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private async Task ResetEventApiAsync()
    {
        using var client = new HttpClient();
        var address = new Uri(demo.EventApi, "/__mock/reset");
        using var response = await client.PostAsync(address, content: null, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private static (string Head, string Body) Split(string response)
    {
        var parts = response.Split("\n\n", 2);
        return (parts[0], parts[1]);
    }

    [GeneratedRegex("""^gateway_breaker_state\{breaker="addEvent",state="[a-z_]+"\} 1$""")]
    private static partial Regex CurrentState();
}
