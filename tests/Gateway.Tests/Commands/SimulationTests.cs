using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Commands.Simulate;

namespace EventGateway.Gateway.Tests.Commands;

public sealed class SimulationTests
{
    [Fact]
    public void Play_UntilItOpens_CountsTheFailuresAndTellsTheWait() => Assert.Equal(
        [
            "0.000 s|1|ok|success|closed",
            "1.000 s|2|fail 1s x2|failure 1 of 3 in 30 s|closed",
            "2.000 s|2|fail 1s x2|failure 2 of 3 in 30 s|closed",
            "4.000 s|3|timeout 2s|failure 3 of 3 in 30 s|open|closed → open (failure_threshold), waits 10 s",
            "4.000 s|4|ok x3|3 × rejected, Retry-After: 10|open",
            "6.500 s|5|wait 2.5s||open",
            "6.500 s|6|ok|rejected, Retry-After: 8|open",
        ],
        Rows(Play("ok\nfail 1s x2\ntimeout 2s\nok x3\nwait 2.5s\nok")));

    [Fact]
    public void Play_FailuresFurtherApartThanTheWindow_DontOpenIt() => Assert.Equal(
        ["closed", "closed", "closed", "closed", "closed"],
        Rows(Play("fail x2\nwait 31s\nfail\nok")).Select(row => row.Split('|')[4]));

    [Fact]
    public void Play_AfterTheWait_ShowsProbesAndTheGrowingWaits() => Assert.Equal(
        [
            "10.000 s|2|wait 10s||half_open",
            "11.000 s|3|fail 1s|probe: failure|open|open → half_open (wait_over), at 10 s",
            "half_open → open (probe_failed), waits 20 s",
            "31.000 s|4|wait 20s||half_open",
            "31.000 s|5|ok x2|probe: success|closed|open → half_open (wait_over)",
            "half_open → closed (probes_succeeded)",
            "31.000 s|5|ok x2|success|closed",
        ],
        Rows(Play("fail x3\nwait 10s\nfail 1s\nwait 20s\nok x2")).Skip(3));

    [Fact]
    public void Play_ProbeLongerThanItsLease_IsLate() => Assert.Equal(
        [
            "50.000 s|3|ok 40s|late: the probe had 35 s|open|open → half_open (wait_over), at 10 s",
            "half_open → open (probe_timeout), waits 20 s, at 45 s",
            "50.000 s|4|ok|rejected, Retry-After: 15|open",
        ],
        Rows(Play("fail x3\nwait 10s\nok 40s\nok")).Skip(4));

    [Fact]
    public void Play_SeveralProbesToClose_ShowsHalfOpenInBetween()
    {
        var rows = Rows(Play("fail x3\nwait 10s\nok x2", new BreakerOptions { Jitter = 0, SuccessesToClose = 2 })).Skip(4).ToList();
        Assert.Equal("10.000 s|3|ok x2|probe: success|half_open|open → half_open (wait_over)", rows[0]);
        Assert.Equal("10.000 s|3|ok x2|probe: success|closed|half_open → closed (probes_succeeded)", rows[1]);
    }

    [Fact]
    public void Play_SlowCalls_OpenItByTheirShare()
    {
        var settings = new BreakerOptions { Jitter = 0, SlowCallDuration = TimeSpan.FromSeconds(1), SlowCallRatio = 0.5, MinimumCalls = 2 };

        Assert.Equal(
            [
                "0.100 s|1|ok 100ms|success|closed",
                "1.100 s|2|ok 1s|success, 1 of 2 slow|open|closed → open (slow_call_ratio), waits 10 s",
            ],
            Rows(Play("ok 100ms\nok 1s", settings)));
    }

    [Fact]
    public void Play_MinimumFailureRatio_ShowsWhyTheThresholdDoesNotOpenIt() => Assert.Equal(
        ["4 × success|closed", "failure 1 of 1 in 30 s, 1 of 5 failed|closed"],
        Rows(Play("ok x4\nfail", new BreakerOptions { FailureThreshold = 1, MinimumFailureRatio = 0.5 })).Select(row => string.Join('|', row.Split('|')[3..])));

    [Fact]
    public void Play_MetricsOnly_TellsWhatWouldHaveBeenAndRefusesNothing()
    {
        var played = Play("fail x3\nok\nwait 10s\nok", new BreakerOptions { Jitter = 0, Mode = CircuitMode.MetricsOnly });

        Assert.Equal(
            ["passes, where an automatic breaker would reject", "", "probe: success"], Rows(played).Skip(3).Take(3).Select(row => row.Split('|')[3]));
        Assert.Contains("5 calls, 0 of them refused. An automatic breaker would have refused 1. Open for 0 s of 10 s;", played, StringComparison.Ordinal);
    }

    [Fact]
    public void Play_Disabled_CountsNothing() => Assert.Equal(
        ["3 × failure"], Rows(Play("fail x3", new BreakerOptions { Mode = CircuitMode.Disabled })).Select(row => row.Split('|')[3]));

    [Theory]
    [InlineData("ok x3", "3 calls, 0 of them refused. Open for 0 s of 0 s; in the end closed.")]
    [InlineData("fail x3\nwait 4s\nok", "4 calls, 1 of them refused. Open for 4 s of 4 s; in the end open.")]
    [InlineData("fail x3\nwait 15s", "3 calls, 0 of them refused. Open for 10 s of 15 s; in the end half_open.")]
    [InlineData("fail x3\nwait 15s\nfail\nwait 60s\nok", "5 calls, 0 of them refused. Open for 30 s of 75 s; in the end closed.")]
    public void Play_AtTheEnd_SumsUp(string script, string sum) => Assert.Equal(sum, Play(script).TrimEnd().Split('\n')[^1]);

    [Fact]
    public void Play_WithJitter_SaysThatItIsLeftOut()
    {
        var text = Play("ok", new BreakerOptions { Jitter = 0.125 });
        Assert.Contains("(Jitter is left out: in service each wait may be up to 12.5 % shorter.)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Jitter", Play("ok"), StringComparison.Ordinal);
    }

    [Fact]
    public void Play_AsManyCallsAsAScriptMayHave_IsShortWhereTheyAreAlike() =>
        Assert.Equal(["0.000 s|1|ok x100000|100 000 × success|closed"], Rows(Play("ok x100000")));

    private static string Play(string script, BreakerOptions? settings = null)
    {
        var problems = new List<string>();
        var steps = SimulationScript.Parse("script", script, problems);
        Assert.Empty(problems);
        return Simulation.Play("addEvent", new BreakerPlan(settings ?? new BreakerOptions { Jitter = 0 }, StatusSet.ServerErrors), steps);
    }

    // The rows of the timeline, with one bar between two columns. Columns are two blanks apart, and their cells have single ones.
    private static IEnumerable<string> Rows(string text)
    {
        var lines = text.Split('\n');
        var head = Array.FindIndex(lines, line => line.TrimStart().StartsWith("time ", StringComparison.Ordinal));
        var columns = ((string[])["line", "script", "what happened", "state", "change"])
            .Select(column => lines[head].IndexOf(column, StringComparison.Ordinal))
            .ToList();
        return lines[(head + 1)..].TakeWhile(line => line.Length > 0).Select(line => string.Join(
            '|',
            columns.Prepend(0).Zip(columns.Append(int.MaxValue))
                .Where(column => column.First < line.Length)
                .Select(column => line[column.First..Math.Min(column.Second, line.Length)].Trim()))
            .Trim('|'));
    }
}
