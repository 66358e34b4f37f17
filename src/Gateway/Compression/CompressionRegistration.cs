using Microsoft.AspNetCore.ResponseCompression;

namespace EventGateway.Gateway.Compression;

internal static class CompressionRegistration
{
    /// <summary>The framework's compression by the gateway's rules, which also know what carries secrets, over HTTPS and else.</summary>
    public static void AddCompression(this IServiceCollection services)
    {
        services.AddResponseCompression(static options => options.EnableForHttps = true);
        services.AddSingleton<IResponseCompressionProvider, CompressionRules>();
    }
}
