using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.MockUpstream.Control;

/// <summary>The answer of <c>GET /__mock/requests</c>.</summary>
/// <param name="Counts">Requests since the start or the last reset, by method and route.</param>
/// <param name="Last">The last requests, oldest first.</param>
internal sealed record RequestReport(IReadOnlyDictionary<string, long> Counts, IReadOnlyList<ArrivedRequest> Last);

/// <param name="At">When the request's headers had arrived.</param>
/// <param name="Method">Its method.</param>
/// <param name="Target">Its target exactly as it came, not decoded.</param>
/// <param name="Headers">Its headers; a name that came several times has several values.</param>
internal sealed record ArrivedRequest(DateTimeOffset At, string Method, string Target, IReadOnlyDictionary<string, string?[]> Headers)
{
    public static ArrivedRequest From(HttpRequest request, DateTimeOffset at) => new(
        at,
        request.Method,
        request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
        request.Headers.ToDictionary(header => header.Key, header => header.Value.ToArray()));
}
