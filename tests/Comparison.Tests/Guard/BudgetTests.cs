using EventGateway.Comparison.Peers;
using EventGateway.Guard;

namespace EventGateway.Comparison.Tests.Guard;

public sealed class BudgetTests
{
    private static readonly Site Nowhere = new("", null, "", "", 0);

    [Theory]
    [InlineData(1000, 1000, "ok")]
    [InlineData(1000, 1062, "ok")]
    [InlineData(1000, 1063, "TOO MANY")]
    [InlineData(1000, 938, "ok")]
    [InlineData(1000, 937, "less, set it anew")]
    [InlineData(0, 0, "ok")]
    [InlineData(0, 24, "TOO MANY")]
    public async Task Measure_Bytes_AreJudgedByTheBudget(double measured, double bytes, string outcome)
    {
        var finding = await new Budget("a call", measured, (_, _) => Rounds(bytes)).MeasureAsync(Nowhere, TestContext.Current.CancellationToken);
        Assert.EndsWith($": {outcome}", finding.Text, StringComparison.Ordinal);
        Assert.Equal(outcome != "TOO MANY", finding.IsWithin);
    }

    [Fact]
    public async Task Measure_FirstRoundsTooDear_GoesOnUntilOneIsNot()
    {
        var taken = new List<double>();
        var budget = new Budget("a call", 1_000, (_, _) => Rounds(taken, 5_000, 1_200, 1_010, 900));
        Assert.Equal(1_010, (await budget.MeasureAsync(Nowhere, TestContext.Current.CancellationToken)).Bytes);
        Assert.Equal([5_000, 1_200, 1_010], taken);
    }

    [Fact]
    public async Task Measure_AllRoundsTooDear_TellsTheLeast()
    {
        var finding = await new Budget("a call", 1_000, (_, _) => Rounds(5_000, 1_340, 1_341)).MeasureAsync(Nowhere, TestContext.Current.CancellationToken);
        Assert.Equal("a call                                     1340 bytes,   1000 when its budget was set,   1062 at most: TOO MANY", finding.Text);
    }

    private static IAsyncEnumerable<double> Rounds(params double[] rounds) => Rounds([], rounds);

    private static IAsyncEnumerable<double> Rounds(List<double> taken, params double[] rounds) => rounds.ToAsyncEnumerable().Select(round =>
    {
        taken.Add(round);
        return round;
    });
}
