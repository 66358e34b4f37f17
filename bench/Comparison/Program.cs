using System.CommandLine;
using System.IO.Enumeration;
using System.Net.Sockets;
using EventGateway.Comparison.Peers;
using EventGateway.Comparison.Programs;
using EventGateway.Comparison.Results;
using EventGateway.Comparison.Scenarios;

var full = new Option<bool>("--full") { Description = "Every scenario, every peer, many rounds: about an hour." };
var quick = new Option<bool>("--quick") { Description = "What three minutes have room for. So it is without --full, too." };
var only = new Option<string[]>("--only") { Description = "These scenarios; * stands for anything.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
var gateway = new Option<string>("--gateway") { Description = "The published gateway.", HelpName = "DIRECTORY", Required = true };
var before = new Option<string?>("--before") { Description = "Another published gateway, to see what a change is worth.", HelpName = "DIRECTORY" };
var output = new Option<string>("--output") { Description = "Where the results go.", HelpName = "DIRECTORY", DefaultValueFactory = _ => "artifacts/compare" };
var root = new RootCommand("The gateway beside other ways to do the same.") { quick, full, only, gateway, before, output };
root.SetAction((parsed, cancellationToken) => CompareAsync(parsed, cancellationToken));

var program = new Argument<string>("program");
var port = new Argument<int>("port");
var upstreamAddress = new Argument<string>("upstream");
var peer = new Command("peer", "One of the peers that are written in C#.") { program, port, upstreamAddress };
peer.Hidden = true;
peer.SetAction(parsed => PeerProgram.RunAsync(parsed.GetValue(program)!, parsed.GetValue(port), parsed.GetValue(upstreamAddress)!));
root.Subcommands.Add(peer);

// Ctrl+C and SIGTERM take effect between two visits, and then everything that was started is ended.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

async Task<int> CompareAsync(ParseResult parsed, CancellationToken cancellationToken)
{
    var results = Path.GetFullPath(parsed.GetValue(output)!);
    var directory = Directory.CreateTempSubdirectory("compare-").FullName;
    try
    {
        var pace = parsed.GetValue(full) ? Pace.Full : Pace.Quick;
        var names = parsed.GetValue(only)!;
        var scenarios = ScenarioCatalog.All.Where(scenario =>
            names.Length == 0 ? parsed.GetValue(full) || scenario.QuickPeers > 0 : names.Any(name => FileSystemName.MatchesSimpleExpression(name, scenario.Name))).ToList();
        var site = new Site(
            Path.GetFullPath(parsed.GetValue(gateway)!), parsed.GetValue(before) is { } other ? Path.GetFullPath(other) : null, Path.Combine(results, "node", "node_modules"), directory, 0);
        site.WriteCertificate();
        await using var upstream = await Peer.StartAsync(PeerKinds.Upstream, site, cancellationToken);
        site = site with { UpstreamPort = upstream.Port };
        foreach (var missing in scenarios.SelectMany(scenario => scenario.Peers).Distinct().Where(kind => !kind.IsInstalled(site) && kind.Package is not null))
        {
            await Console.Error.WriteLineAsync($"Without {missing.Name}, which isn't installed: {missing.Package}");
        }

        var report = new Report(Machine.Description, TimeProvider.System.GetUtcNow(), $"bench/compare {string.Join(' ', args)}", []);
        Console.WriteLine(report.Machine);
        var run = new ScenarioRun(site, upstream, pace, Console.Error);
        IEnumerable<Func<Task<ScenarioResult>>> runs = scenarios.Select(scenario => (Func<Task<ScenarioResult>>)(() => run.RunAsync(scenario, cancellationToken)));
        if (names.Length == 0 || names.Any(name => FileSystemName.MatchesSimpleExpression(name, StartRun.Name)))
        {
            runs = runs.Append(() => new StartRun(site, pace, Console.Error).RunAsync(cancellationToken));
        }

        var failed = false;
        foreach (var next in runs)
        {
            ScenarioResult result;
            try
            {
                result = await next();
            }
            catch (Exception exception) when (exception is InvalidOperationException or TimeoutException or IOException or SocketException or HttpRequestException)
            {
                await Console.Error.WriteLineAsync($"It is left out: {exception.Message}");
                failed = true;
                continue;
            }

            Table.Write(Console.Out, result);

            // After each: an hour is long, and half a report better than none.
            report = report with { Scenarios = [.. report.Scenarios, result] };
            Directory.CreateDirectory(results);
            await File.WriteAllTextAsync(Path.Combine(results, "results.json"), report.ToJson(), cancellationToken);
            foreach (var (file, svg) in Plots.Of(report))
            {
                await File.WriteAllTextAsync(Path.Combine(results, file), svg, cancellationToken);
            }
        }

        return failed ? 1 : 0;
    }
    catch (OperationCanceledException)
    {
        return 130;
    }
    catch (Exception exception) when (exception is InvalidOperationException or TimeoutException or IOException)
    {
        await Console.Error.WriteLineAsync(exception.Message);
        return 1;
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }
}
