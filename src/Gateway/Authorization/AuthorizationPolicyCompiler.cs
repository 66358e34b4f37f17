using System.Collections.Frozen;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Authorization;

/// <summary>Compiles the policies of <c>AuthorizationPolicies</c>.</summary>
internal sealed class AuthorizationPolicyCompiler(GatewayOptions options, AuthenticationPlan authentication, SettingsNode root, ProblemList problems)
{
    // YARP gives these a meaning of their own where a route names them.
    private static readonly string[] Reserved = ["Default", "Anonymous"];

    private readonly HashSet<string> _used = new(StringComparer.OrdinalIgnoreCase);

    public FrozenDictionary<string, AuthorizationPlan> CompileAll()
    {
        var policies = new Dictionary<string, AuthorizationPlan>();
        foreach (var (name, policy) in options.AuthorizationPolicies)
        {
            var node = root.Find(nameof(options.AuthorizationPolicies), name)!;
            if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                problems.Error(node, $"no policy can be called '{name}': to YARP's routes that name means something else.");
            }

            Check(policy, node);
            policies[name] = Compile(policy);
        }

        return policies.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Ways to be known that no policy takes: somebody waits for them to work.</summary>
    public void WarnOfUnused()
    {
        var node = root[nameof(options.Authentication)];
        foreach (var name in authentication.Names.Where(name => !_used.Contains(name)))
        {
            var at = name == AuthenticationPlan.ApiKey
                ? node![nameof(AuthenticationOptions.ApiKeys)]!
                : node!.Find(nameof(AuthenticationOptions.JwtBearer), name)!;
            problems.Warn(at.Place, "no authorization policy takes this.");
        }
    }

    private void Check(AuthorizationPolicyOptions policy, SettingsNode node)
    {
        if (node.Misread != Misread.Nothing)
        {
            return;
        }

        if (policy is { Schemes: [], Scopes: [], Claims.Count: 0 })
        {
            problems.Error(node, "the policy asks for nothing; name Scopes or Claims, or Schemes if any client will do that is known by one.");
        }
        else if (!authentication.Names.Any() && policy.Schemes is [])
        {
            problems.Error(node, "there is nothing by which a client could be known; Authentication is where that stands.");
        }

        foreach (var (_, scheme) in node[nameof(policy.Schemes)]?.Children ?? [])
        {
            if (!IsDefined(scheme.Value!))
            {
                problems.Unknown(scheme, "authentication scheme", scheme.Value!, authentication.Names);
            }
        }

        AuthenticationCompiler.CheckScopes(node[nameof(policy.Scopes)], problems);
        foreach (var (claim, _) in policy.Claims.Where(claim => claim.Value is []))
        {
            problems.Error(node.Find(nameof(policy.Claims), claim)!, "no value would do; name those that do.");
        }
    }

    // One that can't be read is there all the same.
    private bool IsDefined(string scheme) =>
        authentication.Names.Contains(scheme, StringComparer.OrdinalIgnoreCase)
        || root.Find(nameof(options.Authentication), nameof(AuthenticationOptions.JwtBearer), scheme) is not null;

    private AuthorizationPlan Compile(AuthorizationPolicyOptions policy)
    {
        var tokens = authentication.Tokens.Values.Where(issuer => Takes(issuer.Name)).OrderBy(issuer => issuer.Name, StringComparer.Ordinal).ToList();
        var apiKeys = Takes(AuthenticationPlan.ApiKey) ? authentication.ApiKeys : null;
        _used.UnionWith(tokens.Select(issuer => issuer.Name).Append(apiKeys is null ? "" : AuthenticationPlan.ApiKey));
        return new AuthorizationPlan(policy, tokens, apiKeys);

        bool Takes(string scheme) => policy.Schemes is [] || policy.Schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase);
    }
}
