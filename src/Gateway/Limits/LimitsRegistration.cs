namespace EventGateway.Gateway.Limits;

internal static class LimitsRegistration
{
    /// <summary>The limits that clusters name in their metadata.</summary>
    public static void AddCallLimits(this IServiceCollection services) => services.AddSingleton<CallLimiters>();
}
