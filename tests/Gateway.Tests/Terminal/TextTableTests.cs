using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Tests.Terminal;

public sealed class TextTableTests
{
    [Fact]
    public void Table_Rows_StandInColumnsWithoutBlanksAtTheEnd()
    {
        var table = new TextTable(ColumnAlignment.Left, ColumnAlignment.Right);
        table.Add("route", "7", "a");
        table.Add("a", "12345", "");
        table.Add("the last cell of a short row widens nothing");
        Assert.Equal("  route      7  a\n  a      12345\n  the last cell of a short row widens nothing\n", table.ToText());
    }
}
