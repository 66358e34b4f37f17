using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.CircuitBreaking;

public sealed class BreakerSentenceTests
{
    [Theory]
    [InlineData(3, "00:00:30", "00:00:10", "00:01:00", 1, "opens after 3 failures in 30 s, then waits 10→20→40→60 s")]
    [InlineData(1, "00:00:30", "00:00:10", "00:01:00", 1, "opens after 1 failure, then waits 10→20→40→60 s")]
    [InlineData(5, "00:00:30", "00:00:10", "00:00:10", 1, "opens after 5 failures in 30 s, then waits 10 s each time")]
    [InlineData(3, "00:00:00.500", "00:00:00.250", "00:00:02", 1, "opens after 3 failures in 500 ms, then waits 250→500 ms→1→2 s")]
    [InlineData(3, "00:05:00", "00:01:00", "00:10:00", 1, "opens after 3 failures in 5 min, then waits 60 s→2→4→8→10 min")]
    [InlineData(3, "00:00:30", "00:00:00.001", "1.00:00:00", 1, "opens after 3 failures in 30 s, then waits 1→2→4 ms→…→24 h")]
    [InlineData(3, "00:00:30", "00:00:10", "00:00:20", 2, "opens after 3 failures in 30 s, then waits 10→20 s, and closes after 2 successful probes")]
    public void Sentence_OfSettings_SaysWhenItOpensAndHowLongItWaits(
        int threshold, string window, string reset, string longest, int successes, string sentence) =>
        Assert.Equal(sentence, BreakerSentence.Of(Plan(threshold, window, reset, longest, successes)));

    [Fact]
    public void Sentence_OfFurtherRules_NamesEachOfThem() => Assert.Equal(
        "opens after 3 failures in 30 s that are at least 5 % of the calls, or when 50 % of at least 20 calls in 30 s fail, "
        + "or when 12.5 % of at least 20 calls in 30 s wait 2 s or longer for an answer, then waits 10→20→40→60 s",
        SentenceOf(new()
        {
            MinimumFailureRatio = 0.05,
            FailureRatio = 0.5,
            SlowCallRatio = 0.125,
            SlowCallDuration = TimeSpan.FromSeconds(2),
        }));

    [Theory]
    [InlineData(CircuitMode.ForcedOpen, "is forced open: refuses every call")]
    [InlineData(CircuitMode.Disabled, "is disabled: lets every call pass and counts nothing")]
    [InlineData(
        CircuitMode.MetricsOnly,
        "lets every call pass and only reports; automatic, it opens after 3 failures in 30 s, then waits 10→20→40→60 s")]
    public void Sentence_OfAMode_SaysWhatTheOperatorDecided(CircuitMode mode, string sentence) =>
        Assert.Equal(sentence, SentenceOf(new() { Mode = mode }));

    [Fact]
    public void Sentence_Waits_AreThoseOfTheBreaker()
    {
        var plan = Plan(1, "00:00:30", "00:00:03", "00:00:20", 1);
        var clock = new ManualClock();
        var breaker = new CircuitBreaker("test", plan.Settings, clock, () => 0);
        var waits = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            Assert.True(breaker.TryAcquire(out var permit, out _));
            breaker.Record(permit, CallResult.Failure(CallCause.Connect, TimeSpan.Zero));
            var wait = breaker.GetStatus().RetryAfter;
            waits.Add($"{wait.TotalSeconds}");
            clock.Advance(wait);
        }

        Assert.EndsWith($"then waits {string.Join("→", waits)} s", BreakerSentence.Of(plan), StringComparison.Ordinal);
    }

    private static string SentenceOf(CircuitBreakerOptions settings) => BreakerSentence.Of(new BreakerPlan(settings, StatusSet.ServerErrors));

    private static BreakerPlan Plan(int threshold, string window, string reset, string longest, int successes) => new(
        new CircuitBreakerOptions
        {
            FailureThreshold = threshold,
            FailureWindow = TimeSpan.Parse(window, null),
            ResetTimeout = TimeSpan.Parse(reset, null),
            MaxResetTimeout = TimeSpan.Parse(longest, null),
            SuccessesToClose = successes,
        },
        StatusSet.ServerErrors);
}
