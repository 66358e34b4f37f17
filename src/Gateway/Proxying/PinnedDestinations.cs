using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// YARP gives a destination whose address was edited to the requests that have chosen it already: one that is still reading its body
/// would go elsewhere than its route meant. With the address in its id, it is another destination to YARP, and the old one stays as it was.
/// </summary>
internal static class PinnedDestinations
{
    private const char Separator = '\t';   // sorts before what names are made of, as FirstAlphabetical would have it

    public static IReadOnlyList<ClusterConfig> Pin(IReadOnlyList<ClusterConfig> clusters) => [.. clusters.Select(cluster => cluster with
    {
        Destinations = cluster.Destinations!.ToDictionary(d => $"{d.Key}{Separator}{d.Value.Address}{Separator}{d.Value.Host}", d => d.Value),
    })];

    /// <summary>The destination's name in the file: a part of the id, so that a request needs no string of its own for it.</summary>
    public static ReadOnlySpan<char> NameOf(string destinationId) =>
        destinationId.IndexOf(Separator, StringComparison.Ordinal) is var end and >= 0 ? destinationId.AsSpan(0, end) : destinationId;
}
