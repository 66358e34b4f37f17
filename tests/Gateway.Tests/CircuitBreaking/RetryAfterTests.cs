using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Testing;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Tests.CircuitBreaking;

public sealed class RetryAfterTests : IDisposable
{
    private readonly ManualClock _clock = new();   // Thursday, 1 January 2026, 00:00:00 GMT
    private readonly HttpResponseMessage _answer = new();

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("86400", 86_400)]
    [InlineData("86401", 86_400)]                     // nobody is left alone for longer than a day
    [InlineData("9223372036854775807", 86_400)]
    [InlineData("99999999999999999999", 86_400)]
    [InlineData("Thu, 01 Jan 2026 00:01:30 GMT", 90)]
    [InlineData("Thursday, 01-Jan-26 00:01:30 GMT", 90)]   // the obsolete forms, which recipients must still read (RFC 9110 §5.6.7)
    [InlineData("Thu Jan  1 00:01:30 2026", 90)]
    public void Of_SecondsOrDate_IsTheWait(string value, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), WaitFor(value));

    [Theory]
    [InlineData("Thu, 01 Jan 2026 00:00:00 GMT")]     // now
    [InlineData("Wed, 31 Dec 2025 23:59:59 GMT")]     // gone
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("+5")]
    [InlineData("5s")]
    [InlineData("")]
    [InlineData("soon")]
    public void Of_AnythingElse_IsNone(string value) => Assert.Null(WaitFor(value));

    [Fact]
    public void Of_NoHeader_IsNone() => Assert.Null(RetryAfter.Of(_answer, _clock));

    [Fact]
    public void Of_TwoThatDiffer_IsNone()
    {
        _answer.Headers.TryAddWithoutValidation("Retry-After", ["1", "2"]);

        Assert.Null(RetryAfter.Of(_answer, _clock));
    }

    [Fact]
    public void NameIn_RouteWithTheTransform_IsItsBreaker()
    {
        Dictionary<string, string>[] transforms = [new() { ["PathPrefix"] = "/p" }, new() { ["CircuitBreaker"] = "addEvent" }];

        Assert.Equal("addEvent", CircuitBreakerTransform.NameIn(new RouteConfig { Transforms = transforms }));
        Assert.Null(CircuitBreakerTransform.NameIn(new RouteConfig { Transforms = transforms[..1] }));
        Assert.Null(CircuitBreakerTransform.NameIn(new RouteConfig()));
    }

    public void Dispose() => _answer.Dispose();

    private TimeSpan? WaitFor(string retryAfter)
    {
        _answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return RetryAfter.Of(_answer, _clock);
    }
}
