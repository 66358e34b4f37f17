using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// A rule for request bodies that a route names in its metadata: <c>"Metadata": { "RequestBody": "newEvent" }</c>.
/// </summary>
internal sealed record RequestBodyPolicy(string Name, int MaxBytes)
{
    private static readonly RequestBodyPolicy NewEvent = new("newEvent", 64 * 1024);

    public static IEnumerable<string> Names => [NewEvent.Name];

    /// <summary>The smaller of this rule's limit and that of the route.</summary>
    public int LimitFor(RouteConfig route) => route.MaxRequestBodySize is { } size and >= 0 ? (int)Math.Min(MaxBytes, size) : MaxBytes;

    public static RequestBodyPolicy? Find(string name) =>
        string.Equals(name, NewEvent.Name, StringComparison.OrdinalIgnoreCase) ? NewEvent : null;
}
