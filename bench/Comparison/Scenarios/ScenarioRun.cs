using EventGateway.Comparison.Load;
using EventGateway.Comparison.Peers;
using EventGateway.Comparison.Results;

namespace EventGateway.Comparison.Scenarios;

/// <summary>
/// Runs a scenario: starts its peers, warms them up, and lets them have the machine in turn, A B C C B A in each round, so that whatever drifts
/// meanwhile drifts for all of them.
/// </summary>
internal sealed class ScenarioRun(Site site, Peer upstream, Pace pace, TextWriter progress)
{
    public async Task<ScenarioResult> RunAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        await using var entrants = new Entrants();
        var kinds = scenario.Peers.Where(kind => kind.IsInstalled(site));
        if (pace.IsQuick && scenario.QuickPeers > 0)
        {
            kinds = kinds.Where(kind => kind != PeerKinds.GatewayBefore).Take(scenario.QuickPeers).Concat(kinds.Where(kind => kind == PeerKinds.GatewayBefore));
        }

        foreach (var kind in kinds)
        {
            // The others are worth measuring all the same.
            try
            {
                entrants.Add(new Entrant(await scenario.StartAsync(kind, site, cancellationToken)));
            }
            catch (InvalidOperationException exception)
            {
                await progress.WriteLineAsync($"Without {kind.Name}: {exception.Message}");
            }
        }

        await progress.WriteLineAsync($"{scenario.Title}: {string.Join(", ", entrants.Select(entrant => entrant.Peer.Kind.Name))}");
        foreach (var entrant in entrants)
        {
            WarmUp(scenario, entrant.Peer);
            entrant.Peer.CountChildren();
            entrant.ReadingCost = await entrant.Peer.ReadingCostAsync(cancellationToken);
            entrant.Generator = scenario.NewLoad(entrant.Peer, scenario.Path, scenario.Connections);
            cancellationToken.ThrowIfCancellationRequested();
        }

        var machineBefore = Machine.ProcessorSeconds;
        var ownBefore = Environment.CpuUsage.TotalTime;
        var upstreamBefore = upstream.Tree.ProcessorTime;
        var rounds = Math.Min(scenario.Rounds, pace.MaxRounds);
        await VisitAsync(entrants, rounds, async entrant => entrant.Visits.Add(await VisitAsync(entrant, scenario, cancellationToken)));
        var upstreamUsed = upstream.Tree.ProcessorTime - upstreamBefore;
        var machine = Machine.ProcessorSeconds;
        var others = machine.Busy - machineBefore.Busy - (Environment.CpuUsage.TotalTime - ownBefore + upstreamUsed).TotalSeconds
            - entrants.Sum(entrant => entrant.Visits.Sum(visit => visit.ProcessorSeconds));
        var memory = entrants.ToDictionary(entrant => entrant, entrant => entrant.Peer.Tree.Memory);

        double? rate = null;
        if (scenario.Load is { } load && entrants.FirstOrDefault(entrant => entrant.Peer.Kind.Name == scenario.Reference) is { } reference)
        {
            var perSecond = load * Statistics.Median(reference.Visits.Select(visit => visit.RequestsPerSecond));
            rate = perSecond;
            entrants.ForEach(entrant => entrant.Times.Clear());
            await VisitAsync(entrants, pace.TimeRounds, entrant =>
            {
                entrant.Times.AddRange(entrant.Generator!.Run(scenario.Visit, perSecond).Times);
                cancellationToken.ThrowIfCancellationRequested();
                return Task.CompletedTask;
            });
        }

        var result = new ScenarioResult(
            scenario.Name,
            scenario.Title,
            scenario.Reference,
            [.. entrants.Select(entrant => new PeerResult(entrant.Peer.Kind.Name, entrant.Visits)
            {
                Rss = memory[entrant].Rss,
                Pss = memory[entrant].Pss,
                Rate = rate,
                Times = [.. entrant.Times.Order()],
            })],
            upstreamUsed.TotalMicroseconds / entrants.Sum(entrant => entrant.Visits.Sum(visit => visit.Requests)),
            Math.Max(0, others / (machine.Total - machineBefore.Total)));
        return result with { Verdicts = [.. scenario.Targets.Select(target => target.Judge(result)).OfType<Verdict>()] };
    }

    private static async Task VisitAsync(Entrants entrants, int rounds, Func<Entrant, Task> visit)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var entrant in entrants.Concat(entrants.AsEnumerable().Reverse()))
            {
                await visit(entrant);
            }
        }
    }

    private static async Task<Visit> VisitAsync(Entrant entrant, Scenario scenario, CancellationToken cancellationToken)
    {
        var peer = entrant.Peer;
        var allocatedBefore = await peer.AllocatedAsync(cancellationToken);
        var usedBefore = peer.Tree.ProcessorTime;
        var scrape = peer.Kind.IsScraped ? peer.AllocatedAsync(cancellationToken) : Task.FromResult<long?>(null);
        var load = entrant.Generator!.Run(scenario.Visit);
        await scrape;
        var used = peer.Tree.ProcessorTime - usedBefore;
        entrant.Times.AddRange(load.Times);
        return new Visit(load.Times.Count, load.Unexpected, load.Duration.TotalSeconds, used.TotalSeconds, await peer.AllocatedAsync(cancellationToken) - allocatedBefore - entrant.ReadingCost);
    }

    private void WarmUp(Scenario scenario, Peer peer)
    {
        using var load = scenario.NewLoad(peer, scenario.WarmUpPath ?? scenario.Path, Math.Max(scenario.WarmUpConnections, scenario.Connections));
        load.Run(pace.WarmUp);
    }

    /// <summary>A peer in this scenario, and what has come of it so far.</summary>
    private sealed class Entrant(Peer peer)
    {
        public Peer Peer { get; } = peer;

        public ILoad? Generator { get; set; }

        public long? ReadingCost { get; set; }

        public List<Visit> Visits { get; } = [];

        public List<TimeSpan> Times { get; } = [];
    }

    private sealed class Entrants : List<Entrant>, IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var entrant in this)
            {
                entrant.Generator?.Dispose();
                await entrant.Peer.DisposeAsync();
            }
        }
    }
}
