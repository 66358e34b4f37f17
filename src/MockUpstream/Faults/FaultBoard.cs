using System.Collections.Immutable;
using System.Text.Json.Nodes;
using EventGateway.MockUpstream.Events;

namespace EventGateway.MockUpstream.Faults;

/// <summary>The dials of all endpoints as they stand. A request reads its own once and keeps to them.</summary>
internal sealed class FaultBoard
{
    private const string Everywhere = "*";

    private readonly Lock _gate = new();   // one change at a time; reading needs no lock
    private readonly ImmutableSortedDictionary<string, EndpointFaults> _initial;
    private volatile ImmutableSortedDictionary<string, EndpointFaults> _current;

    /// <exception cref="FormatException">The dials that the options ask for make no sense.</exception>
    public FaultBoard(MockUpstreamOptions options)
    {
        var reads = new EndpointFaults { FailureShare = options.ReadFailureShare };
        var addEvent = new AddEventFaults
        {
            Succeed = options.AddEventSucceed,
            Fail = options.AddEventFail,
            FailLatencyMs = (int)options.AddEventFailLatency.TotalMilliseconds,
        };
        _current = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, new Dictionary<string, EndpointFaults>
        {
            [EndpointNames.GetUsers] = reads,
            [EndpointNames.GetEvents] = reads,
            [EndpointNames.GetUserById] = new EndpointFaults(),
            [EndpointNames.GetEventById] = new EndpointFaults { LatencyMs = (int)options.EventLatency.TotalMilliseconds },
            [EndpointNames.AddEvent] = FaultsJson.Validated(addEvent, EndpointNames.AddEvent),
        });
        Change(options.Faults ?? "{}");
        _initial = _current;
    }

    public EndpointFaults this[string endpoint] => _current[endpoint];

    public JsonObject ToJson() => [.. _current.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)FaultsJson.Write(e.Value)))];

    public void Reset()
    {
        lock (_gate)
        {
            _current = _initial;
        }
    }

    /// <summary>Sets the given dials, in the order in which they are given, and leaves the others alone; all of them or none.</summary>
    /// <exception cref="FormatException">The text isn't JSON, names an unknown member or sets one out of its range.</exception>
    public void Change(string json)
    {
        var changes = FaultsJson.Parse(json);
        lock (_gate)
        {
            var next = _current;
            foreach (var (name, dials) in changes)
            {
                foreach (var endpoint in Named(name))
                {
                    next = next.SetItem(endpoint, FaultsJson.Merge(next[endpoint], name, dials));
                }
            }

            _current = next;
        }
    }

    private IEnumerable<string> Named(string name)
    {
        var known = _current.Keys;
        return name == Everywhere ? known
            : known.Contains(name) ? [name]
            : throw new FormatException($"{name}: no such endpoint; known are {string.Join(", ", known)} and {Everywhere}.");
    }
}
