using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Configuration;

/// <summary>Addresses in messages and reports.</summary>
internal static partial class UriText
{
    /// <summary>The text without the user and password that may stand before a host.</summary>
    public static string WithoutCredentials(string text) => Credentials().Replace(text, "://…@");

    public static bool HasCredentials(string text) => Credentials().IsMatch(text);

    [GeneratedRegex("://[^/?#]*@")]
    private static partial Regex Credentials();
}
