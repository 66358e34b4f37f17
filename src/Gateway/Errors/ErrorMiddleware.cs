using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Errors;

/// <summary>
/// Gives a body to the errors that would leave without one: exceptions, the router's 405, and YARP's 502, 503 and 504.
/// An answer that came from the upstream is never touched.
/// </summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        GatewayError? error;
        try
        {
            await next(context);
            if (context.Response.HasStarted)
            {
                return;
            }

            error = Missing(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;   // nobody is left to read an answer
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            error = Explain(context, e);
            context.Response.Clear();
        }

        if (error is not null)
        {
            await context.WriteErrorAsync(error);
        }
    }

    private GatewayError Explain(HttpContext context, Exception exception)
    {
        if (exception is BadHttpRequestException bad)
        {
            return GatewayError.UnreadableBody(bad.StatusCode);
        }

        if (exception is UpstreamUnavailableException)
        {
            return GatewayError.NoDestination;
        }

        Log.Unhandled(logger, context.Request.Method, context.GetEndpoint()?.DisplayName, exception);
        return GatewayError.Internal;
    }

    private static GatewayError? Missing(HttpContext context)
    {
        if (RequestRecord.Of(context).Call is { } call)
        {
            return Of(call, context);
        }

        return context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed && context.Response.ContentLength is null
            ? GatewayError.MethodNotAllowed(context.Request.Method)
            : null;
    }

    private static GatewayError? Of(ProxiedCall call, HttpContext context)
    {
        if (call.ClientLeft || context.Features.Get<IForwarderErrorFeature>() is not { } failure)
        {
            return null;
        }

        // The upstream answered and only then stopped listening to the request's body: its answer stands.
        var answered = call.Status == context.Response.StatusCode
            && failure.Error is ForwarderError.RequestBodyClient or ForwarderError.RequestBodyDestination or ForwarderError.RequestBodyCanceled;
        if (answered)
        {
            return null;
        }

        var status = context.Response.StatusCode;
        context.Response.Clear();
        return failure.Error switch
        {
            ForwarderError.NoAvailableDestinations => GatewayError.NoDestination,
            ForwarderError.RequestBodyClient when status == StatusCodes.Status413PayloadTooLarge =>
                GatewayError.TooLarge(context.GetReverseProxyFeature().Route.Config.MaxRequestBodySize!.Value),
            ForwarderError.RequestBodyClient => GatewayError.UnreadableBody(status),
            // Only the verdict knows: the framework has taken the route's timeout away by now.
            _ when call.Verdict?.Cause == CallCause.ClientAbort => GatewayError.UnreadableBody(StatusCodes.Status408RequestTimeout),
            _ => call.Verdict?.Cause == CallCause.Timeout ? GatewayError.GatewayTimeout : GatewayError.BadGateway,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 101, EventName = "Unhandled", Level = LogLevel.Error, Message = "{Method} to {Endpoint} failed in the gateway.")]
        public static partial void Unhandled(ILogger logger, string method, string? endpoint, Exception exception);
    }
}
