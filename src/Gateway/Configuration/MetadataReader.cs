using System.Diagnostics.CodeAnalysis;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Reads what this gateway looks for in the <c>Metadata</c> of YARP's routes and clusters. The properties of the type that is
/// read are the known keys; all others are left alone, since some are YARP's own.
/// </summary>
internal static class MetadataReader
{
    private static readonly SettingsOrigin Nowhere = SettingsOrigin.InFile("");

    /// <summary>The keys of <typeparamref name="T"/> that are in the file, with their mistakes.</summary>
    public static T Read<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(SettingsNode? metadata, ProblemList problems)
        where T : class
    {
        var known = new SettingsNode(metadata?.Path ?? "", metadata?.Origin ?? Nowhere) { Kind = SettingsKind.Object };
        foreach (var (key, value) in metadata?.Children ?? [])
        {
            // What is no scalar was found when YARP's own type was read.
            if (value.Kind == SettingsKind.Scalar && KeysOf<T>().Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                known.Set(key, value);
            }
        }

        return OptionsReader.Read<T>(known, problems);
    }

    /// <summary>The same of a route or cluster that was found valid.</summary>
    public static T Read<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(IReadOnlyDictionary<string, string>? metadata)
        where T : class
    {
        var node = new SettingsNode("", Nowhere) { Kind = SettingsKind.Object };
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
        {
            node.Set(key, new SettingsNode(key, Nowhere) { Value = value });
        }

        return Read<T>(node, new ProblemList());
    }

    public static IEnumerable<string> KeysOf<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>() => typeof(T).GetProperties().Select(p => p.Name);
}
