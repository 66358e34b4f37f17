using System.Globalization;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Https;

/// <summary>What holds for HTTPS, and the certificate as its files had it when the plan was made.</summary>
public sealed class HttpsPlan
{
    private const int SecondsOfAYear = 31_536_000;

    private HttpsPlan()
    {
    }

    private static HttpsPlan Off { get; } = new();

    /// <summary>Null while HTTPS is off.</summary>
    public int? Port { get; private init; }

    public bool RedirectFromHttp { get; private init; }

    /// <summary>The value of <c>Strict-Transport-Security</c>; null where there is to be none.</summary>
    public string? Hsts { get; private init; }

    /// <summary>Null while HTTPS is off.</summary>
    internal CertificateFiles? Files { get; private init; }

    /// <summary>Null while HTTPS is off.</summary>
    internal ServerCertificate? Certificate { get; private init; }

    internal static HttpsPlan Compile(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        if (root[nameof(options.Https)] is not { Misread: Misread.Nothing } node)
        {
            return Off;
        }

        var https = options.Https;
        CheckPort(options, node, root, problems);
        CheckHsts(options, node, problems);
        var isOn = https is { Port: not null, Certificate: not null };
        var files = isOn ? CertificateFiles.Of(https.Certificate!, node[nameof(https.Certificate)]!) : null;
        return new HttpsPlan
        {
            Port = https.Port,
            RedirectFromHttp = https.RedirectFromHttp,
            Hsts = https.Hsts is { } hsts ? ValueOf(hsts) : null,
            Files = files,
            Certificate = files is null ? null : ReadCertificate(files, node[nameof(https.Certificate)]!, problems),
        };
    }

    private static void CheckPort(GatewayOptions options, SettingsNode node, SettingsNode root, ProblemList problems)
    {
        var https = options.Https;
        var place = node.PlaceOf(nameof(https.Port));
        if (https.Port is null)
        {
            if (https.RedirectFromHttp)
            {
                problems.Error([node.PlaceOf(nameof(https.RedirectFromHttp)), place], "there is nothing to redirect to: Https has no Port.");
            }

            if (https.Certificate is not null)
            {
                problems.Warn(node.PlaceOf(nameof(https.Certificate)), "nobody gets to see it: Https has no Port.");
            }

            return;
        }

        if (https.Certificate is null)
        {
            problems.Error([node.PlaceOf(nameof(https.Certificate)), place], "HTTPS needs a certificate.");
        }

        if (https.Port != 0 && https.Port == options.Port)
        {
            problems.Error([place, root.PlaceOf(nameof(options.Port))], $"this is the port for HTTP ({options.Port}).");
        }
        else if (https.Port != 0 && https.Port == options.ManagementPort)
        {
            problems.Error([place, root.PlaceOf(nameof(options.ManagementPort))], $"this is the port for management ({options.ManagementPort}).");
        }
    }

    private static void CheckHsts(GatewayOptions options, SettingsNode node, ProblemList problems)
    {
        if (options.Https.Hsts is not { } hsts)
        {
            return;
        }

        if (options.Https.Port is null && options.TrustedProxies is [])
        {
            problems.Warn(
                node.PlaceOf(nameof(options.Https.Hsts)), "no answer will have it: Https has no Port, and there is no TrustedProxy that could say https.");
        }

        if (hsts.Preload && !(hsts.IncludeSubDomains && hsts.MaxAge!.Value.TotalSeconds >= SecondsOfAYear))
        {
            problems.Warn(
                node[nameof(options.Https.Hsts)]!.PlaceOf(nameof(hsts.Preload)), "browsers' makers build in only what has IncludeSubDomains and a MaxAge of a year.");
        }
    }

    private static ServerCertificate? ReadCertificate(CertificateFiles files, SettingsNode node, ProblemList problems)
    {
        try
        {
            var certificate = files.Read();
            if (certificate.FaultAt(TimeProvider.System.GetUtcNow()) is { } fault)
            {
                problems.Warn(node.PlaceOf(nameof(CertificateOptions.Path)), $"{files.Path}: {fault}");
            }

            return certificate;
        }
        catch (UnusableCertificateException e)
        {
            problems.Error(node.PlaceOf(e.Key), e.Message);
            return null;
        }
    }

    // RFC 6797 §6.1.
    private static string ValueOf(HstsOptions hsts) => string.Create(
        CultureInfo.InvariantCulture,
        $"max-age={(long)hsts.MaxAge!.Value.TotalSeconds}{(hsts.IncludeSubDomains ? "; includeSubDomains" : "")}{(hsts.Preload ? "; preload" : "")}");
}
