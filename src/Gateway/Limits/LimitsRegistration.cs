namespace EventGateway.Gateway.Limits;

internal static class LimitsRegistration
{
    /// <summary>The limits that clusters name in their metadata, and that of the gateway.</summary>
    public static void AddCallLimits(this IServiceCollection services)
    {
        services.AddSingleton<CallLimiters>();
        services.AddSingleton<RequestLimit>();
    }
}
