namespace EventGateway.Gateway.Retries;

internal static class RetriesRegistration
{
    /// <summary>The policies of <c>RetryPolicies</c>.</summary>
    public static void AddRetries(this IServiceCollection services)
    {
        services.AddSingleton<RetryBudgets>();
        services.AddSingleton<Retrying>();
    }
}
