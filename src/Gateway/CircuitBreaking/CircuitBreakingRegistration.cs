namespace EventGateway.Gateway.CircuitBreaking;

internal static class CircuitBreakingRegistration
{
    /// <summary>The breakers of <c>CircuitBreakers</c>, and what has them keep up with the time.</summary>
    public static void AddCircuitBreaking(this IServiceCollection services)
    {
        services.AddSingleton<BreakerRegistry>();
        services.AddSingleton<BreakerOperator>();
        services.AddHostedService<BreakerClock>();
    }
}
