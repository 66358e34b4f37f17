using System.Globalization;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// What the environment says, laid over the file: the variables of the original application, each of which stands for keys
/// of the file, and the framework's own <c>Section__Key</c> form.
/// </summary>
internal static class EnvironmentVariables
{
    private const string Cluster = "event-api";
    private const string Breaker = "addEvent";
    private const long LongestWaitMs = 86_400_000;

    private static readonly (string Variable, string Key)[] Waits =
    [
        ("CIRCUIT_BREAKER_FAILURE_WINDOW_MS", nameof(CircuitBreaking.BreakerOptions.FailureWindow)),
        ("CIRCUIT_BREAKER_RESET_TIMEOUT_MS", nameof(CircuitBreaking.BreakerOptions.ResetTimeout)),
        ("CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS", nameof(CircuitBreaking.BreakerOptions.MaxResetTimeout)),
    ];

    /// <summary>Lays one layer (the <c>.env</c> file, the process environment, the command line) over <paramref name="root"/>.</summary>
    public static void Apply(SettingsNode root, VariableLayer layer, ProblemList problems)
    {
        foreach (var (name, value) in layer.Values.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            ApplySectionForm(root, layer, name, value, problems);
        }

        ApplyNamed(root, layer, problems);
    }

    /// <summary>Whether the name begins with a key of the file: all else in an environment is somebody else's.</summary>
    public static bool IsSetting(string name) =>
        Array.Exists(typeof(GatewayOptions).GetProperties(), p => string.Equals(p.Name, KeysOf(name)[0], StringComparison.OrdinalIgnoreCase));

    /// <summary>The variables that begin with <paramref name="prefix"/>; a later layer goes before an earlier one.</summary>
    public static VariableLayer Merge(IEnumerable<VariableLayer> layers, string prefix)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var origins = new Dictionary<string, SettingsOrigin>(StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            foreach (var (name, value) in layer.Values)
            {
                if (name.StartsWith(prefix, StringComparison.Ordinal) && !string.IsNullOrWhiteSpace(value))
                {
                    values[name] = value.Trim();
                    origins[name] = layer.OriginOf(name);
                }
            }
        }

        return new VariableLayer(values, name => origins[name]);
    }

    private static void ApplyNamed(SettingsNode root, VariableLayer layer, ProblemList problems)
    {
        if (Get("ACCESS_LOG") is { } accessLog)
        {
            SetAccessLog(root, accessLog, layer.OriginOf("ACCESS_LOG"), problems);
        }

        if (Get("MANAGEMENT_PORT") is { } managementPort)
        {
            SetScalar(root, nameof(GatewayOptions.ManagementPort), managementPort, layer.OriginOf("MANAGEMENT_PORT"));
        }

        if (Get("EVENT_API_BASE_URL") is { } address && FindOrWarn("EVENT_API_BASE_URL", "ReverseProxy", "Clusters", Cluster) is { } cluster)
        {
            var origin = layer.OriginOf("EVENT_API_BASE_URL");
            var destinations = ObjectAt(cluster, "Destinations", origin);
            var first = destinations.Children.Count > 0 ? destinations.Children[0].Key : "primary";
            destinations.Clear();
            SetScalar(ObjectAt(destinations, first, origin), "Address", address, origin);
        }

        if (Get("CIRCUIT_BREAKER_FAILURE_THRESHOLD") is { } threshold
            && FindOrWarn("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "CircuitBreakers", Breaker) is { } breaker)
        {
            SetScalar(breaker, nameof(CircuitBreaking.BreakerOptions.FailureThreshold), threshold, layer.OriginOf("CIRCUIT_BREAKER_FAILURE_THRESHOLD"));
        }

        foreach (var (variable, key) in Waits)
        {
            if (Get(variable) is { } text && FindOrWarn(variable, "CircuitBreakers", Breaker) is { } node
                && ReadMilliseconds(layer.OriginOf(variable), text, problems) is { } wait)
            {
                SetScalar(node, key, wait.ToString("c", CultureInfo.InvariantCulture), layer.OriginOf(variable));
            }
        }

        // An empty variable is how shells and container files spell "not set".
        string? Get(string name) => layer.Values.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

        SettingsNode? FindOrWarn(string variable, params ReadOnlySpan<string> keys)
        {
            var node = root.Find(keys);
            if (node is not { Kind: SettingsKind.Object })
            {
                problems.Warn(layer.OriginOf(variable), $"has no effect: the file has no {string.Join('.', keys!)}.");
                return null;
            }

            return node;
        }
    }

    // PORT needs no case of its own: it is the key Port in the framework's form, which takes no notice of case.
    private static void ApplySectionForm(SettingsNode root, VariableLayer layer, string name, string value, ProblemList problems)
    {
        if (!IsSetting(name) || string.IsNullOrWhiteSpace(value))
        {
            return;
        }

        var origin = layer.OriginOf(name);
        var keys = KeysOf(name);
        var node = root;
        foreach (var key in keys[..^1])
        {
            node = node.Find(key) is { Kind: not SettingsKind.Scalar } existing ? existing : ObjectAt(node, key, origin);
        }

        if (keys[^1].Length == 0)
        {
            problems.Error(origin, "the name ends before it says which key is meant.");
            return;
        }

        SetScalar(node, keys[^1], value.Trim(), origin);
    }

    private static string[] KeysOf(string name) => name.Split(["__", ":"], StringSplitOptions.None);

    private static void SetAccessLog(SettingsNode root, string value, SettingsOrigin origin, ProblemList problems)
    {
        bool? on = value.ToUpperInvariant() switch
        {
            "ON" or "TRUE" or "1" => true,
            "OFF" or "FALSE" or "0" => false,
            _ => null,
        };
        if (on is null)
        {
            problems.Error(origin, $"'{value}' is neither on nor off.");
            return;
        }

        SetScalar(root, nameof(GatewayOptions.AccessLog), on.Value ? "true" : "false", origin);
    }

    private static TimeSpan? ReadMilliseconds(SettingsOrigin origin, string text, ProblemList problems)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) && ms is >= 1 and <= LongestWaitMs)
        {
            return TimeSpan.FromMilliseconds(ms);
        }

        problems.Error(origin, $"'{text}' is not a whole number of milliseconds from 1 to {LongestWaitMs}, in plain digits.");
        return null;
    }

    private static SettingsNode ObjectAt(SettingsNode parent, string key, SettingsOrigin origin)
    {
        if (parent[key] is { Kind: SettingsKind.Object } existing)
        {
            return existing;
        }

        var made = new SettingsNode(parent.PathOf(key), origin) { Kind = SettingsKind.Object };
        parent.Set(key, made);
        return made;
    }

    private static void SetScalar(SettingsNode parent, string key, string value, SettingsOrigin origin) =>
        parent.Set(key, new SettingsNode(parent.PathOf(key), origin) { Value = value });
}
