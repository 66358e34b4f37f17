using System.Globalization;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Telemetry;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Commands.Simulate;

/// <summary>Writes the timeline of a simulation.</summary>
internal static class SimulationReport
{
    public static string Timeline(IReadOnlyList<Moment> moments)
    {
        var table = new TextTable(ColumnAlignment.Right, ColumnAlignment.Right);
        table.Add("time", "line", "script", "what happened", "state", "change");
        for (var i = 0; i < moments.Count;)
        {
            // A thousand calls of which one is as the other are one line.
            var moment = moments[i];
            var alike = 1 + moments.Skip(i + 1).TakeWhile(other => IsLike(moment, other)).Count();
            table.Add(
                $"{moment.At.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture)} s",
                moment.Step.Line.ToString(CultureInfo.InvariantCulture),
                moment.Step.Text,
                (alike > 1 ? $"{alike.ToText()} × " : "") + moment.What,
                moment.State.ToLabel(),
                moment.Transitions.Count > 0 ? TextOf(moment.Transitions[0], moment.At) : "");
            foreach (var transition in moment.Transitions.Skip(1))
            {
                table.Add("", "", "", "", "", TextOf(transition, moment.At));
            }

            i += alike;
        }

        return table.ToText(indent: "");
    }

    private static bool IsLike(Moment moment, Moment other) =>
        ReferenceEquals(moment.Step, other.Step) && moment.At == other.At && moment.What == other.What && moment.State == other.State
        && moment.Transitions.Count == 0 && other.Transitions.Count == 0;

    private static string TextOf(CircuitTransition transition, TimeSpan now)
    {
        var at = SimulatedClock.MomentOf(transition.At);
        return $"{transition.From.ToLabel()} → {transition.To.ToLabel()} ({transition.Reason.ToLabel()})"
            + (transition.Wait is { } wait ? $", waits {wait.ToText()}" : "")
            + (at == now ? "" : $", at {at.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s");
    }
}
