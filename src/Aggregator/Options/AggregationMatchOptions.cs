using System.ComponentModel.DataAnnotations;

namespace EventGateway.Aggregator;

/// <summary>Which requests an aggregation answers.</summary>
public sealed class AggregationMatchOptions
{
    /// <summary>Route template, for example <c>/getEventsByUserId/{id}</c>. A placeholder is a whole segment.</summary>
    [Required]
    public string Path { get; set; } = "";

    /// <summary><c>GET</c>, <c>HEAD</c> or both. Default: <c>GET</c>.</summary>
    public List<string> Methods { get; set; } = [];
}
