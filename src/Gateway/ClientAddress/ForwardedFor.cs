using Microsoft.AspNetCore.HttpOverrides;

namespace EventGateway.Gateway.ClientAddress;

/// <summary>What the upstream is told about the client, as YARP's routes tell it by default.</summary>
internal static class ForwardedFor
{
    /// <summary>
    /// Headers by which others tell an upstream who the client is. The gateway makes none of them, so a client must not be able to either; in the
    /// last three the framework keeps what trusted proxies made it replace.
    /// </summary>
    public static IReadOnlyList<string> NeverPassed { get; } =
    [
        "Forwarded", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP",
        "X-Forwarded", "X-Forwarded-Port", "X-Forwarded-Scheme", "X-Forwarded-Server", "X-Forwarded-Ssl",
        ForwardedHeadersDefaults.XOriginalForHeaderName, ForwardedHeadersDefaults.XOriginalProtoHeaderName, ForwardedHeadersDefaults.XOriginalHostHeaderName,
    ];

    /// <summary>For calls that aren't YARP's.</summary>
    public static void Set(IHeaderDictionary headers, HttpContext context)
    {
        Replace(headers, "X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        Replace(headers, "X-Forwarded-Proto", context.Request.Scheme);
        Replace(headers, "X-Forwarded-Host", context.Request.Host.Value);
        Replace(headers, "X-Forwarded-Prefix", context.Request.PathBase.ToUriComponent());   // of a version
    }

    private static void Replace(IHeaderDictionary headers, string name, string? value)
    {
        headers.Remove(name);
        if (!string.IsNullOrEmpty(value))
        {
            headers[name] = value;
        }
    }
}
