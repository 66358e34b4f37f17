using EventGateway.Comparison.Peers;
using EventGateway.Comparison.Results;

namespace EventGateway.Comparison.Scenarios;

/// <summary>How long after its start a program gives its first answer, and what memory it has when nobody asks anything.</summary>
internal sealed class StartRun(Site site, Pace pace, TextWriter progress)
{
    public const string Name = "start";

    private const int FullStarts = 15;
    private const int QuickStarts = 5;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private static readonly IReadOnlyList<Target> Targets =
    [
        new("ms from start of gateway to its first answer", result => result.Find(PeerKinds.Gateway.Name)?.P50Microseconds / 1_000, 400, 150),
        new("MB of gateway at rest", result => result.Find(PeerKinds.Gateway.Name)?.Rss / 1e6, 90, 60),
    ];

    public async Task<ScenarioResult> RunAsync(CancellationToken cancellationToken)
    {
        PeerKind[] all = [PeerKinds.Gateway, PeerKinds.GatewayBefore, PeerKinds.Yarp, PeerKinds.Nginx, PeerKinds.HaProxy, PeerKinds.Caddy, PeerKinds.Node];
        PeerKind[] kinds = [.. all.Where(kind => kind.IsInstalled(site)).Take(pace.IsQuick ? 2 : all.Length)];
        await progress.WriteLineAsync($"starts: {string.Join(", ", kinds.Select(kind => kind.Name))}");
        var starts = kinds.ToDictionary(kind => kind, _ => new List<(Visit Visit, long Rss, long Pss)>());
        for (var i = 0; i < (pace.IsQuick ? QuickStarts : FullStarts); i++)
        {
            foreach (var kind in kinds)
            {
                await using var peer = await Peer.StartAsync(kind, site, cancellationToken);
                var (status, _) = await peer.AskAsync(HttpMethod.Get, "/getUsers", null, cancellationToken);
                var took = TimeProvider.System.GetElapsedTime(peer.Started);
                peer.CountChildren();
                var visit = new Visit(1, status == 200 ? 0 : 1, took.TotalSeconds, peer.Tree.ProcessorTime.TotalSeconds, null);
                await Task.Delay(Rest, cancellationToken);
                var (rss, pss) = peer.Tree.Memory;
                starts[kind].Add((visit, rss, pss));
            }
        }

        var result = new ScenarioResult(Name, "from start to first answer, and at rest one second later", PeerKinds.Yarp.Name,
            [.. kinds.Select(kind => new PeerResult(kind.Name, [.. starts[kind].Select(start => start.Visit)])
            {
                Rss = (long)Statistics.Median(starts[kind].Select(start => (double)start.Rss)),
                Pss = (long)Statistics.Median(starts[kind].Select(start => (double)start.Pss)),
                Times = [.. starts[kind].Select(start => TimeSpan.FromSeconds(start.Visit.Seconds)).Order()],
            })], 0, 0);
        return result with { Verdicts = [.. Targets.Select(target => target.Judge(result)).OfType<Verdict>()] };
    }
}
