using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Https;

internal static class HttpsRegistration
{
    /// <summary>The certificate, and the watch over its files.</summary>
    public static void AddHttps(this IServiceCollection services)
    {
        services.AddSingleton(provider => new LiveCertificate(provider.GetRequiredService<GatewayPlan>().Https, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CertificateMetrics>();
        services.AddHostedService<CertificateWatcher>();
    }

    /// <summary>Keeps to the configuration of the moment.</summary>
    public static void UseCertificate(this WebApplication app)
    {
        app.Services.GetRequiredService<CertificateMetrics>();
        var certificate = app.Services.GetRequiredService<LiveCertificate>();
        app.Services.GetRequiredService<LiveConfiguration>().Applied += plan => certificate.Apply(plan.Https);
    }
}
