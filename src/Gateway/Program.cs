using System.CommandLine;
using EventGateway.Gateway.Commands;
using EventGateway.Gateway.Configuration;

var config = new Option<string?>("--config") { Description = "The configuration file, in place of GATEWAY_CONFIG and appsettings.json.", HelpName = "FILE" };

var serve = new RootCommand("Routes, aggregations and circuit breakers in front of the event API. Any setting can follow: --Section:Key=value")
{
    config,
};
serve.TreatUnmatchedTokensAsErrors = false;
serve.SetAction(async (parsed, _) =>
{
    if (CommandLineSettings.Parse(parsed.UnmatchedTokens, out var problem) is { } settings)
    {
        return await ServeCommand.RunAsync(ConfigurationSource.Find(parsed.GetValue(config), settings));
    }

    await Console.Error.WriteLineAsync(problem);
    return ExitCode.BadConfiguration;
});

// SIGTERM is the host's: it drains.
return await serve.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
