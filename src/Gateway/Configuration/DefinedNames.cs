namespace EventGateway.Gateway.Configuration;

/// <summary>The names that one section of the file defines, and which of them the rest of it refers to.</summary>
internal sealed class DefinedNames(string kind, SettingsNode root, params string[] section)
{
    // By the file, not by the options: a cluster that can't be read is there all the same, and references to it are no mistake.
    private readonly SettingsNode? _section = root.Find(section);
    private readonly HashSet<string> _used = new(StringComparer.OrdinalIgnoreCase);
    private bool _anyUnknown;

    private IEnumerable<KeyValuePair<string, SettingsNode>> Definitions =>
        _section?.Children.Where(c => c.Value is not { Kind: SettingsKind.Scalar, Value: null }) ?? [];

    /// <summary>Finds out whether the name, which stands at <paramref name="reference"/>, is the name of anything.</summary>
    public void Check(SettingsNode reference, string name, ProblemList problems)
    {
        _used.Add(name);
        if (_section?.Misread == Misread.Structure && _section.Kind != SettingsKind.Object)
        {
            return;   // the whole section can't be read
        }

        var known = Definitions.Select(d => d.Key).ToList();
        if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            _anyUnknown = true;
            problems.Unknown(reference, kind, name, known);
        }
    }

    /// <summary>To be called when all references are known.</summary>
    public void WarnOfUnused(ProblemList problems)
    {
        if (_anyUnknown)
        {
            return;   // a misspelt reference is one mistake, not two
        }

        foreach (var (name, node) in Definitions.Where(d => !_used.Contains(d.Key)))
        {
            problems.Warn(node.Place, $"nothing uses this {kind}.");
        }
    }
}
