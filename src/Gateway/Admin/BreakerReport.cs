using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Admin;

/// <summary>How a breaker stands. Members' names are a promise: docs/admin.md describes them.</summary>
internal sealed record BreakerReport(
    string Name,
    string State,
    DateTimeOffset Since,
    double RetryAfterSeconds,
    int WindowFailures,
    int FailureThreshold,
    int BackoffStep,
    int ProbesInFlight,
    CircuitMode Mode,
    OverrideReport? Override)
{
    public static BreakerReport Of(CircuitBreaker breaker)
    {
        var status = breaker.GetStatus();
        return new(
            breaker.Name, status.State.ToLabel(), status.Since, Seconds(status.RetryAfter), status.WindowFailures, status.FailureThreshold,
            status.BackoffStep, status.ProbesInFlight, status.Mode, status.Override is { } o ? OverrideReport.Of(o) : null);
    }

    public static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);
}

internal sealed record OverrideReport(CircuitMode Mode, DateTimeOffset Since, DateTimeOffset Until, double RemainingSeconds, string Reason)
{
    public static OverrideReport Of(CircuitOverride o) => new(o.Mode, o.Since, o.Until, BreakerReport.Seconds(o.Remaining), o.Reason);
}

internal sealed record BreakerList(IReadOnlyList<BreakerReport> Breakers);

/// <summary>Everything that says why a breaker is in the state in which it is.</summary>
internal sealed record BreakerDetail(
    BreakerReport Breaker,
    WindowReport? Window,
    IReadOnlyList<FailureReport> Failures,
    IReadOnlyList<TransitionReport> Transitions,
    IReadOnlyList<ActionReport> Actions,
    CountsReport Counts,
    BreakerOptions Settings)
{
    public static BreakerDetail Of(Guard guard, BreakerOptions settings)
    {
        var breaker = guard.Breaker;
        return new(
            BreakerReport.Of(breaker),
            breaker.GetStatus().Window is { } w ? new WindowReport(w.Calls, w.Failures, w.SlowCalls, w.FailureRatio, w.SlowCallRatio) : null,
            [.. breaker.RecentFailures.Select(f => new FailureReport(f.At, f.Cause.ToLabel(), f.Status, BreakerReport.Seconds(f.Duration), f.TraceId))],
            [.. breaker.RecentTransitions.Select(TransitionReport.Of)],
            [.. guard.Actions.Select(ActionReport.Of)],
            CountsReport.Of(breaker.GetCounts()),
            settings);
    }
}

internal sealed record WindowReport(long Calls, long Failures, long SlowCalls, double FailureRatio, double SlowCallRatio);

internal sealed record FailureReport(DateTimeOffset At, string Cause, int? Status, double DurationSeconds, string? TraceId);

internal sealed record TransitionReport(
    long Sequence, DateTimeOffset At, string From, string To, string Reason, double? WaitSeconds, double SecondsInPreviousState, bool IsSimulated)
{
    public static TransitionReport Of(CircuitTransition t) => new(
        t.Sequence, t.At, t.From.ToLabel(), t.To.ToLabel(), t.Reason.ToLabel(), t.Wait is { } wait ? BreakerReport.Seconds(wait) : null,
        BreakerReport.Seconds(t.TimeInPreviousState), t.IsSimulated);
}

internal sealed record ActionReport(DateTimeOffset At, string Action, string Reason, double? TtlSeconds)
{
    public static ActionReport Of(OperatorAction a) =>
        new(a.At, a.Verb.ToWord(), a.Reason, a.Length is { } length ? BreakerReport.Seconds(length) : null);
}

/// <summary>What has been counted since the start; what has not happened is left out.</summary>
internal sealed record CountsReport(
    IReadOnlyList<CallCount> Calls, IReadOnlyDictionary<string, long> Rejections, IReadOnlyDictionary<string, long> LateResults)
{
    public static CountsReport Of(CircuitCounts counts) => new(
        [.. CircuitCounts.PossibleCalls
            .Select(c => new CallCount(c.Outcome.ToLabel(), c.Cause.ToLabel(), counts.Calls(c.Outcome, c.Cause)))
            .Where(c => c.Count > 0)],
        CircuitCounts.PossibleRejections.Where(s => counts.Rejections(s) > 0).ToDictionary(s => s.ToLabel(), counts.Rejections),
        Enum.GetValues<CallOutcome>().Where(o => counts.LateResults(o) > 0).ToDictionary(o => o.ToLabel(), counts.LateResults));
}

internal sealed record CallCount(string Outcome, string Cause, long Count);

/// <summary>What a change has done.</summary>
internal sealed record ChangeReport(string StateBefore, BreakerReport Breaker);
