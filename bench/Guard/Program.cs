using System.CommandLine;
using System.Net.Sockets;
using EventGateway.Comparison.Peers;
using EventGateway.Guard;

var gateway = new Argument<string>("gateway") { Description = "The directory of the published gateway." };
var root = new RootCommand("Whether requests allocate no more than they may.") { gateway };
root.SetAction((parsed, cancellationToken) => GuardAsync(Path.GetFullPath(parsed.GetValue(gateway)!), cancellationToken));

// Ctrl+C and SIGTERM take effect between two rounds, and then everything that was started is ended.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

static async Task<int> GuardAsync(string published, CancellationToken cancellationToken)
{
    var directory = Directory.CreateTempSubdirectory("guard-").FullName;
    try
    {
        var site = new Site(published, null, "", directory, 0);
        await using var upstream = await Peer.StartAsync(PeerKinds.Upstream, site, cancellationToken);
        site = site with { UpstreamPort = upstream.Port };
        var exceeded = 0;
        foreach (var budget in Budgets.All)
        {
            var finding = await budget.MeasureAsync(site, cancellationToken);
            Console.WriteLine(finding.Text);
            exceeded += finding.IsWithin ? 0 : 1;
        }

        if (exceeded > 0)
        {
            await Console.Error.WriteLineAsync(
                $"{exceeded} of {Budgets.All.Count} allocate more than bench/Guard/Budgets.cs allows. How to find what it is: docs/performance.md#when-the-guard-fails");
        }

        return exceeded > 0 ? 1 : 0;
    }
    catch (OperationCanceledException)
    {
        return 130;
    }
    catch (Exception exception) when (exception is InvalidOperationException or TimeoutException or IOException or SocketException or HttpRequestException)
    {
        await Console.Error.WriteLineAsync(exception.Message);
        return 1;
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }
}
