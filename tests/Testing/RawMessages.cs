using System.Text;

namespace EventGateway.Testing;

/// <summary>One header line, as it came.</summary>
public sealed record RawHeader(string Name, string Value);

/// <summary>Headers in the order in which they came, with every repetition.</summary>
public sealed class RawHeaders(IReadOnlyList<RawHeader> lines)
{
    public IReadOnlyList<RawHeader> Lines { get; } = lines;

    /// <summary>The value of the only header of this name; null: none.</summary>
    /// <exception cref="InvalidOperationException">There are several; ask <see cref="All"/>.</exception>
    public string? this[string name] => All(name).SingleOrDefault();

    public IEnumerable<string> All(string name) =>
        Lines.Where(line => line.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(line => line.Value);
}

/// <summary>A request as it came: <see cref="Line"/> is "GET /x HTTP/1.1".</summary>
public sealed record RawRequest(string Line, RawHeaders Headers, byte[] Body)
{
    public string Method => Line.Split(' ')[0];

    /// <summary>The target, not decoded.</summary>
    public string Target => Line.Split(' ')[1];

    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A response as it came. <see cref="End"/> says whether its body was complete; one without a length ends by being closed.</summary>
public sealed record RawResponse(int Status, RawHeaders Headers, byte[] Body, RawEnd End)
{
    public string Text => Encoding.UTF8.GetString(Body);
}
