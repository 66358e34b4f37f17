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

    private OpenApiDocument(GatewayPlan plan, string? server)
    {
        (Plan, Server) = (plan, server);
        Json = Encoding.UTF8.GetBytes(OpenApiWriter.Write(plan, server).ToJsonString(Format));
        Tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Json).AsSpan(0, 8))}\"");
    }

    public byte[] Json { get; }

    public EntityTagHeaderValue Tag { get; }

    private GatewayPlan Plan { get; }

    private string? Server { get; }

    /// <summary>The same again until there is another configuration, or another name for the server.</summary>
    public static OpenApiDocument Of(GatewayPlan plan, string? server, ref OpenApiDocument? last)
    {
        var document = Volatile.Read(ref last);
        if (document?.Plan != plan || document.Server != server)
        {
            document = new OpenApiDocument(plan, server);   // two at once make two of the same
            Volatile.Write(ref last, document);
        }

        return document;
    }
}
