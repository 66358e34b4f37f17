namespace EventGateway.Aggregator;

/// <summary>One step, checked and ready to run. Immutable, but for the calls under way of a step that shares them.</summary>
public sealed class StepPlan
{
    private const int ItemValue = -1;

    private readonly PathTemplate _path;
    private readonly int[] _parameters;   // for each placeholder of the path: which parameter, or ItemValue

    internal StepPlan(
        int index, StepOptions options, PathTemplate path, IReadOnlyList<string> parameters, ItemSource? source, bool feedsOthers)
    {
        Index = index;
        Id = options.Id;
        Cluster = options.Cluster;
        Headers = [.. options.Headers];
        CircuitBreaker = options.CircuitBreaker;
        Timeout = options.Timeout;
        MaxConcurrency = options.MaxConcurrency;
        MaxItems = options.MaxItems;
        MaxBytes = options.MaxBytes;
        Flights = options.ShareCalls ? new() : null;
        Source = source;
        FeedsOthers = feedsOthers;
        _path = path;
        var names = parameters.ToList();
        _parameters = [.. path.Names.Select(name => name == PathTemplate.Item ? ItemValue : names.IndexOf(name))];
    }

    /// <summary>Its place in <see cref="AggregationPlan.Steps"/>.</summary>
    public int Index { get; }

    /// <summary>The step's name within its aggregation.</summary>
    public string Id { get; }

    /// <summary>The cluster that is called.</summary>
    public string Cluster { get; }

    /// <summary>Headers of the client's request that are passed on besides the gateway's allow-list.</summary>
    public IReadOnlyList<string> Headers { get; }

    /// <summary>The circuit breaker that guards the calls; <see langword="null"/> for none.</summary>
    public string? CircuitBreaker { get; }

    /// <summary>Time for one call, body included.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Most calls of this step at one time, when it is repeated.</summary>
    public int MaxConcurrency { get; }

    /// <summary>Most entries that the step is repeated for.</summary>
    public int MaxItems { get; }

    /// <summary>Most decoded bytes of one answer.</summary>
    public long MaxBytes { get; }

    /// <summary>Whether requests of one caller that make the same call at the same time make it once.</summary>
    public bool SharesCalls => Flights is not null;

    /// <summary>Whether the step is called once for each entry of another step's list.</summary>
    public bool IsFanOut => Source is not null;

    internal FlightTable? Flights { get; }

    internal ItemSource? Source { get; }

    internal bool FeedsOthers { get; }

    /// <summary>Path and query of its calls for a request with these parameters; where entries of a list belong, <c>{item}</c> stays.</summary>
    /// <param name="parameters">Values of <see cref="AggregationPlan.Parameters"/>, in that order, percent-decoded once.</param>
    public string PathOf(IReadOnlyList<string> parameters) => PathFor([.. parameters.Select(PathSegment.Encode)], $"{{{PathTemplate.Item}}}");

    internal string PathFor(IReadOnlyList<string> encodedParameters, string? encodedItem, string prefix = "")
    {
        if (_parameters is [var only])
        {
            return _path.Expand([ValueOf(only)], prefix);   // most have one, for which no array is made
        }

        var values = new string[_parameters.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ValueOf(_parameters[i]);
        }

        return _path.Expand(values, prefix);

        string ValueOf(int parameter) => parameter == ItemValue ? encodedItem! : encodedParameters[parameter];
    }
}
