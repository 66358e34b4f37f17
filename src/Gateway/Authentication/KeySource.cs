namespace EventGateway.Gateway.Authentication;

/// <summary>Where the keys of an issuer are to be had while the gateway runs. Whatever else changes in the file, the same source keeps its keys.</summary>
/// <param name="Issuer">The issuer: a discovery document must be about it.</param>
/// <param name="Address">Of its discovery document, or the path of a file.</param>
/// <param name="IsFile">Which of the two.</param>
/// <param name="RequiresHttps">Whether addresses that aren't loopback must be https.</param>
internal sealed record KeySource(string Issuer, string Address, bool IsFile, bool RequiresHttps)
{
    /// <summary>Whether keys may be fetched from there: who can change them on their way can sign any token.</summary>
    public static bool IsSafe(Uri address, bool requiresHttps) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && (address.IsLoopback || !requiresHttps));
}
