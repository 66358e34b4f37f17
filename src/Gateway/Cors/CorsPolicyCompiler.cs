using System.Collections.Frozen;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace EventGateway.Gateway.Cors;

/// <summary>Compiles the policies of <c>CorsPolicies</c>, and finds what no browser could ever match.</summary>
internal static class CorsPolicyCompiler
{
    private const string Any = "*";

    // YARP gives these a meaning of their own where a route names them.
    private static readonly string[] Reserved = ["Default", "Disable"];

    public static FrozenDictionary<string, CorsPolicy> CompileAll(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var policies = new Dictionary<string, CorsPolicy>();
        foreach (var (name, policy) in options.CorsPolicies)
        {
            var node = root.Find(nameof(GatewayOptions.CorsPolicies), name)!;
            if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                problems.Error(node, $"no policy can be called '{name}': to YARP's routes that name means something else.");
            }

            Check(policy, node, problems);
            policies[name] = Compile(policy);
        }

        return policies.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static CorsPolicy Compile(CorsPolicyOptions options)
    {
        var policy = new CorsPolicyBuilder([.. options.Origins]).WithExposedHeaders([.. options.ExposedHeaders]).SetIsOriginAllowedToAllowWildcardSubdomains();
        _ = options.Origins.Contains(Any) ? policy.AllowAnyOrigin() : policy;
        _ = options.Methods is [] or [Any] ? policy.AllowAnyMethod() : policy.WithMethods([.. options.Methods]);
        _ = options.Headers is [Any] ? policy.AllowAnyHeader() : policy.WithHeaders([.. options.Headers]);
        if (options.PreflightMaxAge is { } age)
        {
            policy.SetPreflightMaxAge(age);
        }

        return options is { AllowCredentials: true } && !options.Origins.Contains(Any) ? policy.AllowCredentials().Build() : policy.Build();
    }

    private static void Check(CorsPolicyOptions options, SettingsNode node, ProblemList problems)
    {
        var origins = node[nameof(options.Origins)];
        if (options.Origins is [] && node.Misread == Misread.Nothing)
        {
            problems.Error(node.PlaceOf(nameof(options.Origins)), "without an origin the policy lets no page in; a route without a CorsPolicy does the same.");
        }

        foreach (var (_, origin) in origins?.Children ?? [])
        {
            if (origin.Value is { } text && text != Any && !IsOrigin(text))
            {
                problems.Error(origin, $"'{text}' is no origin: scheme, host and perhaps port without anything after it, as in https://app.example.com:8443.");
            }
        }

        if (options.Origins.Contains(Any))
        {
            if (options.Origins.Count > 1)
            {
                problems.Error(origins!, $"'{Any}' is any origin already; it stands alone.");
            }

            if (options.AllowCredentials)
            {
                problems.Error(
                    [node.PlaceOf(nameof(options.AllowCredentials)), origins!.Place], "credentials can't be allowed to any origin (Fetch standard, CORS protocol).");
            }
        }

        CheckTokens(nameof(options.Methods), "method");
        CheckTokens(nameof(options.Headers), "header name");
        CheckTokens(nameof(options.ExposedHeaders), "header name");

        void CheckTokens(string key, string kind)
        {
            foreach (var (_, item) in node[key]?.Children ?? [])
            {
                ValueRules.CheckName(item, problems, kind);
            }
        }
    }

    // Browsers send origins in lower case, without a default port, and never with a path.
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text.Replace("://*.", "://any.", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && text.Replace("://*.", "://any.", StringComparison.Ordinal).Equals(uri.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase)
        && uri.UserInfo.Length == 0 && !uri.Host.Contains('*', StringComparison.Ordinal);
}
