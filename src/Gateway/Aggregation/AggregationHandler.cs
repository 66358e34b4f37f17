using EventGateway.Aggregator;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Aggregation;

/// <summary>Answers one aggregated request: ids out of the path, the plan's run, and HTTP around what it gave. The last step of the aggregations' pipeline.</summary>
internal sealed class AggregationHandler(ClusterUpstreams upstreams, TimeProvider time, AggregationMetrics metrics)
{
    /// <summary>Says of an answer that parts of it are missing.</summary>
    public const string PartialHeader = "X-Gateway-Partial";

    public async Task HandleAsync(HttpContext context)
    {
        var (plan, targets) = context.Features.GetRequiredFeature<AggregatedCall>();
        var record = RequestRecord.Of(context);
        if (ReadParameters(context, plan, out var parameters) is { } error)
        {
            record.Route = error == GatewayError.NotFound ? RequestRecord.NoRoute : record.Route;
            await context.WriteErrorAsync(error);
            return;
        }

        var started = time.GetTimestamp();
        using var inFlight = metrics.Begin(plan.Name);
        using var answer = await plan.RunAsync(parameters, upstreams.For(context, plan, targets), time, context.RequestAborted);
        record.Cluster = plan.Steps[0].Cluster;
        record.UpstreamDuration = time.GetElapsedTime(started);
        metrics.Finished(plan.Name, answer, record.UpstreamDuration.Value);

        if (answer.Failure is null)
        {
            context.Features.Set(new SharedCacheControl(answer.SharedCacheControl));
            await WriteAsync(context.Response, plan, answer);
        }
        else if (record.ClientGone.IsCancellationRequested)
        {
            record.Cause = answer.Failure.Error.ToLabel();
        }
        else
        {
            await context.WriteErrorAsync(GatewayError.Of(answer.Failure));
        }
    }

    /// <summary>The ids in the request's path, or why it can't be answered.</summary>
    internal static GatewayError? ReadParameters(HttpContext context, AggregationPlan plan, out string[] parameters)
    {
        parameters = new string[plan.Parameters.Count];
        var path = RawPath.BelowVersion(context);
        if (RawPath.HasDotSegment(path))
        {
            return GatewayError.BadPath;
        }

        var next = 0;
        var raw = path.Split('/');
        var template = plan.Path.AsSpan();
        foreach (var expected in template.Split('/'))
        {
            if (!raw.MoveNext())
            {
                return GatewayError.NotFound;
            }

            if (template[expected].StartsWith('{'))
            {
                if (!PathSegment.TryDecode(path[raw.Current], out var value))
                {
                    return GatewayError.BadPath;
                }

                parameters[next++] = value;
            }
        }

        return null;
    }

    private static async Task WriteAsync(HttpResponse response, AggregationPlan plan, AggregationAnswer answer)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        response.ContentLength = answer.ContentLength;
        response.SetSecurityHeaders();
        if (answer.CacheControl is { } cacheControl)
        {
            response.Headers.CacheControl = cacheControl;
        }

        if (answer.Vary.Count > 0)
        {
            SetVary(response, plan, answer);
        }

        if (answer.FailedParts > 0)
        {
            response.Headers[PartialHeader] = $"failed={answer.FailedParts}, total={answer.TotalParts}";
        }

        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            answer.WriteTo(response.BodyWriter);
            answer.Dispose();   // the parts' buffers needn't wait for a slow client
        }

        await response.BodyWriter.FlushAsync();
    }

    private static void SetVary(HttpResponse response, AggregationPlan plan, AggregationAnswer answer)
    {
        // "*" is anything.
        var vary = answer.Vary.Where(name => name == "*" || ClusterUpstream.DependsOnClient(plan, name)).ToArray();
        if (vary.Length > 0)
        {
            response.Headers.Vary = string.Join(", ", vary);
        }
    }
}
