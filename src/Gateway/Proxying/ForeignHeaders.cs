using System.Collections.Frozen;
using EventGateway.Gateway.ClientAddress;
using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Configuration;
using HttpRequestHeaders = System.Net.Http.Headers.HttpRequestHeaders;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// Headers that aren't a client's to send, because upstreams believe them: who the client is, which path was asked for, and everything that
/// a CGI-like upstream can't tell from a header for which the gateway stands (to it, <c>X_Forwarded_For</c> and <c>X-Forwarded-For</c> are one).
/// </summary>
internal sealed class ForeignHeaders
{
    // Proxy becomes the variable HTTP_PROXY of a CGI program, and its calls go where the client wants. The two URLs take, in several
    // frameworks, the place of the path that was routed here.
    private static readonly string[] NeverPassed =
        [.. ForwardedFor.NeverPassed, FramingMiddleware.RenamedContentLength, "Proxy", "X-Original-URL", "X-Rewrite-URL"];

    // Those that the gateway makes, and those by which the message is framed.
    private static readonly string[] Made =
    [
        "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", RequestRecord.CorrelationHeader,
        "Content-Length", "Transfer-Encoding",
    ];

    // And those that only this hop, or one trace, is about.
    private static readonly FrozenSet<string> NeverTheClients =
        NeverPassed.Concat(Made).Concat(["Host", "traceparent", "tracestate", "baggage", "Correlation-Context", "Request-Id"])
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Transforms by which an operator gives a header a meaning.
    private static readonly string[] Written = ["RequestHeader", "RequestHeaderRouteValue", "ClientCert"];

    private static readonly ForeignHeaders OfMostRoutes = new([]);

    private readonly FrozenSet<string> _dropped;
    private readonly FrozenSet<string> _imitated;

    private ForeignHeaders(IReadOnlyCollection<string> written)
    {
        _dropped = NeverPassed.Except(written, StringComparer.OrdinalIgnoreCase).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _imitated = NeverPassed.Concat(Made).Concat(written).Select(Fold).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        Own = written.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    private FrozenSet<string> Own { get; }

    /// <summary>Whether an upstream sees another value of this header than the client's, or none.</summary>
    public static bool IsMade(string header) => NeverTheClients.Contains(header) || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase);

    /// <summary>Those of a route: a header that one of its transforms writes is the operator's, and what looks like it is not.</summary>
    public static ForeignHeaders Of(RouteConfig route)
    {
        var written = (route.Transforms ?? []).SelectMany(transform => Written.Select(transform.GetValueOrDefault)).OfType<string>().ToList();
        return written.Count == 0 ? OfMostRoutes : new ForeignHeaders(written);
    }

    public void Drop(HttpRequestHeaders headers)
    {
        List<string>? found = null;
        foreach (var (name, _) in headers.NonValidated)
        {
            if (_dropped.Contains(name) || IsImitation(name))
            {
                (found ??= []).Add(name);
            }
        }

        if (found is null)
        {
            return;
        }

        foreach (var name in found)
        {
            headers.Remove(name);
        }
    }

    private bool IsImitation(string name) =>
        name.AsSpan().ContainsAny(HeaderSyntax.OtherPunctuation) && !Own.Contains(name) && _imitated.Contains(Fold(name));

    // As servers make the names of variables: what is neither letter nor digit is one and the same.
    private static string Fold(string name) => string.Create(name.Length, name, static (folded, name) =>
    {
        for (var i = 0; i < folded.Length; i++)
        {
            folded[i] = char.IsAsciiLetterOrDigit(name[i]) ? name[i] : '-';
        }
    });
}
