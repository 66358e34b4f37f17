using System.Buffers;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// A configured value, object or list, together with where it was written. The framework's flat configuration forgets
/// both the origin and the order of what it read; an operator who made a mistake needs the first, an aggregation the second.
/// </summary>
internal sealed class SettingsNode(string path, SettingsOrigin origin)
{
    private static readonly SearchValues<char> OfPlainNames =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private readonly List<KeyValuePair<string, SettingsNode>> _children = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.OrdinalIgnoreCase);   // in _children, by name
    private Misread _misread;

    /// <summary>JSON path from the root of the file, e.g. <c>CircuitBreakers.addEvent.ResetTimeout</c>; empty for the root.</summary>
    public string Path { get; } = path;

    public SettingsOrigin Origin { get; } = origin;

    public SettingsPlace Place => new(Origin, Path);

    /// <summary>The text of a scalar; <c>null</c> for JSON null, objects and lists.</summary>
    public string? Value { get; init; }

    public SettingsKind Kind { get; init; }

    /// <summary>Members of an object or items of a list, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<string, SettingsNode>> Children => _children;

    public SettingsNode? this[string key] => _places.TryGetValue(key, out var at) ? _children[at].Value : null;

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

    /// <summary>As far along <paramref name="keys"/> as the file goes.</summary>
    public SettingsNode Nearest(params ReadOnlySpan<string> keys) =>
        keys is [var first, .. var rest] && this[first] is { } child ? child.Nearest(rest) : this;

    public string PathOf(string key) =>
        Kind == SettingsKind.List ? $"{Path}[{key}]"
        : !IsPlain(key) ? $"{Path}['{key}']"
        : Path.Length == 0 ? key
        : $"{Path}.{key}";

    /// <summary>The member's place; where there is none, this object's, which is where it would have to stand.</summary>
    public SettingsPlace PlaceOf(string key) => this[key]?.Place ?? new SettingsPlace(Origin, PathOf(key));

    /// <summary>
    /// What the reader could make of this and all below. Where it failed, the options say something else than the file, and comparing
    /// them with each other would tell of mistakes that nobody made.
    /// </summary>
    public Misread Misread
    {
        get => _children.Aggregate(_misread, (worst, child) => (Misread)Math.Max((int)worst, (int)child.Value.Misread));
        set => _misread = value;
    }

    /// <summary>The objects in a list: the items that the options have too.</summary>
    public static IEnumerable<SettingsNode> ObjectsIn(SettingsNode? list) =>
        list is { Kind: SettingsKind.List } ? list.Children.Select(c => c.Value).Where(item => item.Kind == SettingsKind.Object) : [];

    /// <summary>
    /// The file that is meant by a path which stands here. One in a file is meant from where that file lies, so that both can be moved together; one
    /// on the command line or in the environment from the working directory.
    /// </summary>
    public string ToFullPath(string path) => System.IO.Path.GetFullPath(
        path, Origin.File is { } file ? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))! : Directory.GetCurrentDirectory());

    /// <summary>Adds the child, in the place of one with the same name.</summary>
    public void Set(string key, SettingsNode child)
    {
        if (_places.TryGetValue(key, out var at))
        {
            _children[at] = new(_children[at].Key, child);
        }
        else
        {
            _places[key] = _children.Count;
            _children.Add(new(key, child));
        }
    }

    public void Clear()
    {
        _children.Clear();
        _places.Clear();
    }

    private static bool IsPlain(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(OfPlainNames);
}

internal enum SettingsKind
{
    Scalar,
    Object,
    List,
}

/// <summary>What a mistake in the file took away from the options.</summary>
internal enum Misread
{
    Nothing,

    /// <summary>A number, a duration or the like.</summary>
    Value,

    /// <summary>A key that is unknown or missing, or something of another kind than belongs there.</summary>
    Structure,
}
