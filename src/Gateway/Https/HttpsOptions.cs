using System.ComponentModel.DataAnnotations;

namespace EventGateway.Gateway.Https;

/// <summary>The public listener for HTTPS, beside the one for HTTP.</summary>
public sealed class HttpsOptions
{
    /// <summary>Its port, on all interfaces. 0 takes a free one. Read at start only. Default: none, HTTPS is off.</summary>
    [Range(0, 65_535)]
    public int? Port { get; set; }

    /// <summary>What the gateway shows for itself; needed with a port.</summary>
    public CertificateOptions? Certificate { get; set; }

    /// <summary>
    /// Whether requests for routes and aggregations that come over HTTP are sent to the HTTPS port (308). Health and metrics stay on both.
    /// Default false.
    /// </summary>
    public bool RedirectFromHttp { get; set; }

    /// <summary>Tells browsers to use nothing but HTTPS (RFC 6797). Default: none, they aren't told.</summary>
    public HstsOptions? Hsts { get; set; }
}

/// <summary>A certificate in files. They are taken up when they change, without dropping connections.</summary>
public sealed class CertificateOptions
{
    /// <summary>The certificate and those between it and its root, in PEM, or a PFX with all of that and the key.</summary>
    [Required]
    public string Path { get; set; } = "";

    /// <summary>The private key in PEM. Default: it stands in the same file as the certificate.</summary>
    public string? KeyPath { get; set; }

    /// <summary>Opens the key, or the PFX. Default: neither is locked.</summary>
    public string? Password { get; set; }
}

/// <summary>HTTP Strict Transport Security.</summary>
public sealed class HstsOptions
{
    /// <summary>For how long a browser shall keep to it. 0 has it forget.</summary>
    [Required, DurationRange("00:00:00", "3650.00:00:00")]
    public TimeSpan? MaxAge { get; set; }

    /// <summary>Whether that holds for all hosts below this one as well. Default false.</summary>
    public bool IncludeSubDomains { get; set; }

    /// <summary>Whether browsers' makers may build it in. Default false.</summary>
    public bool Preload { get; set; }
}
