using EventGateway.Gateway.Commands.Simulate;

namespace EventGateway.Gateway.Tests.Commands;

public sealed class SimulationScriptTests
{
    [Fact]
    public void Parse_EveryKindOfStep_IsUnderstood() => Assert.Equal(
        [
            new(2, "ok", SimulationVerb.Ok, TimeSpan.Zero, 1),
            new(3, "ok 800ms", SimulationVerb.Ok, TimeSpan.FromMilliseconds(800), 1),
            new(5, "fail 2s x3", SimulationVerb.Fail, TimeSpan.FromSeconds(2), 3),
            new(6, "fail x2 1.5s", SimulationVerb.Fail, TimeSpan.FromSeconds(1.5), 2),
            new(7, "TIMEOUT 30s", SimulationVerb.Timeout, TimeSpan.FromSeconds(30), 1),
            new(8, "wait 2m", SimulationVerb.Wait, TimeSpan.FromMinutes(2), 1),
        ],
        Parse("# a comment\nok\nok 800ms   # another\r\n\n  fail\t2s   x3\nfail x2 1.5s\nTIMEOUT 30s\nwait 2m"));

    [Theory]
    [InlineData("fial", "'fial' is no step.")]
    [InlineData("3", "'3' is no step.")]
    [InlineData("ok,fail", "'ok,fail' is no step.")]
    [InlineData("fail x0", "'x0' is no count: x1 to x100000.")]
    [InlineData("fail x100001", "'x100001' is no count: x1 to x100000.")]
    [InlineData("fail x99999999999999999999", "'x99999999999999999999' is no count: x1 to x100000.")]
    [InlineData("fail x2 x3", "'x3' can't follow here.")]
    [InlineData("fail 1s 2s", "'2s' can't follow here.")]
    [InlineData("ok -1s", "'-1s' can't follow here.")]
    [InlineData("ok soon", "'soon' can't follow here.")]
    [InlineData("ok 1h", "'1h' is no duration: a number and ms, s or m, as in 800ms, at most 24 h.")]
    [InlineData("ok 1", "'1' is no duration: a number and ms, s or m")]
    [InlineData("ok 1.2.3s", "'1.2.3s' is no duration: a number and ms, s or m")]
    [InlineData("ok 99999999999999999999999999999999999999s", "is no duration: a number and ms, s or m")]
    [InlineData("wait 1440.1m", "'1440.1m' is no duration: a number and ms, s or m, as in 800ms, at most 24 h.")]
    [InlineData("wait", "how long?")]
    [InlineData("wait x3", "'x3' can't follow here.")]
    public void Parse_Mistake_IsNamedWithItsLine(string line, string problem)
    {
        var problems = new List<string>();
        Assert.Single(SimulationScript.Parse("outage.txt", $"ok\n{line}\n", problems));
        Assert.StartsWith("outage.txt:2: ", Assert.Single(problems), StringComparison.Ordinal);
        Assert.Contains(problem, problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_SeveralMistakes_AreAllNamed()
    {
        var problems = new List<string>();
        SimulationScript.Parse("s", "a\nok\nb", problems);
        Assert.Equal(["s:1", "s:3"], problems.Select(p => p[..3]));
    }

    [Fact]
    public void Parse_MoreCallsThanAScriptMayHave_SaysSoOnce()
    {
        var problems = new List<string>();
        SimulationScript.Parse("s", "ok x100000\nwait 1s\nok\nok", problems);
        Assert.StartsWith("s:3: with this line there are more than 100 000 calls", Assert.Single(problems), StringComparison.Ordinal);
    }

    private static IReadOnlyList<SimulationStep> Parse(string text)
    {
        var problems = new List<string>();
        var steps = SimulationScript.Parse("script", text, problems);
        Assert.Empty(problems);
        return steps;
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n\n")]
    public void Parse_WithoutAStep_SaysSo(string script)
    {
        var problems = new List<string>();

        SimulationScript.Parse("script", script, problems);

        Assert.StartsWith("script: there is no step.", Assert.Single(problems), StringComparison.Ordinal);
    }
}
