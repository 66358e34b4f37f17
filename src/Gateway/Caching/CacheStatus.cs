using System.Globalization;

namespace EventGateway.Gateway.Caching;

/// <summary>The field <c>Cache-Status</c> (RFC 9211). It is a list: what caches further up have said stands before it.</summary>
internal static class CacheStatus
{
    public const string Header = "Cache-Status";

    public const string Method = "eventgateway; fwd=method";
    public const string Bypass = "eventgateway; fwd=bypass";
    public const string Miss = "eventgateway; fwd=miss";
    public const string Stored = "eventgateway; fwd=miss; stored";

    public static string Hit(StoredAnswer answer) => $"eventgateway; hit; ttl={Seconds(answer)}";

    /// <summary>Of one that waited for the call of another.</summary>
    public static string Collapsed(StoredAnswer answer) => $"eventgateway; fwd=miss; collapsed; ttl={Seconds(answer)}";

    /// <summary>Of one that waited for the call of another in vain.</summary>
    /// <param name="status">What the upstream said; null where it said nothing.</param>
    public static string Failed(int? status) =>
        $"eventgateway; fwd=miss; collapsed{(status is { } said ? $"; fwd-status={said.ToString(CultureInfo.InvariantCulture)}" : "")}";

    /// <param name="answer">What is served.</param>
    /// <param name="status">What the upstream said; 0 where it said nothing.</param>
    public static string Stale(StoredAnswer answer, int status) =>
        $"eventgateway; fwd=stale;{(status == 0 ? "" : $" fwd-status={status.ToString(CultureInfo.InvariantCulture)};")} ttl={Seconds(answer)}";

    private static string Seconds(StoredAnswer answer) => ((long)Math.Floor(answer.TimeToLive.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
