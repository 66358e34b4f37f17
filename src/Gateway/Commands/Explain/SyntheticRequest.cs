using System.Net;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>A request that nobody sent: as the server would hand it to the gateway if somebody on this machine did.</summary>
internal sealed record SyntheticRequest(string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers)
{
    public string Host => Headers.First(header => header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>Null, and everything that is wrong in <paramref name="problems"/>, when this can't be a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="target">The path, and perhaps a query.</param>
    /// <param name="headers">Each as <c>Name: value</c>.</param>
    /// <param name="host">The Host where <paramref name="headers"/> have none.</param>
    /// <param name="problems">Receives one line for each mistake, which begins with its culprit.</param>
    public static SyntheticRequest? Parse(string method, string target, IEnumerable<string> headers, string host, ICollection<string> problems)
    {
        var before = problems.Count;
        if (!HeaderSyntax.IsToken(method))
        {
            problems.Add($"METHOD: '{method}' is no method, as GET and POST are.");
        }

        if (ProblemOf(target) is { } problem)
        {
            problems.Add($"PATH: {problem}");
        }

        var parsed = new List<(string Name, string Value)>();
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            var value = header[(colon + 1)..].Trim();
            if (colon < 1 || !HeaderSyntax.IsToken(header[..colon]) || value.Any(char.IsControl))
            {
                problems.Add($"--header: '{header}' is no header. As in: --header \"Accept: text/html\"");
                continue;
            }

            parsed.Add((header[..colon], value));
        }

        if (!parsed.Exists(header => header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase)))
        {
            parsed.Add(("Host", host));
        }

        return problems.Count == before ? new SyntheticRequest(method, target, parsed) : null;
    }

    public DefaultHttpContext CreateContext(IServiceProvider services)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        var query = Target.IndexOf('?', StringComparison.Ordinal);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = Target;
        context.Request.Method = Method;
        context.Request.Scheme = Uri.UriSchemeHttp;
        context.Request.Protocol = "HTTP/1.1";
#pragma warning disable CA2234 // of all ways to a path this one decodes as the server does: everything but %2F
        context.Request.Path = PathString.FromUriComponent(query < 0 ? Target : Target[..query]);
#pragma warning restore CA2234
        context.Request.QueryString = new QueryString(query < 0 ? "" : Target[query..]);
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        foreach (var (name, value) in Headers)
        {
            context.Request.Headers.Append(name, value);
        }

        context.Features.Set(new RequestRecord(RequestRecord.CorrelationIdFor(context.Request), CancellationToken.None));
        return context;
    }

    private static string? ProblemOf(string target)
    {
        var path = target.Split('?')[0];
        return !target.StartsWith('/') ? $"'{target}' doesn't begin with '/'."
            : target.IndexOfAnyExceptInRange('!', '~') is var at and >= 0 ? $"'{target}' has '{target[at]}', which must be percent-encoded."
            : target.Contains('#', StringComparison.Ordinal) ? $"'{target}' has a fragment, which is never sent."
            : path.Contains("%00", StringComparison.Ordinal) ? $"'{target}' has %00, which the server refuses."
            : RawPath.HasDotSegment(path) ? $"'{target}' has a dot segment, which clients resolve before they send."
            : null;
    }
}
