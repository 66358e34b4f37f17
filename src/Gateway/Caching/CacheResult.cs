namespace EventGateway.Gateway.Caching;

/// <summary>What the cache did for a request.</summary>
internal enum CacheResult
{
    /// <summary>It answered, or the upstream call of another request did.</summary>
    Hit,

    /// <summary>The upstream was asked.</summary>
    Miss,

    /// <summary>It answered in the place of an upstream that failed.</summary>
    Stale,

    /// <summary>It had nothing to do with it.</summary>
    Bypass,
}

internal static class CacheResultExtensions
{
    public static string ToLabel(this CacheResult result) => result switch
    {
        CacheResult.Hit => "hit",
        CacheResult.Miss => "miss",
        CacheResult.Stale => "stale",
        CacheResult.Bypass => "bypass",
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, null),
    };
}
