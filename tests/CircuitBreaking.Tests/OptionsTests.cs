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
            ProbeTimeout = least,
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
        };

        var message = Assert.Throws<ArgumentException>(() => Make(options)).Message;

        Assert.All(
            typeof(CircuitBreakerOptions).GetProperties(),
            property => Assert.Contains($"field {property.Name} must be", message, StringComparison.Ordinal));
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
