namespace EventGateway.Aggregator;

/// <summary>One aggregation, checked and ready to run. Immutable: all requests share it.</summary>
public sealed class AggregationPlan
{
    internal AggregationPlan(
        string name,
        AggregationOptions options,
        IReadOnlyList<string> methods,
        IReadOnlyList<string> parameters,
        IReadOnlyList<StepPlan> steps,
        OutputPlan output)
    {
        Name = name;
        Path = options.Match.Path;
        Methods = methods;
        Parameters = parameters;
        Steps = steps;
        Output = output;
        Mode = options.Mode;
        TotalTimeout = options.TotalTimeout;
        MaxTotalBytes = options.MaxTotalBytes;
    }

    /// <summary>The aggregation's key in the configuration.</summary>
    public string Name { get; }

    /// <summary>Route template that the aggregation answers.</summary>
    public string Path { get; }

    /// <summary>Methods that the aggregation answers, in upper case: <c>GET</c>, <c>HEAD</c> or both.</summary>
    public IReadOnlyList<string> Methods { get; }

    /// <summary>Names of the placeholders of <see cref="Path"/>, in their order.</summary>
    public IReadOnlyList<string> Parameters { get; }

    /// <summary>The steps, in the order of the configuration.</summary>
    public IReadOnlyList<StepPlan> Steps { get; }

    /// <summary>What a failed part does to the answer.</summary>
    public AggregationMode Mode { get; }

    /// <summary>Time that all calls together may take.</summary>
    public TimeSpan TotalTimeout { get; }

    /// <summary>Decoded bytes that all parts of one request may hold together, and that its answer may have.</summary>
    public long MaxTotalBytes { get; }

    internal OutputPlan Output { get; }

    /// <summary>
    /// Compiles options whose single values are known to be in range (their attributes say what that is),
    /// and reports everything that doesn't fit together.
    /// </summary>
    /// <param name="name">The aggregation's key in the configuration.</param>
    /// <param name="options">What the configuration says.</param>
    /// <param name="problems">Receives every problem found.</param>
    /// <returns>The plan; <see langword="null"/> when problems were added.</returns>
    public static AggregationPlan? Compile(string name, AggregationOptions options, ICollection<PlanProblem> problems) =>
        new PlanCompiler(name, options).Compile(problems);

    /// <summary>
    /// Makes the calls and puts the answer together. Returns when all its calls have ended, whatever their outcome;
    /// failures are in the answer, not thrown.
    /// </summary>
    /// <param name="parameters">Values of <see cref="Parameters"/>, in that order, percent-decoded once.</param>
    /// <param name="upstream">The way to the upstreams.</param>
    /// <param name="time">Measures durations and timeouts.</param>
    /// <param name="clientLeft">Cancelled when nobody waits for the answer any more.</param>
    /// <exception cref="ArgumentException">There are more or fewer values than parameters.</exception>
    public Task<AggregationAnswer> RunAsync(
        IReadOnlyList<string> parameters, IUpstream upstream, TimeProvider time, CancellationToken clientLeft)
    {
        if (parameters.Count != Parameters.Count)
        {
            throw new ArgumentException($"'{Path}' has {Parameters.Count} parameters, not {parameters.Count}.", nameof(parameters));
        }

        var encoded = new string[parameters.Count];
        for (var i = 0; i < encoded.Length; i++)
        {
            if (!PathSegment.IsId(parameters[i]))
            {
                return Task.FromResult(new AggregationAnswer(new AggregationFailure(
                    AggregationError.BadPath, $"'{Parameters[i]}' in the path is not acceptable as an id.", null, null, null)));
            }

            encoded[i] = PathSegment.Encode(parameters[i]);
        }

#pragma warning disable CA2000 // disposes of itself
        return new AggregationRun(this, encoded, upstream, time, clientLeft).RunAsync();
#pragma warning restore CA2000
    }
}
