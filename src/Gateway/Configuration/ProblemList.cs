namespace EventGateway.Gateway.Configuration;

/// <summary>Gathers every problem, so that the operator mends the file in one go.</summary>
internal sealed class ProblemList
{
    private readonly List<ConfigurationProblem> _problems = [];

    public IReadOnlyList<ConfigurationProblem> All => _problems;

    /// <summary>As a reader of the file meets them; what stands in no file comes last.</summary>
    public IReadOnlyList<ConfigurationProblem> InOrder =>
    [
        .. _problems
            .OrderBy(p => p.Place.Origin.File is null)
            .ThenBy(p => p.Place.Origin.File, StringComparer.Ordinal)
            .ThenBy(p => p.Place.Origin.Line ?? 0)
            .ThenBy(p => p.Place.Origin.Column ?? 0),
    ];

    public bool HasErrors => _problems.Exists(p => !p.IsWarning);

    public bool HasErrorAt(SettingsNode node) => _problems.Exists(p => !p.IsWarning && p.Place == node.Place);

    /// <summary>The same, of the object or list and all that stands in it.</summary>
    public bool HasErrorWithin(SettingsNode node) => _problems.Exists(
        p => !p.IsWarning && p.Path.StartsWith(node.Path, StringComparison.Ordinal) && (p.Path.Length == node.Path.Length || p.Path[node.Path.Length] is '.' or '['));

    public void Add(ConfigurationProblem problem) => _problems.Add(problem);

    public void Error(SettingsNode node, string message) => Error(node.Place, message);

    public void Error(SettingsPlace place, string message) => Add(new ConfigurationProblem(place, message));

    /// <summary>A problem between several values: each place is named, since any of them may be the one to change.</summary>
    public void Error(IReadOnlyList<SettingsPlace> places, string message) =>
        Add(new ConfigurationProblem(places[0], message) { Related = [.. places.Skip(1).Distinct()] });

    public void Error(SettingsOrigin origin, string message) => Error(new SettingsPlace(origin, ""), message);

    public void Warn(SettingsPlace place, string message) => Add(new ConfigurationProblem(place, message, Severity.Warning));

    public void Warn(SettingsOrigin origin, string message) => Warn(new SettingsPlace(origin, ""), message);

    /// <summary>A name that stands for nothing: the same sentence for every kind of thing.</summary>
    public void Unknown(SettingsNode node, string kind, string name, IEnumerable<string> known) =>
        Add(UnknownName(node.Place, $"there is no {kind} '{name}'", name, known));

    public static ConfigurationProblem UnknownName(SettingsPlace place, string message, string name, IEnumerable<string> known)
    {
        var list = string.Join(", ", known);
        return new(place, message) { Allowed = list.Length == 0 ? "none is configured" : $"known are {list}", Suggestion = Spelling.Nearest(name, known) };
    }
}
