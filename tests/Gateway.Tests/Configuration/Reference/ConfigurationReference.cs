namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>The tables of docs/configuration.md.</summary>
internal static class ConfigurationReference
{
    public const string RouteMetadata = "Metadata of a route";
    public const string ClusterMetadata = "Metadata of a cluster";
    public const string Transforms = "Transforms of a route";

    public static IReadOnlyList<ReferenceRow> Rows { get; } = Read(File.ReadAllLines(Repository.PathOf("docs/configuration.md")));

    public static IEnumerable<ReferenceRow> Of(string section) => Rows.Where(row => row.Section == section);

    public static ReferenceRow Find(string section, string key) =>
        Of(section).SingleOrDefault(row => row.Key == key) ?? throw new KeyNotFoundException($"docs/configuration.md has no single row {key} in {section}.");

    private static List<ReferenceRow> Read(string[] lines)
    {
        var rows = new List<ReferenceRow>();
        var section = "";
        foreach (var line in lines)
        {
            if (line.StartsWith('#'))
            {
                section = ReferenceRow.Text(line.TrimStart('#').Trim());
            }
            else if (line.StartsWith("| `", StringComparison.Ordinal))
            {
                rows.Add(ReadRow(section, line));
            }
        }

        return rows;
    }

    // Five cells in the tables of keys; the transforms have neither types nor defaults.
    private static ReferenceRow ReadRow(string section, string line) => line.Trim('|').Split('|', StringSplitOptions.TrimEntries) switch
    {
        [var key, var type, var defaultCell, var meaning, var example] =>
            new(section, ReferenceRow.Text(key), type, defaultCell, meaning, ReferenceRow.Text(example)),
        [var key, var meaning, var example] => new(section, ReferenceRow.Text(key), "", "–", meaning, ReferenceRow.Text(example)),
        var cells => throw new FormatException($"A row of {section} has {cells.Length} cells: {line}"),
    };
}
