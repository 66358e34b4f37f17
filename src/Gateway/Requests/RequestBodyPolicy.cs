using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// A rule for request bodies that a route names in its metadata: <c>"Metadata": { "RequestBody": "newEvent" }</c>.
/// </summary>
internal sealed record RequestBodyPolicy(string Name, int MaxBytes)
{
    public const string MetadataKey = "RequestBody";

    private static readonly RequestBodyPolicy NewEvent = new("newEvent", 64 * 1024);

    public static IEnumerable<string> Names => [NewEvent.Name];

    public static RequestBodyPolicy? Find(string name) =>
        string.Equals(name, NewEvent.Name, StringComparison.OrdinalIgnoreCase) ? NewEvent : null;

    public static string? NameIn(RouteConfig route) => route.Metadata?.GetValueOrDefault(MetadataKey);
}
