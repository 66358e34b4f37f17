namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>Labels of a series, without those that Prometheus adds; equal if all names and values are.</summary>
internal sealed class Labels(params IEnumerable<(string Name, string Value)> pairs) : IEquatable<Labels>
{
    private static readonly string[] Added = ["__name__", "job", "instance"];

    private readonly SortedDictionary<string, string> _pairs = new(
        pairs.Where(pair => !Added.Contains(pair.Name)).ToDictionary(pair => pair.Name, pair => pair.Value), StringComparer.Ordinal);

    public IEnumerable<string> Names => _pairs.Keys;

    public string this[string name] => _pairs[name];

    public bool Equals(Labels? other) => other is not null && ToString() == other.ToString();

    public override bool Equals(object? obj) => Equals(obj as Labels);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => string.Join(',', _pairs.Select(pair => $"{pair.Key}=\"{pair.Value}\""));
}
