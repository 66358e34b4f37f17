using System.Xml.Linq;
using EventGateway.Comparison.Results;

namespace EventGateway.Comparison.Tests.Results;

public sealed class PlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Bars_Labels_StandEscapedTheLeastFirst()
    {
        var picture = XElement.Parse(Plot.Bars("a < b & c", "µs", "gateway", [("kestrel & <invoker>", 20), ("gateway", 10)]));
        Assert.Equal("a < b & c", picture.Element(Svg + "title")!.Value);
        Assert.Equal(["gateway", "kestrel & <invoker>"], picture.Elements(Svg + "text").Where(text => (string?)text.Attribute("text-anchor") == "end").Select(text => text.Value));
        Assert.Equal(["s0", "s1"], picture.Elements(Svg + "rect").Select(bar => (string?)bar.Attribute("class")));
    }

    [Fact]
    public void Lines_GapsAndZeros_AreLeftOut()
    {
        var picture = XElement.Parse(Plot.Lines("times", "ms", ["1", "5", "10"], [("a", [1, null, 100]), ("nobody", [null, null, 0])]));
        var line = Assert.Single(picture.Elements(Svg + "polyline"));
        Assert.Equal(2, ((string)line.Attribute("points")!).Split(' ').Length);
        Assert.DoesNotContain("nobody", picture.Value, StringComparison.Ordinal);
    }
}
