namespace EventGateway.Aggregator;

/// <summary>One GET to make.</summary>
public sealed class UpstreamCall
{
    private readonly IReadOnlyList<string> _parameters;   // encoded
    private readonly string? _item;                       // encoded
    private string? _path;                                // made when somebody asks for it alone

    internal UpstreamCall(StepPlan step, IReadOnlyList<string> encodedParameters, string? encodedItem) =>
        (Step, _parameters, _item) = (step, encodedParameters, encodedItem);

    /// <summary>The step that asks.</summary>
    public StepPlan Step { get; }

    /// <summary>Encoded path, and perhaps query. Begins with <c>/</c> and has no prefix of a cluster's address.</summary>
    public string Path => _path ??= PathBehind("");

    /// <summary>What the upstream that sends it has to remember until <see cref="IUpstream.Finished"/>. Nobody else looks at it.</summary>
    public object? State { get; set; }

    /// <summary>The path behind something else, such as a cluster's address: one text made instead of two, which is 0.05 kB of each call.</summary>
    public string PathBehind(string prefix) => Step.PathFor(_parameters, _item, prefix);

    internal UpstreamCall Again() => new(Step, _parameters, _item);
}
