using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;

namespace EventGateway.CircuitBreaking;

/// <summary>When a circuit breaker opens, for how long, and what closes it. Durations are 1 ms to 1 day.</summary>
public class CircuitBreakerOptions : IValidatableObject
{
    private const string MinDuration = "00:00:00.001";
    private const string MaxDuration = "1.00:00:00";

    /// <summary>Failures within <see cref="FailureWindow"/> that open the breaker: the n-th opens it. 1 to 10 000, default 3.</summary>
    [Range(1, 10_000)]
    public int FailureThreshold { get; set; } = 3;

    /// <summary>How far apart the first and the last of these failures may lie, both ends included. Default 30 s.</summary>
    [DurationRange(MinDuration, MaxDuration)]
    public TimeSpan FailureWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The share of the calls within <see cref="FailureWindow"/> that must have failed as well before <see cref="FailureThreshold"/> opens the
    /// breaker, so that 3 failures of 100 000 calls need not. 0 to 1, default 0: the threshold alone decides.
    /// </summary>
    [Range(0.0, 1.0)]
    public double MinimumFailureRatio { get; set; }

    /// <summary>
    /// The share of failed calls within <see cref="FailureWindow"/> that opens the breaker, once there are <see cref="MinimumCalls"/>.
    /// Above 0, to 1. Null, the default: no such rule.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? FailureRatio { get; set; }

    /// <summary>
    /// The <see cref="CallResult.Latency"/> from which a call is slow, failed or not. Goes with <see cref="SlowCallRatio"/>. Null, the default: no
    /// such rule.
    /// </summary>
    [DurationRange(MinDuration, MaxDuration)]
    public TimeSpan? SlowCallDuration { get; set; }

    /// <summary>
    /// The share of slow calls within <see cref="FailureWindow"/> that opens the breaker, once there are <see cref="MinimumCalls"/>.
    /// Above 0, to 1. Goes with <see cref="SlowCallDuration"/>. Null, the default: no such rule.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? SlowCallRatio { get; set; }

    /// <summary>
    /// Calls within <see cref="FailureWindow"/> below which <see cref="FailureRatio"/> and <see cref="SlowCallRatio"/> don't judge.
    /// 1 to 1 000 000, default 20.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MinimumCalls { get; set; } = 20;

    /// <summary>The first wait; it doubles each time the breaker opens again without having closed. Default 10 s.</summary>
    [DurationRange(MinDuration, MaxDuration)]
    public TimeSpan ResetTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait, whatever the doubling or the upstream's Retry-After ask for. Default 60 s.</summary>
    [DurationRange(MinDuration, MaxDuration)]
    public TimeSpan MaxResetTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The share of a wait that may be taken off at random, so that replicas don't probe in step: 0 (none) to 0.9, default 0.1.
    /// Not up to 1: a wait of nearly nothing would be no wait.
    /// </summary>
    [Range(0.0, 0.9)]
    public double Jitter { get; set; } = 0.1;

    /// <summary>Probes that may be in flight at once while half-open. 1 to 1000, default 1.</summary>
    [Range(1, 1000)]
    public int HalfOpenMaxProbes { get; set; } = 1;

    /// <summary>Probes that must succeed to close the breaker. 1 to 1000, default 1.</summary>
    [Range(1, 1000)]
    public int SuccessesToClose { get; set; } = 1;

    /// <summary>
    /// How long a probe may take to report; then it counts as failed. Should exceed the longest call, default 35 s.
    /// </summary>
    [DurationRange(MinDuration, MaxDuration)]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(35);

    /// <summary>Whether the breaker decides, or its operator. Default <see cref="CircuitMode.Automatic"/>.</summary>
    public CircuitMode Mode { get; set; }

    /// <summary>Whether any rule asks how many calls there were: successes cost a little more then.</summary>
    internal bool CountsCalls => MinimumFailureRatio > 0 || FailureRatio is not null || SlowCallRatio is not null;

    /// <summary>Compares the settings with each other; the attributes have judged each by itself.</summary>
    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ResetTimeout > MaxResetTimeout)
        {
            yield return new ValidationResult(
                $"{nameof(ResetTimeout)} ({ResetTimeout}) is longer than {nameof(MaxResetTimeout)} ({MaxResetTimeout}).",
                [nameof(ResetTimeout), nameof(MaxResetTimeout)]);
        }

        if (SlowCallDuration is null != SlowCallRatio is null)
        {
            var (given, missing) = SlowCallRatio is null
                ? (nameof(SlowCallDuration), nameof(SlowCallRatio))
                : (nameof(SlowCallRatio), nameof(SlowCallDuration));
            yield return new ValidationResult(
                $"{given} is set and {missing} is not: slow calls are judged by both.", [nameof(SlowCallDuration), nameof(SlowCallRatio)]);
        }

        if (SlowCallDuration >= ProbeTimeout)
        {
            yield return new ValidationResult(
                $"{nameof(SlowCallDuration)} ({SlowCallDuration}) is not shorter than {nameof(ProbeTimeout)} ({ProbeTimeout}): no call takes that long.",
                [nameof(SlowCallDuration), nameof(ProbeTimeout)]);
        }

        if (!Enum.IsDefined(Mode))
        {
            yield return new ValidationResult($"{nameof(Mode)} ({Mode}) is no mode.", [nameof(Mode)]);
        }
    }

    /// <summary>A copy that its owner can no longer change, once every setting has been found valid.</summary>
    /// <exception cref="ArgumentException">Lists every problem.</exception>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(CircuitBreakerOptions))]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The line above keeps the properties whose attributes are read; a derived class has to see to its own.")]
    internal CircuitBreakerOptions ValidatedCopy()
    {
        var copy = (CircuitBreakerOptions)MemberwiseClone();
        var context = new ValidationContext(copy);
        var problems = new List<ValidationResult>();
        Validator.TryValidateObject(copy, context, problems, validateAllProperties: true);
        // The validator skips Validate once an attribute has complained; the operator wants the whole list.
        var messages = problems.Concat(copy.Validate(context)).Select(p => p.ErrorMessage).Distinct().ToList();
        return messages.Count == 0
            ? copy
            : throw new ArgumentException($"Invalid circuit breaker options. {string.Join(" ", messages)}");
    }

    internal bool IsSlow(in CallResult result) =>
        result.Outcome is CallOutcome.Success or CallOutcome.Failure && result.Latency >= SlowCallDuration;

    /// <summary>
    /// The wait after opening for the <paramref name="step"/>-th time in a row (from 1), with <paramref name="random"/> in [0,1).
    /// </summary>
    internal TimeSpan WaitFor(int step, double random, TimeSpan? retryAfter)
    {
        // In floating point: a large step becomes infinity, which the minimum cuts down, where shifted ticks would overflow.
        var nominal = Math.Min(MaxResetTimeout.Ticks, Math.ScaleB(ResetTimeout.Ticks, step - 1));
        var wait = TimeSpan.FromTicks((long)(nominal * (1 - (Jitter * random))));
        var asked = retryAfter ?? TimeSpan.Zero;
        var granted = asked < MaxResetTimeout ? asked : MaxResetTimeout;
        return granted > wait ? granted : wait;
    }
}
