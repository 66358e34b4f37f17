namespace EventGateway.Gateway.CircuitBreaking;

internal static class CircuitBreakingRegistration
{
    /// <summary>The breakers of <c>CircuitBreakers</c>.</summary>
    public static void AddCircuitBreaking(this IServiceCollection services)
    {
        services.AddSingleton<BreakerRegistry>();
        services.AddSingleton<BreakerOperator>();
    }
}
