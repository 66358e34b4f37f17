namespace EventGateway.Gateway.Admin;

internal static class AdminRegistration
{
    /// <summary>The admin API's own: the token. What it shows and changes belongs to others.</summary>
    public static void AddAdmin(this IServiceCollection services) => services.AddSingleton<AdminToken>();
}
