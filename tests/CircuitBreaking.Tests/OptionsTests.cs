using EventGateway.Testing;

namespace EventGateway.CircuitBreaking.Tests;

public class OptionsTests
{
    [Fact]
    public void Constructor_Defaults_AreThoseOfTheOriginal()
    {
        var options = new CircuitBreakerOptions();

        Assert.Equal(3, options.FailureThreshold);
        Assert.Equal(TimeSpan.FromSeconds(30), options.FailureWindow);
        Assert.Equal(TimeSpan.FromSeconds(10), options.ResetTimeout);
        Assert.Equal(TimeSpan.FromSeconds(60), options.MaxResetTimeout);
        Assert.Equal(0.1, options.Jitter);
        Assert.Equal(1, options.HalfOpenMaxProbes);
        Assert.Equal(1, options.SuccessesToClose);
        Assert.Equal(TimeSpan.FromSeconds(35), options.ProbeTimeout);
        Assert.Equal((0, null, null, null), (options.MinimumFailureRatio, options.FailureRatio, options.SlowCallDuration, options.SlowCallRatio));
        Assert.Equal((20, CircuitMode.Automatic), (options.MinimumCalls, options.Mode));
        Make(options);
    }

    [Fact]
    public void Constructor_EverySettingAtItsBounds_IsAccepted()
    {
        var (least, most) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        Make(new CircuitBreakerOptions
        {
            FailureThreshold = 1,
            FailureWindow = least,
            ResetTimeout = least,
            MaxResetTimeout = least,
            Jitter = 0,
            MinimumFailureRatio = 0,
            FailureRatio = double.Epsilon,
            SlowCallDuration = least,
            SlowCallRatio = double.Epsilon,
            MinimumCalls = 1,
            ProbeTimeout = least * 2,
        });
        Make(new CircuitBreakerOptions
        {
            FailureThreshold = 10_000,
            FailureWindow = most,
            ResetTimeout = most,
            MaxResetTimeout = most,
            Jitter = 0.9,
            HalfOpenMaxProbes = 1000,
            SuccessesToClose = 1000,
            MinimumFailureRatio = 1,
            FailureRatio = 1,
            SlowCallDuration = most - least,
            SlowCallRatio = 1,
            MinimumCalls = 1_000_000,
            ProbeTimeout = most,
        });
    }

    [Fact]
    public void Constructor_EverySettingOutOfBounds_NamesEachOne()
    {
        var options = new CircuitBreakerOptions
        {
            FailureThreshold = 0,
            FailureWindow = TimeSpan.Zero,
            ResetTimeout = TimeSpan.FromDays(2),
            MaxResetTimeout = TimeSpan.FromTicks(-1),
            Jitter = double.NaN,
            HalfOpenMaxProbes = 1001,
            SuccessesToClose = -1,
            ProbeTimeout = TimeSpan.FromDays(1) + TimeSpan.FromTicks(1),
            MinimumFailureRatio = 1.01,
            FailureRatio = 0,
            SlowCallDuration = TimeSpan.Zero,
            SlowCallRatio = double.NaN,
            MinimumCalls = 0,
            Mode = (CircuitMode)9,
        };

        var message = Assert.Throws<ArgumentException>(() => Make(options)).Message;

        Assert.All(
            typeof(CircuitBreakerOptions).GetProperties().Where(p => p.Name != nameof(CircuitBreakerOptions.Mode)),
            property => Assert.Contains($"field {property.Name} must be", message, StringComparison.Ordinal));
        Assert.Contains("Mode (9) is no mode.", message, StringComparison.Ordinal);
        Assert.Contains("ResetTimeout (2.00:00:00) is longer than MaxResetTimeout (-00:00:00.0000001).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_ResetTimeoutAboveTheMaximum_NamesBothKeysAndValues()
    {
        var options = new CircuitBreakerOptions { ResetTimeout = TimeSpan.FromSeconds(61) };

        var message = Assert.Throws<ArgumentException>(() => Make(options)).Message;

        Assert.Equal(
            "Invalid circuit breaker options. ResetTimeout (00:01:01) is longer than MaxResetTimeout (00:01:00).", message);
    }

    [Theory]
    [InlineData(0.5, null, "SlowCallRatio is set and SlowCallDuration is not: slow calls are judged by both.")]
    [InlineData(null, 1, "SlowCallDuration is set and SlowCallRatio is not: slow calls are judged by both.")]
    [InlineData(0.5, 35, "SlowCallDuration (00:00:35) is not shorter than ProbeTimeout (00:00:35): no call takes that long.")]
    public void Constructor_SlowCallRuleThatCannotHold_NamesBothKeys(double? ratio, int? seconds, string problem)
    {
        var options = new CircuitBreakerOptions
        {
            SlowCallRatio = ratio,
            SlowCallDuration = seconds is { } s ? TimeSpan.FromSeconds(s) : null,
        };

        Assert.Equal($"Invalid circuit breaker options. {problem}", Assert.Throws<ArgumentException>(() => Make(options)).Message);
    }

    [Fact]
    public void Constructor_OptionsChangeAfterwards_TheBreakerHasItsOwnCopy()
    {
        var options = new CircuitBreakerOptions();
        var breaker = Make(options);
        options.FailureThreshold = 9;

        Assert.Equal(3, breaker.GetStatus().FailureThreshold);
    }

    private static CircuitBreaker Make(CircuitBreakerOptions options) => new("test", options, new ManualClock(), () => 0);
}
