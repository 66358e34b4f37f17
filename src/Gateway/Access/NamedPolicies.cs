using System.Collections.Frozen;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Access;

/// <summary>The policies of one section of the file, and who refers to them.</summary>
internal sealed class NamedPolicies<T>(string kind, SettingsNode root, string section, FrozenDictionary<string, T> policies)
    where T : class
{
    private readonly DefinedNames _names = new(kind, root, section);

    /// <summary>The policy that <paramref name="owner"/> names; null, and a problem, where there is none of this name.</summary>
    public T? Find(SettingsNode owner, string key, string? name, ProblemList problems)
    {
        if (name is null)
        {
            return null;
        }

        _names.Check(owner[key]!, name, problems);
        return policies.GetValueOrDefault(name);
    }

    /// <summary>To be called when all references are known.</summary>
    public void WarnOfUnused(ProblemList problems) => _names.WarnOfUnused(problems);
}
