namespace EventGateway.Gateway.Configuration;

/// <summary>
/// One mistake in what an operator wrote. <paramref name="Origin"/> is where the value was written: the environment variable's
/// name, or <c>file:line:column</c>; <paramref name="Path"/> is the JSON path of the key that it stands for.
/// </summary>
public sealed record ConfigurationProblem(string Origin, string Path, string Message, bool IsWarning = false)
{
    /// <summary>One line, which names the culprit first.</summary>
    public override string ToString() => Path.Length == 0 || Path.Equals(Origin, StringComparison.OrdinalIgnoreCase) ? $"{Origin}: {Message}" : $"{Origin}: {Path}: {Message}";
}

/// <summary>Gathers every problem, so that the operator mends the file in one go.</summary>
internal sealed class ProblemList
{
    private readonly List<ConfigurationProblem> _problems = [];

    public IReadOnlyList<ConfigurationProblem> All => _problems;

    public bool HasErrors => _problems.Exists(p => !p.IsWarning);

    public void Error(SettingsNode node, string message) => _problems.Add(new ConfigurationProblem(node.Origin, node.Path, message));

    /// <summary>A problem between several values: each place is named, since any of them may be the one to change.</summary>
    public void Error(IReadOnlyList<SettingsNode> nodes, string message) =>
        _problems.Add(new ConfigurationProblem(string.Join(", ", nodes.Select(n => n.Origin).Distinct()), nodes[0].Path, message));

    public void Error(string origin, string message) => _problems.Add(new ConfigurationProblem(origin, "", message));

    public void Warn(string origin, string message) => _problems.Add(new ConfigurationProblem(origin, "", message, IsWarning: true));
}
