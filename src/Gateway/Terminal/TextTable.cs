using System.Text;

namespace EventGateway.Gateway.Terminal;

/// <summary>Rows of text in columns as wide as their widest cell.</summary>
internal sealed class TextTable(params IReadOnlyList<ColumnAlignment> alignment)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>One line for each row, without blanks at its end.</summary>
    public string ToText(string indent = Gap)
    {
        var widths = Enumerable.Range(0, _rows.Max(row => row.Length)).Select(WidthOf).ToList();
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            var cells = row.Select((cell, column) => AlignmentOf(column) == ColumnAlignment.Right
                ? cell.PadLeft(widths[column])
                : cell.PadRight(widths[column]));
            text.Append((indent + string.Join(Gap, cells)).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    // The last cell of a row has the rest of the line to itself, and so widens no column.
    private int WidthOf(int column) =>
        _rows.Where(row => column < row.Length - 1 || AlignmentOf(column) == ColumnAlignment.Right)
            .Select(row => column < row.Length ? row[column].Length : 0)
            .DefaultIfEmpty()
            .Max();

    private ColumnAlignment AlignmentOf(int column) => column < alignment.Count ? alignment[column] : ColumnAlignment.Left;
}

internal enum ColumnAlignment
{
    Left,
    Right,
}
