using EventGateway.Gateway.Access;
using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>What a route or an aggregation asks of its clients, by the policies that it names.</summary>
internal static class PolicyExplanation
{
    public static void Write(TextTable table, EndpointPolicies policies)
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
    }

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
}
