namespace EventGateway.Gateway.Versions;

/// <summary>The versions of one configuration, and whose a request is.</summary>
public sealed class VersionTable
{
    private readonly List<VersionPlan> _byLength;

    internal VersionTable(IEnumerable<VersionPlan> versions) => _byLength = [.. versions.OrderByDescending(version => version.Prefix.Length)];

    /// <summary>Those with longer prefixes first.</summary>
    public IReadOnlyList<VersionPlan> All => _byLength;

    public VersionPlan? Find(string name) => _byLength.Find(version => version.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The version of which the request's path speaks, if any. Its prefix goes to the request's base path, as with <c>UsePathBase</c>: what
    /// routes see, and what upstreams get, is the rest.
    /// </summary>
    internal VersionPlan? Enter(HttpRequest request)
    {
        foreach (var version in _byLength)
        {
            if (version.Prefix.Length == 0)
            {
                return version;
            }

            if (request.Path.StartsWithSegments(version.Prefix, out var prefix, out var rest))
            {
                request.PathBase = request.PathBase.Add(prefix);
                request.Path = rest.HasValue ? rest : "/";
                return version;
            }
        }

        return null;
    }
}
