using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// A configured value, object or list, together with where it was written. The framework's flat configuration forgets
/// both the origin and the order of what it read; an operator who made a mistake needs the first, an aggregation the second.
/// </summary>
internal sealed partial class SettingsNode(string path, string origin)
{
    private readonly List<KeyValuePair<string, SettingsNode>> _children = [];

    /// <summary>JSON path from the root of the file, e.g. <c>CircuitBreakers.addEvent.ResetTimeout</c>; empty for the root.</summary>
    public string Path { get; } = path;

    /// <summary>The variable, or <c>file:line:column</c>, that this came from.</summary>
    public string Origin { get; } = origin;

    /// <summary>The text of a scalar; <c>null</c> for JSON null, objects and lists.</summary>
    public string? Value { get; init; }

    public SettingsKind Kind { get; init; }

    /// <summary>Members of an object or items of a list, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<string, SettingsNode>> Children => _children;

    public SettingsNode? this[string key] =>
        _children.Find(c => string.Equals(c.Key, key, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>The node at the end of <paramref name="keys"/>, or null where the file has none.</summary>
    public SettingsNode? Find(params ReadOnlySpan<string> keys)
    {
        var node = this;
        foreach (var key in keys)
        {
            node = node[key];
            if (node is null)
            {
                return null;
            }
        }

        return node;
    }

    public string PathOf(string key) =>
        Kind == SettingsKind.List ? $"{Path}[{key}]"
        : !PlainName().IsMatch(key) ? $"{Path}['{key}']"
        : Path.Length == 0 ? key
        : $"{Path}.{key}";

    /// <summary>Adds the child, in the place of one with the same name.</summary>
    public void Set(string key, SettingsNode child)
    {
        var at = _children.FindIndex(c => string.Equals(c.Key, key, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
        {
            _children.Add(new(key, child));
        }
        else
        {
            _children[at] = new(_children[at].Key, child);
        }
    }

    public void Clear() => _children.Clear();

    [GeneratedRegex("^[A-Za-z0-9_-]+$")]
    private static partial Regex PlainName();
}

internal enum SettingsKind
{
    Scalar,
    Object,
    List,
}
