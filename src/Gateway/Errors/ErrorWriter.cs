using System.Buffers;
using System.Text.Json;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;
using Microsoft.AspNetCore.WebUtilities;

namespace EventGateway.Gateway.Errors;

/// <summary>
/// Writes every error body of the gateway: problem details (RFC 9457) that also carry the original API's members, so that its
/// clients keep working.
/// </summary>
internal static class ErrorWriter
{
    private const string TypePrefix = "urn:eventgateway:error:";
    private const int LongestCode = 64;

    public static async Task WriteErrorAsync(this HttpContext context, GatewayError error)
    {
        var record = RequestRecord.Of(context);
        record.Fail(error);
        Write(context.Response, error, record.CorrelationId);

        // Not RequestAborted: the error may be that the route's time is over.
        await context.Response.BodyWriter.FlushAsync(record.ClientGone);
    }

    /// <summary>Until the thread writes its next JSON text.</summary>
    public static ReadOnlySpan<byte> BodyOf(GatewayError error, string correlationId)
    {
        var body = JsonScratch.Begin(out var json);
        Write(json, error, correlationId);
        return body.Written;
    }

    private static void Write(HttpResponse response, GatewayError error, string correlationId)
    {
        var body = BodyOf(error, correlationId);
        response.StatusCode = error.Status;
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.SetSecurityHeaders();
        response.Headers[RequestRecord.CorrelationHeader] = correlationId;
        if (error.RetryAfterHeader is { } seconds)
        {
            response.Headers.RetryAfter = seconds;
        }

        if (error.Challenge.Count > 0)
        {
            response.Headers.WWWAuthenticate = error.Challenge;
        }

        if (error.CloseConnection)
        {
            response.Headers.Connection = "close";
        }

        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            response.BodyWriter.Write(body);
        }
    }

    private static void Write(Utf8JsonWriter json, GatewayError error, string correlationId)
    {
        var phrase = ReasonPhrases.GetReasonPhrase(error.Status);
        Span<char> type = stackalloc char[TypePrefix.Length + LongestCode];
        type.TryWrite($"{TypePrefix}{error.Code}", out var length);
        json.WriteStartObject();
        json.WriteString("type"u8, type[..length]);
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
