using System.Net;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Access;

/// <summary>The hosts of <c>AllowedHosts</c>, in the form in which the framework compares them with a Host header.</summary>
internal static class AllowedHosts
{
    private const string AnySubdomain = "*.";

    /// <summary>Empty where every host is allowed.</summary>
    public static IList<StringSegment> Compile(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var hosts = new List<StringSegment>();
        foreach (var (_, host) in root[nameof(options.AllowedHosts)]?.Children ?? [])
        {
            if (host.Value is { } text && ToHeader(text) is { } sent)
            {
                hosts.Add(sent);
            }
            else if (host.Value is not null)
            {
                problems.Error(host, $"'{host.Value}' is no host (without a port), like api.example.com, *.example.com or [::1].");
            }
        }

        return hosts;
    }

    // Names are compared as they are sent: international ones in Punycode.
    private static string? ToHeader(string text)
    {
        var prefix = text.StartsWith(AnySubdomain, StringComparison.Ordinal) ? AnySubdomain : "";
        try
        {
            return IsHost(text) ? prefix + new HostString(text[prefix.Length..]).ToUriComponent() : null;
        }
        catch (ArgumentException)
        {
            return null;   // no name that could be written in Punycode
        }
    }

    private static bool IsHost(string text) =>
        text.StartsWith('[') ? IPAddress.TryParse(text, out _)
        : text.StartsWith(AnySubdomain, StringComparison.Ordinal) ? IsName(text[AnySubdomain.Length..])
        : IsName(text);

    private static bool IsName(string text) => text.Length > 0 && !text.Any(c => c is ':' or '*' || HeaderSyntax.IsDelimiter(c));
}
