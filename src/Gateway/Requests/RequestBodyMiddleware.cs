using System.Buffers;
using System.IO.Pipelines;
using EventGateway.Gateway.Errors;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Checks the bodies of routes that name a <see cref="RequestBodyPolicy"/>. It runs before the circuit breaker: a client's
/// mistakes are no news about the upstream, and never reach it.
/// </summary>
internal sealed class RequestBodyMiddleware(RequestDelegate next, EventIdGenerator ids)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RequestBodyPolicy>() is { } policy ? CheckAsync(context, policy) : next(context);

    private async Task CheckAsync(HttpContext context, RequestBodyPolicy policy)
    {
        if (CheckMediaType(context.Request) is { } unsupported)
        {
            await context.WriteErrorAsync(GatewayError.UnsupportedMediaType(unsupported));
            return;
        }

        var (body, error) = await ReadAsync(context.Request, policy.MaxBytes);
        if (error is null)
        {
            error = NewEventBody.Check(body, out var idOffset);
            body = error is null && idOffset >= 0 ? NewEventBody.InsertId(body, idOffset, ids.Next()) : body;
        }

        if (error is not null)
        {
            await context.WriteErrorAsync(error);
            return;
        }

        using var checkedBody = new MemoryStream(body!, writable: false);
        context.Request.Body = checkedBody;
        context.Request.Headers.TransferEncoding = default;
        context.Request.ContentLength = body!.Length;
        await next(context);
    }

    private static string? CheckMediaType(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0)
        {
            return "The request body must not have a Content-Encoding.";
        }

        if (request.Headers.ContentType.Count != 1
            || !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !(type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || (type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
                    && type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))))
        {
            return "The Content-Type must be application/json.";
        }

        return type.Charset.Length > 0 && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            ? "The charset of the request body must be utf-8."
            : null;
    }

    private static async ValueTask<(byte[]? Body, GatewayError? Error)> ReadAsync(HttpRequest request, int limit)
    {
        if (request.ContentLength > limit)
        {
            return (null, GatewayError.TooLarge(limit));
        }

        try
        {
            return await ReadToEndAsync(request.BodyReader, limit) is { } body ? (body, null) : (null, GatewayError.TooLarge(limit));
        }
        catch (BadHttpRequestException e)
        {
            return (null, GatewayError.UnreadableBody(e.StatusCode));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            return (null, GatewayError.UnreadableBody(StatusCodes.Status400BadRequest));
        }
    }

    private static async ValueTask<byte[]?> ReadToEndAsync(PipeReader reader, int limit)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
