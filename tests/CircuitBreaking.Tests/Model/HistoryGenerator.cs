using FsCheck;
using FsCheck.Fluent;

namespace EventGateway.CircuitBreaking.Tests.Model;

/// <summary>Random histories with settings small enough that a few steps trip, wait, probe and expire.</summary>
internal static class HistoryGenerator
{
    private static readonly Gen<CircuitBreakerOptions> AnyCounting =
        from minimum in Gen.Elements(0, 0, 0.2, 0.6)
        from failures in Gen.Elements<double?>(null, null, 0.25, 0.6, 1)
        from slow in Gen.Elements<double?>(null, null, 0.3, 1)
        from calls in Gen.Elements(1, 3, 6)
        from mode in Gen.Frequency(
            (6, Gen.Constant(CircuitMode.Automatic)),
            (3, Gen.Constant(CircuitMode.MetricsOnly)),
            (1, Gen.Elements(CircuitMode.ForcedOpen, CircuitMode.Disabled)))
        select new CircuitBreakerOptions
        {
            MinimumFailureRatio = minimum,
            FailureRatio = failures,
            SlowCallRatio = slow,
            SlowCallDuration = slow is null ? null : TimeSpan.FromSeconds(0.5),
            MinimumCalls = calls,
            Mode = mode,
        };

    private static readonly Gen<CircuitBreakerOptions> AnyOptions =
        from counting in AnyCounting
        from threshold in Gen.Choose(1, 4)
        from window in Gen.Elements(1, 3, 10)
        from reset in Gen.Elements(1, 2, 3)
        from longest in Gen.Elements(3, 8, 20)
        from jitter in Gen.Elements(0, 0.1, 0.9)
        from probes in Gen.Choose(1, 3)
        from successes in Gen.Choose(1, 3)
        from lease in Gen.Elements(1, 3, 9)
        select Changed(counting, o =>
        {
            o.FailureThreshold = threshold;
            o.FailureWindow = TimeSpan.FromSeconds(window);
            o.ResetTimeout = TimeSpan.FromSeconds(reset);
            o.MaxResetTimeout = TimeSpan.FromSeconds(longest);
            o.Jitter = jitter;
            o.HalfOpenMaxProbes = probes;
            o.SuccessesToClose = successes;
            o.ProbeTimeout = TimeSpan.FromSeconds(lease);
        });

    private static readonly Gen<CallResult> AnyResult = Gen.Frequency(
        (3, Gen.Constant(CallResult.Success)),
        (3, from seconds in Gen.Elements(0.1, 0.5, 2) select CallResult.Succeeded(TimeSpan.FromSeconds(seconds))),
        (1, Gen.Constant(CallResult.Failure(CallCause.Timeout, TimeSpan.FromSeconds(2)))),
        (5, Gen.Constant(CallResult.Failure(CallCause.Status5xx, TimeSpan.FromSeconds(0.2), 500, traceId: "t"))),
        (2, from seconds in Gen.Elements(0, 1, 5, 100)
            select CallResult.Failure(CallCause.Status5xx, TimeSpan.Zero, 503, TimeSpan.FromSeconds(seconds))),
        (2, Gen.Constant(CallResult.Ignored(CallCause.ClientAbort))),
        (1, Gen.Constant(CallResult.NotAttempted)));

    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (8, Gen.Constant<Step>(new Acquire())),
        (8, from pick in Gen.Choose(0, 9) from result in AnyResult select (Step)new Report(pick, result)),
        (3, from seconds in Gen.Elements(0, 0.5, 1, 3, 30) select (Step)new Advance(TimeSpan.FromSeconds(seconds))),
        (4, from extra in Gen.Elements(-1, 0, 0, 1) select (Step)new AdvanceToDeadline(extra)),
        (1, from options in AnyOptions select (Step)new Update(options)),
        (1, from mode in Gen.Elements(Enum.GetValues<CircuitMode>())
            from seconds in Gen.Elements(0.5, 2, 10)
            select (Step)new Override(mode, TimeSpan.FromSeconds(seconds))),
        (1, Gen.Constant<Step>(new Reset())));

    public static Arbitrary<History> Histories { get; } = Arb.From(
        from options in AnyOptions from steps in Gen.ArrayOf(AnyStep) select new History(options, steps),
        Shrink);

    /// <summary>Leaves out ever smaller stretches, then tries plainer settings.</summary>
    private static IEnumerable<History> Shrink(History history)
    {
        for (var length = (history.Steps.Count + 1) / 2; length > 0; length /= 2)
        {
            for (var start = 0; start < history.Steps.Count; start += length)
            {
                yield return history with { Steps = [.. history.Steps.Take(start), .. history.Steps.Skip(start + length)] };
            }
        }

        var options = history.Options;
        if ((options.Jitter, options.HalfOpenMaxProbes, options.SuccessesToClose) != (0, 1, 1))
        {
            yield return history with
            {
                Options = Changed(options, o => (o.Jitter, o.HalfOpenMaxProbes, o.SuccessesToClose) = (0, 1, 1)),
            };
        }

        if ((options.MinimumFailureRatio, options.FailureRatio, options.SlowCallRatio) != (0, null, null))
        {
            yield return history with
            {
                Options = Changed(options, o =>
                    (o.MinimumFailureRatio, o.FailureRatio, o.SlowCallRatio, o.SlowCallDuration) = (0, null, null, null)),
            };
        }
    }

    private static CircuitBreakerOptions Changed(CircuitBreakerOptions options, Action<CircuitBreakerOptions> change)
    {
        var copy = new CircuitBreakerOptions();
        foreach (var property in typeof(CircuitBreakerOptions).GetProperties())
        {
            property.SetValue(copy, property.GetValue(options));
        }

        change(copy);
        return copy;
    }
}
