using System.Globalization;
using EventGateway.Gateway.Admin;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Commands.Operate;

/// <summary>The admin API's documents for people at a terminal. Times are UTC, as in logs.</summary>
internal static class BreakerText
{
    public static string Of(ChangeReport change)
    {
        var after = change.Breaker;
        var state = change.StateBefore == after.State ? $"still {after.State}" : $"{change.StateBefore} → {after.State}";
        return $"breaker {after.Name}: {state}{(after.Override is { } o ? $", {TermOf(o)}" : "")}\n";
    }

    public static string Of(BreakerDetail detail)
    {
        var b = detail.Breaker;
        var wait = b.RetryAfterSeconds > 0 ? $", next probe in {Span(b.RetryAfterSeconds)}" : "";
        return $"breaker {b.Name}: {b.State} since {Time(b.Since)}{wait}\n{FactsOf(detail).ToText()}"
            + Section("failures", detail.Failures.Select(f => (string[])
            [
                Time(f.At), f.Cause, f.Status?.ToString(CultureInfo.InvariantCulture) ?? "", $"after {Span(f.DurationSeconds)}",
                f.TraceId is null ? "" : $"trace {f.TraceId}",
            ]))
            + Section("transitions", detail.Transitions.Select(t => (string[])
                [Time(t.At), $"{t.From} → {t.To}", t.Reason, (t.WaitSeconds is { } s ? $"waits {Span(s)}" : "") + (t.IsSimulated ? "(simulated)" : "")]))
            + Section("operators", detail.Actions.Select(a => (string[])
                [Time(a.At), a.Action, a.TtlSeconds is { } s ? $"for {Span(s)}" : "", a.Reason]));
    }

    private static TextTable FactsOf(BreakerDetail detail)
    {
        var b = detail.Breaker;
        var facts = new TextTable();
        facts.Add("window", $"{b.WindowFailures} of {b.FailureThreshold.Of("failure")} in {detail.Settings.FailureWindow.ToText()}");
        if (detail.Window is { } w)
        {
            facts.Add("calls", $"{w.Calls.ToText()} in the window, {w.Failures.ToText()} failed, {w.SlowCalls.ToText()} slow");
        }

        facts.Add("opened", $"{b.BackoffStep.Of("time")} since it was last closed, {b.ProbesInFlight.Of("probe")} in flight");
        facts.Add("mode", b.Override is { } o ? $"{b.Mode} {TermOf(o)}" : b.Mode.ToString());
        return facts;
    }

    private static string Section(string title, IEnumerable<string[]> rows)
    {
        var table = new TextTable();
        var any = false;
        foreach (var row in rows)
        {
            any = true;
            table.Add(row);
        }

        return any ? $"{title}, newest first:\n{table.ToText()}" : "";
    }

    private static string TermOf(OverrideReport o) => $"until {Time(o.Until)} ({Span(Math.Ceiling(o.RemainingSeconds))} left): {o.Reason}";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Span(double seconds) => TimeSpan.FromSeconds(seconds).ToText();
}
