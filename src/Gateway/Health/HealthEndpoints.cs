using System.Text.Json.Serialization;
using EventGateway.Gateway.Errors;

namespace EventGateway.Gateway.Health;

/// <summary><c>/health</c>: the process lives. <c>/ready</c>: it should get traffic.</summary>
internal static class HealthEndpoints
{
    private const string Health = "/health";
    private const string Ready = "/ready";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];
    private static readonly byte[] Ok = "{\"status\":\"ok\"}"u8.ToArray();

    public static IReadOnlyList<string> Paths { get; } = [Health, Ready];

    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(Health, Methods, static context => WriteAsync(context.Response, Ok)).DisableHttpMetrics();
        endpoints.MapMethods(Ready, Methods, static async context =>
        {
            var report = await context.RequestServices.GetRequiredService<Readiness>().ReportAsync();
            context.Response.StatusCode = report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            await WriteAsync(context.Response, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(report, HealthJson.Default.ReadinessReport));
        }).DisableHttpMetrics();
    }

    private static Task WriteAsync(HttpResponse response, byte[] json)
    {
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        response.Headers.CacheControl = "no-store";
        response.SetSecurityHeaders();
        return response.Body.WriteAsync(json).AsTask();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReadinessReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
