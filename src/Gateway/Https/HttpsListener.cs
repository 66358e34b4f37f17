using System.Net.Security;
using System.Security.Authentication;
using EventGateway.Gateway.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace EventGateway.Gateway.Https;

/// <summary>The public port for HTTPS.</summary>
internal static class HttpsListener
{
    /// <summary>Older versions are broken, whatever the system still allows (RFC 8996).</summary>
    public const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>The variable that moves it.</summary>
    public const string Variable = $"{nameof(GatewayOptions.Https)}__{nameof(HttpsOptions.Port)}";

    /// <summary>Adds the listener, unless HTTPS is off. The one for HTTP comes before it: of the server's addresses the first is HTTP's.</summary>
    public static void ListenForHttps(this KestrelServerOptions kestrel, HttpsPlan plan)
    {
        if (plan.Port is not { } port)
        {
            return;
        }

        var certificate = kestrel.ApplicationServices.GetRequiredService<LiveCertificate>();
        kestrel.ListenAnyIP(port, listener =>
        {
            listener.Protocols = HttpProtocols.Http1AndHttp2;
            listener.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(OptionsFor(certificate.Current!)) });
        });
    }

    internal static SslServerAuthenticationOptions OptionsFor(ServerCertificate certificate) => new()
    {
        ServerCertificateContext = certificate.Context,
        EnabledSslProtocols = Protocols,
        AllowRenegotiation = false,   // of TLS 1.2: work that a client can ask for without end
    };

    /// <summary>The listener's address among those of the server; null while HTTPS is off.</summary>
    public static string? AddressIn(IEnumerable<string> addresses) => addresses.FirstOrDefault(IsHttps);

    public static bool IsHttps(string address) => address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
}
