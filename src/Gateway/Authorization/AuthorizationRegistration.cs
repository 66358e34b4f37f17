using EventGateway.Gateway.Authentication;

namespace EventGateway.Gateway.Authorization;

internal static class AuthorizationRegistration
{
    /// <summary>Who clients are, and which of them may use what.</summary>
    public static void AddClientAuthorization(this IServiceCollection services)
    {
        services.AddSingleton<BearerTokens>();
        services.AddSingleton<IssuerKeyRegistry>();
        services.AddHostedService(provider => provider.GetRequiredService<IssuerKeyRegistry>());
    }
}
