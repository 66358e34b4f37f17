using Microsoft.AspNetCore.ResponseCompression;

namespace EventGateway.Gateway.Compression;

internal static class CompressionRegistration
{
    /// <summary>The framework's compression with Brotli and gzip, in this order where a client takes both alike, by the gateway's rules.</summary>
    public static void AddCompression(this IServiceCollection services)
    {
        services.AddResponseCompression(options =>
        {
            options.Providers.Add<BrotliCompressionProvider>();
            options.Providers.Add<GzipCompressionProvider>();
            options.EnableForHttps = true;   // the rules know what carries secrets
        });
        services.AddSingleton<IResponseCompressionProvider, CompressionRules>();
    }
}
