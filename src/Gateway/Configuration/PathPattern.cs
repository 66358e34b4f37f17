using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Options;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Reads the pattern of a path, and tries its constraints. What the router can't read stops it for good: it neither takes up what is
/// refused nor anything after it.
/// </summary>
internal static class PathPattern
{
    private static readonly Lazy<ServiceProvider> Routing = new(() => new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider());

    /// <summary>Null, and a problem, when the path is no pattern.</summary>
    public static RoutePattern? Read(string path, SettingsNode? node, ProblemList problems)
    {
        try
        {
            var pattern = RoutePatternFactory.Parse(path);
            return pattern.ParameterPolicies.SelectMany(p => p.Value).All(p => Exists(p.Content!, path, node, problems)) ? pattern : null;
        }
        catch (RoutePatternException e)
        {
            problems.Error(node!, $"'{path}' is no valid path pattern: {e.Message}");
            return null;
        }
    }

    /// <summary>Null when there is no such constraint. Throws when its arguments are wrong.</summary>
    public static IRouteConstraint? Resolve(string constraint) => Routing.Value.GetRequiredService<IInlineConstraintResolver>().ResolveConstraint(constraint);

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only the names of the framework's constraints are read.")]
    private static bool Exists(string constraint, string path, SettingsNode? node, ProblemList problems)
    {
        try
        {
            var resolved = Resolve(constraint);
            _ = (resolved as RegexRouteConstraint)?.Constraint;   // else read when it is first needed
            if (resolved is null)
            {
                var name = constraint.Split('(')[0];
                var known = Routing.Value.GetRequiredService<IOptions<RouteOptions>>().Value.ConstraintMap.Keys;
                problems.Add(ProblemList.UnknownName(node!.Place, $"'{path}': there is no route constraint '{name}'", name, known));
                return false;
            }

            return true;
        }
        catch (Exception e) when (e is RouteCreationException or ArgumentException or FormatException or OverflowException)
        {
            problems.Error(node!, $"'{path}': the constraint '{constraint}' has wrong arguments: {e.GetBaseException().Message}");
            return false;
        }
    }
}
