using EventGateway.Comparison.Results;

namespace EventGateway.Comparison.Tests.Results;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(new double[] { 3, 1, 2 }, 2)]
    [InlineData(new double[] { 4, 1, 2, 3 }, 2.5)]
    [InlineData(new double[] { 7 }, 7)]
    public void Median_InAnyOrder_IsTheMiddle(double[] values, double expected) => Assert.Equal(expected, Statistics.Median(values));

    [Fact]
    public void RatioOf_MachineThatSlowsDown_ComparesVisitByVisit()
    {
        // Half as dear in each pair, though the machine takes three times as long at the end.
        var ratio = Statistics.RatioOf([10, 20, 30], [20, 40, 60]);
        Assert.Equal(0.5, ratio.Median);
        Assert.Equal(0.5, ratio.Minima);
    }

    [Fact]
    public void RatioOf_OneVisitDisturbed_NeitherFigureSeesIt()
    {
        var ratio = Statistics.RatioOf([10, 500, 10], [10, 10, 10]);
        Assert.Equal(1, ratio.Median);
        Assert.Equal(1, ratio.Minima);
    }

    [Theory]
    [InlineData(0.5, 100, 50)]
    [InlineData(0.99, 100, 99)]
    [InlineData(0.999, 1_000, 999)]
    [InlineData(0.999, 999, null)]   // nothing would be beyond it
    [InlineData(0.5, 0, null)]
    [InlineData(0.5, 1, null)]
    public void Percentile_OfSoMany_IsWhatAllButTheOthersStayBelow(double share, int count, int? expected)
    {
        var sorted = Enumerable.Range(1, count).Select(value => TimeSpan.FromMilliseconds(value)).ToList();
        Assert.Equal(expected, Statistics.Percentile(sorted, share)?.TotalMilliseconds);
    }

    [Theory]
    [InlineData(0.8, 1.0, 0.9, "aim reached")]
    [InlineData(0.9, 1.0, 0.9, "aim reached")]
    [InlineData(0.95, 1.0, 0.9, "ok")]
    [InlineData(1.01, 1.0, 0.9, "missed")]
    [InlineData(0.95, 1.0, null, "ok")]
    [InlineData(0.95, null, 0.9, "aim missed")]
    [InlineData(double.NaN, 1.0, 0.9, "missed")]
    public void Outcome_AgainstMustAndAim_SaysWhich(double value, double? must, double? aim, string expected) =>
        Assert.Equal(expected, new Verdict("", value, must, aim).Outcome);
}
