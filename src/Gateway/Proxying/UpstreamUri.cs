namespace EventGateway.Gateway.Proxying;

/// <summary>Addresses of calls, put together as text: every escape is as whoever wrote it meant it.</summary>
internal static class UpstreamUri
{
    // Uri would resolve and decode what it takes for the same address.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The destination's address, a path of its own included, and behind it the path and query of the call.</summary>
    public static Uri Join(string destination, ReadOnlySpan<char> path, string? query = null) =>
        Of($"{destination.AsSpan().TrimEnd('/')}{path}{query}");

    /// <summary>An address that is put together already.</summary>
    public static Uri Of(string address) => new(address, AsWritten);
}
