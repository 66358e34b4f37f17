using System.Globalization;
using System.Security;
using System.Text;

namespace EventGateway.Comparison.Results;

/// <summary>Pictures of results, as SVG that looks right on a light page and on a dark one.</summary>
internal static class Plot
{
    private const int Width = 760;
    private const string Style = """
        <style>
          text { font: 13px system-ui, sans-serif; fill: #334155; } .title { font-weight: 600; font-size: 15px; } .small { font-size: 11px; fill: #64748b; }
          .grid { stroke: #94a3b8; stroke-opacity: .35; }
          .s0 { fill: #2563eb; stroke: #2563eb; } .s1 { fill: #94a3b8; stroke: #94a3b8; } .s2 { fill: #d97706; stroke: #d97706; }
          .s3 { fill: #16a34a; stroke: #16a34a; } .s4 { fill: #9333ea; stroke: #9333ea; } .s5 { fill: #dc2626; stroke: #dc2626; } .s6 { fill: #0891b2; stroke: #0891b2; }
          .line { fill: none; stroke-width: 2; }
          @media (prefers-color-scheme: dark) { text { fill: #cbd5e1; } .small { fill: #94a3b8; } }
        </style>
        """;

    private static readonly string[] Series = ["s0", "s2", "s3", "s4", "s5", "s6", "s1"];

    /// <summary>A bar for each value, the least on top; those whose label begins with <paramref name="ours"/> stand out.</summary>
    public static string Bars(string title, string unit, string ours, IEnumerable<(string Label, double Value)> values)
    {
        const int Left = 160, Longest = 500, Row = 26, Top = 44;
        (string Label, double Value)[] sorted = [.. values.OrderBy(bar => bar.Value)];
        var scale = Longest / sorted.Max(bar => bar.Value);
        var svg = Begin(title, Top + (sorted.Length * Row) + 10);
        for (var i = 0; i < sorted.Length; i++)
        {
            var (label, value) = sorted[i];
            var y = Top + (i * Row);
            svg.Append(CultureInfo.InvariantCulture, $"""
                <text x="{Left - 10}" y="{y + 14}" text-anchor="end">{SecurityElement.Escape(label)}</text>
                <rect class="{(label.StartsWith(ours, StringComparison.Ordinal) ? "s0" : "s1")}" x="{Left}" y="{y}" width="{value * scale:0.0}" height="{Row - 7}" rx="2"/>
                <text x="{Left + 8 + (value * scale):0.0}" y="{y + 14}">{value:0.#} {unit}</text>

                """);
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>A line for each series over the same places, on a logarithmic scale.</summary>
    public static string Lines(string title, string unit, IReadOnlyList<string> places, IReadOnlyList<(string Label, IReadOnlyList<double?> Values)> series)
    {
        const int Left = 70, Right = 160, Top = 50, Height = 300, Bottom = Top + Height;
        double[] all = [.. series.SelectMany(line => line.Values).OfType<double>().Where(value => value > 0)];
        var (low, high) = (Math.Floor(Math.Log10(all.Min())), Math.Ceiling(Math.Log10(all.Max())));
        double X(int place) => Left + ((place + 0.5) * (Width - Left - Right) / places.Count);
        double Y(double value) => Bottom - ((Math.Log10(Math.Max(value, Math.Pow(10, low))) - low) / Math.Max(1, high - low) * Height);

        var svg = Begin(title, Bottom + 34);
        for (var power = low; power <= high; power++)
        {
            var y = Y(Math.Pow(10, power));
            svg.Append(CultureInfo.InvariantCulture, $"""
                <line class="grid" x1="{Left}" y1="{y:0.0}" x2="{Width - Right}" y2="{y:0.0}"/>
                <text class="small" x="{Left - 8}" y="{y + 4:0.0}" text-anchor="end">{Math.Pow(10, power)} {unit}</text>

                """);
        }

        for (var place = 0; place < places.Count; place++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<text class="small" x="{X(place):0.0}" y="{Bottom + 18}" text-anchor="middle">{SecurityElement.Escape(places[place])}</text>""").Append('\n');
        }

        // Labels stand where their lines end, the highest first; where that is too close they move down.
        var free = (double)Top;
        foreach (var (line, index) in series.Select((line, index) => (line, index)).OrderByDescending(item => item.line.Values.LastOrDefault(value => value is not null)))
        {
            var points = line.Values.Select((value, place) => (value, place)).Where(point => point.value is > 0).Select(point => (X: X(point.place), Y: Y(point.value!.Value))).ToList();
            if (points.Count == 0)
            {
                continue;
            }

            var kind = Series[Math.Min(index, Series.Length - 1)];
            svg.Append(CultureInfo.InvariantCulture, $"""<polyline class="{kind} line" style="fill:none" points="{string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.0},{point.Y:0.0}")))}"/>""").Append('\n');
            foreach (var (x, y) in points)
            {
                svg.Append(CultureInfo.InvariantCulture, $"""<circle class="{kind}" cx="{x:0.0}" cy="{y:0.0}" r="3"/>""").Append('\n');
            }

            var at = Math.Max(points[^1].Y + 4, free);
            free = at + 16;
            svg.Append(CultureInfo.InvariantCulture, $"""
                <circle class="{kind}" cx="{Width - Right + 8}" cy="{at - 4:0.0}" r="4"/>
                <text x="{Width - Right + 18}" y="{at:0.0}">{SecurityElement.Escape(line.Label)}</text>

                """);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static StringBuilder Begin(string title, int height) => new StringBuilder()
        .Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img">""").Append('\n')
        .Append(Style).Append('\n')
        .Append(CultureInfo.InvariantCulture, $"""<title>{SecurityElement.Escape(title)}</title><text class="title" x="10" y="24">{SecurityElement.Escape(title)}</text>""").Append('\n');
}
