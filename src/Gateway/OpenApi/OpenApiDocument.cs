using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventGateway.Gateway.Configuration;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.OpenApi;

/// <summary>The description of one configuration, as it is sent.</summary>
internal sealed class OpenApiDocument
{
    private static readonly JsonSerializerOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private OpenApiDocument(GatewayPlan plan)
    {
        Plan = plan;
        Json = Encoding.UTF8.GetBytes(OpenApiWriter.Write(plan).ToJsonString(Format));
        Tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Json).AsSpan(0, 8))}\"");
    }

    public byte[] Json { get; }

    public EntityTagHeaderValue Tag { get; }

    private GatewayPlan Plan { get; }

    /// <summary>The same again until there is another configuration.</summary>
    public static OpenApiDocument Of(GatewayPlan plan, ref OpenApiDocument? last)
    {
        var document = Volatile.Read(ref last);
        if (document?.Plan != plan)
        {
            document = new OpenApiDocument(plan);   // two at once make two of the same
            Volatile.Write(ref last, document);
        }

        return document;
    }
}
