using System.Buffers;
using System.IO.Pipelines;
using EventGateway.Gateway.Errors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Checks the bodies of routes that name a <see cref="RequestBodyPolicy"/>, and the length of the others. It runs before the circuit
/// breaker: a client's mistakes are no news about the upstream, and never reach it.
/// </summary>
internal sealed class RequestBodyMiddleware(RequestDelegate next, EventIdGenerator ids, TimeProvider time)
{
    private const string Json = "application/json";

    // Nearly every body begins with its brace.
    private readonly CheckedBody _withoutId = new(1, ids);
    private readonly CheckedBody _withId = new(-1, ids);

    public Task InvokeAsync(HttpContext context)
    {
        var route = context.GetReverseProxyFeature().Route.Config;
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequestBodyPolicy>() is { } policy)
        {
            return CheckAsync(context, policy.LimitFor(route));
        }

        var limit = route.MaxRequestBodySize is { } size and >= 0 ? size : long.MaxValue;
        return context.Request.ContentLength > limit ? context.WriteErrorAsync(GatewayError.TooLarge(limit)) : StreamAsync(context, limit);
    }

    // A length that isn't known shows only while the body passes, and so does a client that is slow to send it. Whoever measures the
    // time of a call must know.
    private Task StreamAsync(HttpContext context, long limit)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            context.Request.Body = new WatchedBody(context.Request.BodyReader, limit, time);
            context.Features.Set<IHttpMaxRequestBodySizeFeature>(null);   // YARP would have Kestrel count as well, and differently
            AllowPauses(context);
        }

        return next(context);
    }

    // What gRPC sends is messages, and between them there may be none for long; Kestrel would take that for a client that is slow, and cut its
    // whole connection. How long there may be none, the cluster's ActivityTimeout says.
    private static void AllowPauses(HttpContext context)
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol)
            && context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true
            && context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    private async Task CheckAsync(HttpContext context, int limit)
    {
        if (CheckMediaType(context.Request) is { } unsupported)
        {
            await context.WriteErrorAsync(GatewayError.UnsupportedMediaType(unsupported));
            return;
        }

        var (body, error) = await ReadAsync(context, limit);
        error ??= Check(context, body);
        await (error is null ? next(context) : context.WriteErrorAsync(error));
    }

    private GatewayError? Check(HttpContext context, ReadOnlySequence<byte> body)
    {
        var error = NewEventBody.Check(CheckedBody.Whole(body), out var idOffset);
        context.Request.BodyReader.AdvanceTo(body.Start, body.End);   // it stays where it is
        context.Features.Set(idOffset switch
        {
            -1 => _withId,
            1 => _withoutId,
            _ => new CheckedBody(idOffset, ids),
        });
        return error;
    }

    private static string? CheckMediaType(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0)
        {
            return "The request body must not have a Content-Encoding.";
        }

        if (request.Headers.ContentType is [Json])
        {
            return null;   // as nearly everybody says it
        }

        if (request.Headers.ContentType.Count != 1
            || !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !(type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
                || (type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
                    && type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))))
        {
            return "The Content-Type must be application/json.";
        }

        return type.Charset.Length > 0 && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            ? "The charset of the request body must be utf-8."
            : null;
    }

    /// <summary>All of the body, to be given back to its reader; or what is wrong.</summary>
    private static async ValueTask<(ReadOnlySequence<byte> Body, GatewayError? Error)> ReadAsync(HttpContext context, int limit)
    {
        if (context.Request.ContentLength > limit)
        {
            return (default, GatewayError.TooLarge(limit));
        }

        try
        {
            return await ReadToEndAsync(context.Request.BodyReader, limit, context.RequestAborted) is { } body ? (body, null) : (default, GatewayError.TooLarge(limit));
        }
        catch (BadHttpRequestException e)
        {
            return (default, GatewayError.UnreadableBody(e.StatusCode));
        }
        catch (OperationCanceledException) when (!RequestRecord.Of(context).ClientGone.IsCancellationRequested)
        {
            // The route's whole time is over, and the body isn't whole yet.
            return (default, GatewayError.UnreadableBody(StatusCodes.Status408RequestTimeout));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            return (default, GatewayError.UnreadableBody(StatusCodes.Status400BadRequest));
        }
    }

    private static async ValueTask<ReadOnlySequence<byte>?> ReadToEndAsync(PipeReader reader, int limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadFromClientAsync(cancellationToken);
            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                return read.Buffer;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
