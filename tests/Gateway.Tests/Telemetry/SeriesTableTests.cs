using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Tests.Telemetry;

public class SeriesTableTests
{
    private readonly SeriesTable _table = new("route", "reason");

    [Fact]
    public void Read_Declared_IsZeroFromTheStart()
    {
        _table.Declare([("a", "x", ""), ("a", "y", "")]);

        Assert.Equal(["a x 0", "a y 0"], Read());
    }

    [Fact]
    public void Increment_Declared_IsCounted()
    {
        _table.Declare([("a", "x", ""), ("b", "x", "")]);
        _table.Increment("a", "x");
        _table.Find("a", "x")!.Add(4);
        _table.Find("b", "x")!.Add(-1);

        Assert.Equal(["a x 5", "b x -1"], Read());
    }

    [Fact]
    public void Increment_Undeclared_MakesNoSeries()
    {
        _table.Increment("stranger", "x");

        Assert.Empty(Read());
    }

    [Fact]
    public void Declare_Anew_KeepsWhatStaysAndForgetsTheRest()
    {
        _table.Declare([("a", "x", ""), ("b", "x", "")]);
        _table.Increment("a", "x");
        _table.Increment("b", "x");
        _table.Declare([("b", "x", ""), ("c", "x", "")]);
        _table.Increment("a", "x");

        Assert.Equal(["b x 1", "c x 0"], Read());
    }

    [Fact]
    public void Declare_ThingThatComesBack_BeginsAtZero()
    {
        _table.Declare([("a", "x", "")]);
        _table.Increment("a", "x");
        _table.Declare([]);
        _table.Declare([("a", "x", "")]);

        Assert.Equal(["a x 0"], Read());
    }

    [Fact]
    public void Add_SeriesThatWasReplaced_LeavesTheNewOneAlone()
    {
        _table.Declare([("a", "x", "")]);
        var first = _table.Find("a", "x")!;
        first.Add(1);
        _table.Declare([]);
        _table.Declare([("a", "x", "")]);
        first.Add(-1);

        Assert.Equal(["a x 0"], Read());
    }

    [Fact]
    public void Increment_FromManyThreads_LosesNothing()
    {
        _table.Declare([("a", "x", "")]);

        Parallel.For(0, 100_000, _ => _table.Increment("a", "x"));

        Assert.Equal(["a x 100000"], Read());
    }

    private IEnumerable<string> Read() => _table.Read()
        .Select(m => $"{string.Join(' ', m.Tags.ToArray().Select(t => t.Value))} {m.Value}")
        .Order(StringComparer.Ordinal);
}
