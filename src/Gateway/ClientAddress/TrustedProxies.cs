using System.Net;
using EventGateway.Gateway.Configuration;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EventGateway.Gateway.ClientAddress;

/// <summary>
/// The proxies in front of the gateway whose <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c> are believed. The framework walks them from
/// the nearest hop outwards, and stops at the first address that isn't one of these: whatever stands further left, a stranger may have written.
/// </summary>
public sealed class TrustedProxies
{
    private readonly ForwardedHeadersMiddleware _forwarded;

    private TrustedProxies(ForwardedHeadersOptions options) =>
        _forwarded = new ForwardedHeadersMiddleware(static _ => Task.CompletedTask, NullLoggerFactory.Instance, Options.Create(options));

    /// <summary>Null where nobody is trusted.</summary>
    internal static TrustedProxies? Compile(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = null,   // as many hops as are trusted
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var (_, proxy) in root[nameof(options.TrustedProxies)]?.Children ?? [])
        {
            // A lone number is an address to the parser, and to nobody else.
            if (IPAddress.TryParse(proxy.Value, out var address) && proxy.Value.AsSpan().ContainsAny('.', ':'))
            {
                forwarded.KnownProxies.Add(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
            }
            else if (System.Net.IPNetwork.TryParse(proxy.Value, out var network))
            {
                forwarded.KnownIPNetworks.Add(network);
                if (network.PrefixLength <= 1)
                {
                    problems.Warn(proxy.Place, "this network is the whole internet, or half of it: anybody can then claim any address.");
                }
            }
            else if (proxy.Value is not null)
            {
                problems.Error(
                    proxy, $"'{proxy.Value}' is neither an IP address nor a network, like 10.0.0.5 or 10.0.0.0/8.");
            }
        }

        return options.TrustedProxies is [] ? null : new TrustedProxies(forwarded);
    }

    /// <summary>Puts what trusted proxies say in the place of the connection's address, the scheme and the host.</summary>
    internal void Apply(HttpContext context) => _forwarded.ApplyForwarders(context);
}
