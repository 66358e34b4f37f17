using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.WebUtilities;

namespace EventGateway.Gateway.Errors;

/// <summary>
/// Writes every error body of the gateway: problem details (RFC 9457) that also carry the original API's members, so that its
/// clients keep working.
/// </summary>
internal static class ErrorWriter
{
    // The body is JSON and says so; escaping apostrophes, as if it were to be put into a page, only makes it hard to read.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteErrorAsync(this HttpContext context, GatewayError error)
    {
        var record = RequestRecord.Of(context);
        record.Cause = error.Code;
        if (error.Rejection is { } reason)
        {
            context.RequestServices.GetRequiredService<RequestMetrics>().Rejected(record.Route, reason);
        }

        var body = BodyOf(error, record.CorrelationId);
        var response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/problem+json";
        response.ContentLength = body.WrittenCount;
        response.Headers.CacheControl = "no-store";
        response.SetSecurityHeaders();
        response.Headers[RequestRecord.CorrelationHeader] = record.CorrelationId;
        if (error.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (error.Challenge.Count > 0)
        {
            response.Headers.WWWAuthenticate = error.Challenge;
        }

        if (error.CloseConnection)
        {
            response.Headers.Connection = "close";
        }

        // Not RequestAborted: the error may be that the route's time is over.
        return response.Body.WriteAsync(body.WrittenMemory, record.ClientGone).AsTask();
    }

    public static ArrayBufferWriter<byte> BodyOf(GatewayError error, string correlationId)
    {
        var body = new ArrayBufferWriter<byte>(512);
        Write(body, error, correlationId);
        return body;
    }

    private static void Write(IBufferWriter<byte> output, GatewayError error, string correlationId)
    {
        using var json = new Utf8JsonWriter(output, WriterOptions);
        var phrase = ReasonPhrases.GetReasonPhrase(error.Status);
        json.WriteStartObject();
        json.WriteString("type"u8, $"urn:eventgateway:error:{error.Code}");
        json.WriteString("title"u8, phrase);
        json.WriteNumber("status"u8, error.Status);
        json.WriteString("detail"u8, error.Detail);
        json.WriteString("correlationId"u8, correlationId);
        json.WriteString("code"u8, error.Code);
        WriteOptional(json, "member", error.Member);
        WriteOptional(json, "step", error.Step);
        WriteOptional(json, "item", error.Item);
        json.WriteBoolean("success"u8, value: false);
        json.WriteString("error"u8, error.Error ?? phrase);
        json.WriteString("message"u8, error.Detail);
        if (error.RetryAfterSeconds is { } seconds)
        {
            json.WriteNumber("retryAfter"u8, seconds);
        }

        WriteOptional(json, "circuitBreakerState", error.CircuitBreakerState);
        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
