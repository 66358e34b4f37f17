using System.Globalization;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>The fields of draft-ietf-httpapi-ratelimit-headers, on every answer to a request that a policy has judged.</summary>
internal static class RateLimitFields
{
    private const string RateLimit = "RateLimit";
    private const string RateLimitPolicy = "RateLimit-Policy";

    /// <summary>
    /// Adds them when the answer begins, since an error clears the headers that were set before it. They are lists: what an upstream says of
    /// its own limits stands beside what the gateway says.
    /// </summary>
    public static void Announce(HttpResponse response, Admission admission) => response.OnStarting(
        static state =>
        {
            var (headers, policy, limit) = (Fields)state;
            headers.Append(RateLimitPolicy, policy);
            headers.Append(RateLimit, limit);
            return Task.CompletedTask;
        },
        new Fields(response.Headers, admission.Plan.Field, Describe(admission)));

    private static string Describe(Admission admission) => admission.Allowance.Reset is { } reset
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"\"{admission.Plan.Name}\";r={admission.Allowance.Remaining};t={Math.Max(1, (long)Math.Ceiling(reset.TotalSeconds))}")
        : string.Create(CultureInfo.InvariantCulture, $"\"{admission.Plan.Name}\";r={admission.Allowance.Remaining}");

    private sealed record Fields(IHeaderDictionary Headers, string Policy, string Limit);
}
