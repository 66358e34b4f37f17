using System.Globalization;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>A breaker's settings as one sentence: <c>opens after 3 failures in 30 s, then waits 10→20→40→60 s</c>.</summary>
internal static class BreakerSentence
{
    private const int MostWaits = 6;

    public static string Of(BreakerPlan plan) => plan.Settings.Mode switch
    {
        CircuitMode.ForcedOpen => "is forced open: refuses every call",
        CircuitMode.Disabled => "is disabled: lets every call pass and counts nothing",
        CircuitMode.MetricsOnly => $"lets every call pass and only reports; automatic, it {OfItsOwn(plan)}",
        _ => OfItsOwn(plan),
    };

    private static string OfItsOwn(BreakerPlan plan) =>
        $"opens {string.Join(", or ", RulesOf(plan.Settings))}, then waits {WaitsOf(plan)}{ProbesOf(plan.Settings)}";

    private static IEnumerable<string> RulesOf(CircuitBreakerOptions settings)
    {
        var window = settings.FailureWindow.ToText();
        var least = settings.MinimumFailureRatio > 0 ? $" that are at least {Share(settings.MinimumFailureRatio)} of the calls" : "";
        yield return settings.FailureThreshold == 1 && least.Length == 0
            ? "after 1 failure"   // alone it lies within any window
            : $"after {settings.FailureThreshold.Of("failure")} in {window}{least}";
        if (settings.FailureRatio is { } failed)
        {
            yield return $"when {Share(failed)} of at least {settings.MinimumCalls.Of("call")} in {window} fail";
        }

        if (settings is { SlowCallRatio: { } slow, SlowCallDuration: { } duration })
        {
            yield return $"when {Share(slow)} of at least {settings.MinimumCalls.Of("call")} in {window} wait {duration.ToText()} or longer for an answer";
        }
    }

    private static string Share(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio * 100:0.###} %");

    private static string WaitsOf(BreakerPlan plan)
    {
        List<TimeSpan> waits = [];
        for (var wait = plan.FirstWait; wait < plan.LongestWait; wait *= 2)
        {
            waits.Add(wait);
        }

        waits.Add(plan.LongestWait);
        return waits.Count == 1 ? $"{waits[0].ToText()} each time"
            : waits.Count > MostWaits ? $"{waits[..3].ToText()}→…→{waits[^1].ToText()}"
            : waits.ToText();
    }

    private static string ProbesOf(CircuitBreakerOptions settings) =>
        settings.SuccessesToClose == 1 ? "" : $", and closes after {settings.SuccessesToClose.Of("successful probe")}";
}
