using System.CommandLine;
using EventGateway.Gateway.Commands;
using EventGateway.Gateway.Requests;

SocketThreads.PutToWork();

var config = new Option<string?>("--config")
{
    Description = "The configuration file, in place of GATEWAY_CONFIG and appsettings.json.",
    HelpName = "FILE",
    Recursive = true,
};

var root = ServeCommand.Create(config);
root.Subcommands.Add(CheckCommand.Create(config));
root.Subcommands.Add(ExplainCommand.Create(config));
root.Subcommands.Add(SimulateCommand.Create(config));
root.Subcommands.Add(BreakerCommand.Create(config));

var parsed = root.Parse(args);
foreach (var message in parsed.Errors.Select(error => error.Message).Distinct())
{
    await Console.Error.WriteLineAsync(message);
}

// SIGTERM is the host's: it drains.
return parsed.Errors.Count > 0 ? ExitCode.BadConfiguration : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
