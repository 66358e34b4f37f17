using System.Text;

namespace EventGateway.CircuitBreaking.Tests.Model;

/// <summary>A breaker's settings and what happens to it. A failing one prints as a listing that can be read and replayed.</summary>
internal sealed record History(CircuitBreakerOptions Options, IReadOnlyList<Step> Steps)
{
    public override string ToString()
    {
        var listing = new StringBuilder().AppendLine().AppendLine(Describe(Options));
        for (var i = 0; i < Steps.Count; i++)
        {
            listing.AppendLine(null, $"{i + 1,4}. {Steps[i]}");
        }

        return listing.ToString();
    }

    public static string Describe(CircuitBreakerOptions options) =>
        $"{options.FailureThreshold} failures in {options.FailureWindow}, wait {options.ResetTimeout} to {options.MaxResetTimeout}"
        + $" less {options.Jitter:P0}, {options.HalfOpenMaxProbes} probes of {options.ProbeTimeout}, {options.SuccessesToClose} to close,"
        + $" at least {options.MinimumFailureRatio:P0}, or {options.FailureRatio:P0}, or {options.SlowCallRatio:P0} of {options.SlowCallDuration}"
        + $" in {options.MinimumCalls} calls, {options.Mode}";
}
