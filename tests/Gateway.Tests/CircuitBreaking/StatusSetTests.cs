using EventGateway.Gateway.CircuitBreaking;

namespace EventGateway.Gateway.Tests.CircuitBreaking;

public class StatusSetTests
{
    [Theory]
    [InlineData("500-599", new[] { 500, 503, 599 }, new[] { 499, 600, 200, 0, -1, 1000 })]
    [InlineData("429,500-599", new[] { 429, 500 }, new[] { 428, 430 })]
    [InlineData(" 429 , 502 - 504 ", new[] { 429, 502, 503, 504 }, new[] { 501, 505 })]
    [InlineData("100-599", new[] { 100, 200, 599 }, new[] { 99, 600 })]
    [InlineData("503", new[] { 503 }, new[] { 502, 504 })]
    [InlineData("503-503,503", new[] { 503 }, new[] { 502, 504 })]
    public void Contains_ParsedSet_IsExact(string text, int[] members, int[] others)
    {
        Assert.True(StatusSet.TryParse(text, out var set));
        Assert.All(members, status => Assert.True(set.Contains(status)));
        Assert.All(others, status => Assert.False(set.Contains(status)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("500,")]
    [InlineData("500-")]
    [InlineData("-500")]
    [InlineData("500-502-504")]
    [InlineData("504-502")]
    [InlineData("99")]
    [InlineData("600")]
    [InlineData("500-600")]
    [InlineData("5xx")]
    [InlineData("500;501")]
    [InlineData("+500")]
    [InlineData("5e2")]
    [InlineData("99999999999")]
    public void TryParse_AnythingElse_IsRefused(string text)
    {
        Assert.False(StatusSet.TryParse(text, out var set));
        Assert.Null(set);
    }

    [Fact]
    public void ServerErrors_ByDefault_Are500To599()
    {
        Assert.All(Enumerable.Range(0, 1000), status => Assert.Equal(status is >= 500 and <= 599, StatusSet.ServerErrors.Contains(status)));
        Assert.Equal("500-599", new BreakerOptions().FailureStatuses);
    }
}
