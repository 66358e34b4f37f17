using System.Runtime.CompilerServices;
using EventGateway.Comparison.Load;
using EventGateway.Comparison.Peers;
using EventGateway.Comparison.Scenarios;

namespace EventGateway.Guard;

/// <summary>What the gateway allocates for a request, as a process of its own, over sockets: by its own counter, before and after many of them.</summary>
internal static class Requests
{
    private const int MaxRounds = 10;

    /// <summary>Rounds of as many requests each; a first one, in which connections are made, isn't counted.</summary>
    public static async IAsyncEnumerable<double> MeasureAsync(
        Scenario scenario, PeerKind kind, Site site, int requests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var gateway = await scenario.StartAsync(kind, site, cancellationToken);
        using var generator = new LoadGenerator(gateway.Port, scenario.RequestFor(scenario.Path), scenario.Status, scenario.Connections);
        Send(generator, requests);
        for (var round = 0; round < MaxRounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var readingCost = await gateway.ReadingCostAsync(cancellationToken);
            var before = await gateway.AllocatedAsync(cancellationToken);
            Send(generator, requests);
            yield return (double)(await gateway.AllocatedAsync(cancellationToken) - before - readingCost)! / requests;
        }
    }

    private static void Send(LoadGenerator generator, int requests)
    {
        if (generator.Run(requests).Unexpected is > 0 and var wrong)
        {
            throw new InvalidOperationException($"{wrong} of {requests} answers have another status than they should.");
        }
    }
}
