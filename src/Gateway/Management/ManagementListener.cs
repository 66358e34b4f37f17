using System.Net;
using EventGateway.Gateway.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Management;

/// <summary>The operator's port: what is served there exists nowhere else, and nothing else exists there.</summary>
internal static class ManagementListener
{
    private const string Localhost = "localhost";

    /// <summary>Adds the listener, unless its port is 0. The public ones have to be added first: of the server's addresses the first is the public one for HTTP.</summary>
    public static void ListenForManagement(this KestrelServerOptions kestrel, GatewayOptions options)
    {
        if (options.ManagementPort == 0)
        {
            return;
        }

        if (IsLocalhost(options.ManagementAddress))
        {
            kestrel.ListenLocalhost(options.ManagementPort, Mark);
        }
        else
        {
            kestrel.Listen(IPAddress.Parse(options.ManagementAddress), options.ManagementPort, Mark);
        }
    }

    /// <summary>Has the connections of a listener recognised, whatever their requests say about a host.</summary>
    public static void Mark(ListenOptions listener) => listener.Use(next => connection =>
    {
        connection.Features.Set(Connection.Instance);
        return next(connection);
    });

    /// <summary>Whether the request came over the operator's port.</summary>
    public static bool IsForManagement(this HttpContext context) => context.Features.Get<Connection>() is not null;

    public static void Check(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var address = options.ManagementAddress;
        if (!IsLocalhost(address) && !IPAddress.TryParse(address, out _))
        {
            problems.Error(
                root.PlaceOf(nameof(options.ManagementAddress)),
                $"'{address}' is neither localhost nor an IP address; 0.0.0.0 or :: stand for all of this machine's.");
        }

        if (options.ManagementPort != options.Port || options.Port == 0)
        {
            return;
        }

        if (root[nameof(options.ManagementPort)] is not null)
        {
            problems.Error(
                [root.PlaceOf(nameof(options.ManagementPort)), root.PlaceOf(nameof(options.Port))],
                $"ManagementPort ({options.ManagementPort}) is the public Port.");
            return;
        }

        // Who had this public port before there was management goes on as before.
        problems.Warn(
            root.PlaceOf(nameof(options.Port)), $"Port ({options.Port}) is the default of ManagementPort: management is off until that names another.");
        options.ManagementPort = 0;
    }

    /// <summary>The URL at which somebody on this machine reaches the listener.</summary>
    public static Uri UrlOf(GatewayOptions options) => new UriBuilder(
        Uri.UriSchemeHttp, IPAddress.TryParse(options.ManagementAddress, out var ip) && !IsAny(ip) ? ip.ToString() : Localhost, options.ManagementPort).Uri;

    private static bool IsLocalhost(string address) => string.Equals(address, Localhost, StringComparison.OrdinalIgnoreCase);

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    // A feature of the connection, which its requests inherit.
    private sealed class Connection
    {
        public static Connection Instance { get; } = new();
    }
}
