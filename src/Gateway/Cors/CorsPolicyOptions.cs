using System.ComponentModel.DataAnnotations;

namespace EventGateway.Gateway.Cors;

/// <summary>Which web pages may read answers (CORS, as the Fetch standard has it).</summary>
public sealed class CorsPolicyOptions
{
    /// <summary>
    /// Origins whose pages may: scheme, host and perhaps port, as in <c>https://app.example.com</c>; <c>https://*.example.com</c> are all
    /// hosts below one, and <c>*</c> alone is any origin.
    /// </summary>
    [Required]
    public List<string> Origins { get; set; } = [];

    /// <summary>Methods that a page may use. Default: every one that the route takes.</summary>
    public List<string> Methods { get; set; } = [];

    /// <summary>Request headers that a page may set, besides those that need no permission; <c>*</c> alone is any. Default: none.</summary>
    public List<string> Headers { get; set; } = [];

    /// <summary>Response headers that a page may read, besides those that need no permission. Default: none.</summary>
    public List<string> ExposedHeaders { get; set; } = [];

    /// <summary>Whether a page may send cookies and the like; not with any origin. Default false.</summary>
    public bool AllowCredentials { get; set; }

    /// <summary>How long a browser may remember the answer to a preflight, 0 to 1 day. Default: what the browser does without being told, 5 s.</summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan? PreflightMaxAge { get; set; }
}
