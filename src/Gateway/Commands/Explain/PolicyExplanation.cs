using EventGateway.Gateway.Access;
using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.Compression;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Terminal;
using EventGateway.Gateway.Versions;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>What a route or an aggregation asks of its clients and does for them, by the policies that it names.</summary>
internal static class PolicyExplanation
{
    public static void Write(TextTable table, EndpointPolicies policies, HttpRequest request)
    {
        if (policies.Authorization is { } authorization)
        {
            table.Add("clients", $"with {WaysIn(authorization)}");
            foreach (var need in Needs(authorization.Options))
            {
                table.Add("", need);
            }
        }

        if (policies.Cors is { } cors)
        {
            var origins = cors.AllowAnyOrigin ? "any origin" : string.Join(", ", cors.Origins);
            table.Add("cors", $"pages of {origins} may read the answers{(cors.SupportsCredentials ? ", and send cookies" : "")}");
        }

        if (policies.RateLimiter is { } limiter)
        {
            table.Add("rate limit", $"{limiter.Name}: {LimitOf(limiter)} for each {ClientOf(limiter)}");
        }

        if (policies.Retry is { } retry)
        {
            WriteRetries(table, retry, request.Method);
        }

        if (policies.Compress)
        {
            table.Add("compression", policies.Authorization is not null ? "none, since it asks who its clients are"
                : CompressionRules.MayAskForSecrets(request.HttpContext, policies) ? "none, since the request says who its client is"
                : "br or gzip, of text of 1 KiB or more without secrets");
        }

        if (policies.OutputCache is { } cache)
        {
            WriteCache(table, cache, request.Method);
        }
    }

    public static void Write(TextTable table, VersionPlan version, HttpRequest request)
    {
        table.Add("version", version.Prefix.Length == 0 ? $"{version.Name}: paths as they are written" : $"{version.Name}: {request.PathBase} is taken off, {request.Path} remains");
        if (version.Deprecation is { } deprecation)
        {
            var sunset = deprecation.Sunset is { } date ? $", may be gone from {date} on" : "";
            table.Add("", $"deprecated{sunset}{(deprecation.Successor is { } successor ? $"; {successor} is to be used instead" : "")}");
            table.Add("", $"answers say Deprecation: {deprecation.Deprecation}{(deprecation.Sunset is null ? "" : " and Sunset")}");
        }
    }

    private static void WriteRetries(TextTable table, RetryPlan retry, string method)
    {
        if (!RetryMiddleware.IsRead(method))
        {
            table.Add("retries", $"{retry.Name}: none of a {method}, only GET, HEAD and OPTIONS are ever tried again");
            return;
        }

        table.Add("retries", $"{retry.Name}: {retry.MaxAttempts.Of("attempt")} where there was no answer{OrWith(retry)}, {WaitOf(retry)}");
        table.Add("", $"retries are {retry.Budget * 100:0.##} % of the calls of the last {retry.BudgetWindow.ToText()} at most, and {retry.MinRetries.ToText()} where there are few");
    }

    private static string OrWith(RetryPlan retry) => retry.Statuses is { } statuses ? $" or one of {statuses}" : "";

    private static string WaitOf(RetryPlan retry) => retry.BaseDelay == TimeSpan.Zero
        ? "the next at once"
        : $"the next after {retry.WaitBefore(2, 1).ToText()} at most" + (retry.MaxAttempts == 2 ? "" : $", later ones after {retry.WaitBefore(retry.MaxAttempts, 1).ToText()}");

    private static void WriteCache(TextTable table, OutputCachePlan cache, string method)
    {
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            table.Add("cache", $"{cache.Name}: nothing of a {method}, only answers to GET are kept");
            return;
        }

        table.Add("cache", $"{cache.Name}: {cache.Duration.ToText()}, bodies of {Quantities.BytesToText(cache.Options.MaxBodySize)} at most"
            + (cache.Options.StaleIfError > TimeSpan.Zero ? $"; {cache.Options.StaleIfError.ToText()} more where the upstream fails" : ""));
        table.Add("", $"one for each path, {string.Join(", ", QueryOf(cache).Concat(["host", "scheme"]).Concat(cache.Headers))}{(cache.Options.VaryByCaller ? " and caller" : "")}");
        if (!cache.Options.VaryByCaller)
        {
            table.Add("", "to clients with credentials only what the upstream calls public");
        }
    }

    private static IReadOnlyList<string> QueryOf(OutputCachePlan cache) => cache.Query switch
    {
        null => ["query"],
        var names => [.. names.Select(name => $"{name} in the query")],
    };

    private static string WaysIn(AuthorizationPlan authorization)
    {
        var token = authorization.Tokens.Count > 0 ? $"a token of {string.Join(" or ", authorization.Tokens.Select(issuer => issuer.Name))}" : null;
        var key = authorization.ApiKeys is { } keys ? $"an API key in {keys.Header}" : null;
        return string.Join(", or ", new[] { token, key }.OfType<string>());
    }

    private static IEnumerable<string> Needs(AuthorizationPolicyOptions policy)
    {
        if (policy.Scopes.Count > 0)
        {
            yield return $"that has {(policy.Scopes.Count == 1 ? "the scope" : "the scopes")} {string.Join(" and ", policy.Scopes)}";
        }

        foreach (var (claim, values) in policy.Claims)
        {
            yield return $"whose {claim} is {string.Join(" or ", values)}";
        }
    }

    private static string LimitOf(RateLimiterPlan limiter) => limiter.Kind switch
    {
        RateLimiterKind.FixedWindow => $"{limiter.PermitLimit.Of("request")} in {limiter.Period.ToText()}",
        RateLimiterKind.SlidingWindow => $"{limiter.PermitLimit.Of("request")} in {limiter.Period.ToText()}, moving on in {limiter.Share.Of("segment")},",
        RateLimiterKind.TokenBucket => $"{limiter.PermitLimit.Of("request")} and {limiter.Share.ToText()} more every {limiter.Period.ToText()}",
        _ => $"{limiter.PermitLimit.Of("request")} at once"
            + (limiter.QueueLimit == 0 ? "" : $", {limiter.QueueLimit.ToText()} more wait {limiter.QueueTimeout.ToText()} at most,"),
    };

    private static string ClientOf(RateLimiterPlan limiter) => limiter.PartitionBy switch
    {
        RateLimiterPartition.ClientAddress => "client address",
        RateLimiterPartition.ApiKey => "API key",
        RateLimiterPartition.Subject => "subject of a token",
        _ => $"value of {limiter.Header}",
    };
}
