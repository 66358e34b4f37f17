using System.ComponentModel.DataAnnotations;

namespace EventGateway.Gateway.Versions;

/// <summary>A version of the API: the prefix below which it is found, and what belongs to it.</summary>
public sealed class VersionOptions
{
    /// <summary>
    /// The path below which the version's routes and aggregations answer, as in <c>/v1</c>; <c>/</c> stands for their paths as they are
    /// written. Upstreams see the path without it.
    /// </summary>
    [Required]
    public string Prefix { get; set; } = "";

    /// <summary>Names of the routes that belong to it. Default: every one.</summary>
    public List<string>? Routes { get; set; }

    /// <summary>Names of the aggregations that belong to it. Default: every one.</summary>
    public List<string>? Aggregations { get; set; }

    /// <summary>What clients are told who still use it. Default: nothing, it is not deprecated.</summary>
    public DeprecationOptions? Deprecated { get; set; }
}

/// <summary>That a version will go, and when.</summary>
public sealed class DeprecationOptions
{
    /// <summary>Since when, or from when on, it shouldn't be used: a date, or a time in UTC. <c>Deprecation</c>, RFC 9745.</summary>
    [Required]
    public string Since { get; set; } = "";

    /// <summary>From when on it may be gone; the gateway goes on answering. <c>Sunset</c>, RFC 8594. Default: nobody knows.</summary>
    public string? Sunset { get; set; }

    /// <summary>URL of a page that says what to do. Default: none.</summary>
    public string? Link { get; set; }

    /// <summary>The version to use instead: answers name the same path there. Default: none.</summary>
    public string? Successor { get; set; }
}
